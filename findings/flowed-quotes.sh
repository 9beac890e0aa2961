#!/usr/bin/env bash
# Joining format=flowed lines leaves quote marks in the middle of sentences
#
# Good guess: two parsers by one author join soft line breaks alike; RFC 3676 section 4.2 takes the quote
#   marks off first.
# Behaviour: mailparser takes them off. postal-mime joins the lines as they are, so a > stands in the middle of
#   the sentence, with delsp=yes glued to the word before it.
# Version: mailparser 3.14.2, postal-mime 4.0.0.
# Source: postal-mime src/mime-node.ts, decodeFlowedText; mailparser's own joiner libmime/lib/libmime.js,
#   decodeFlowed.
# Why it matters: Thunderbird and Apple Mail write format=flowed in plain replies. A search, a comparison or a hash
#   over the text differs between the two parsers, and a stray > stays inside the sentence for every later reader.
set -euo pipefail
sed -n '2,/^set -euo/{ /^set -euo/d; s/^# \{0,1\}//; p; }' "$0"
node -e 'if (parseInt(process.versions.node) < 24) { console.error("This needs Node 24."); process.exit(2); }'
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm i --silent --ignore-scripts --save-exact --before 2026-11-28 mailparser@3.14.2 postal-mime@4.0.0
cat > try.mjs << 'PROGRAM'
import { simpleParser } from "mailparser";
import PostalMime from "postal-mime";

const message = (parameters) => `From: a@sender.example
Content-Type: text/plain; format=flowed${parameters}

> We meet on the first 
> floor at nine.

I will be in the 
garden.
`.replaceAll("\n", "\r\n");

for (const parameters of ["", "; delsp=yes"]) {
  console.log(`format=flowed${parameters}`);
  for (const [name, { text }] of [
    ["mailparser", await simpleParser(message(parameters))],
    ["postal-mime", await PostalMime.parse(message(parameters))],
  ]) {
    console.log(`  ${name.padEnd(11)} ${JSON.stringify(text.trimEnd())}`);
  }
}
PROGRAM
cat > expected.txt << 'EXPECTED'
format=flowed
  mailparser  "> We meet on the first floor at nine.\n\nI will be in the garden."
  postal-mime "> We meet on the first > floor at nine.\n\nI will be in the garden."
format=flowed; delsp=yes
  mailparser  "> We meet on the firstfloor at nine.\n\nI will be in thegarden."
  postal-mime "> We meet on the first> floor at nine.\n\nI will be in thegarden."
EXPECTED
node try.mjs > found.txt
cat found.txt
diff expected.txt found.txt > changed.txt || { echo; echo "It has changed:"; cat changed.txt; exit 1; }
echo
echo "As it was found."
