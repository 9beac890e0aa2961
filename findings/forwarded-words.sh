#!/usr/bin/env bash
# Three parsers disagree on who wrote a sentence in a forwarded message
#
# Good guess: a part of type message/rfc822 is another message, by another author: an attachment, or at least set
#   apart.
# Behaviour: mailparser gives an attachment. postal-mime puts the inner message into the text, under a small table
#   of its fields. letterparser puts its words directly behind the sender's, with nothing between.
# Version: letterparser 0.1.8, mailparser 3.14.2, postal-mime 4.0.0.
# Source: letterparser lib/esm/parser.js reads a nested message, lib/esm/extractor.js joins the texts of both;
#   postal-mime README, option forceRfc822Attachments; RFC 2046 section 5.2.1.
# Why it matters: a program that reads text as what From wrote (an agent, a rule, a summary) acts on a third
#   person's words. The same mail gives 0 or 1 attachments, so rules about attachments differ too.
set -euo pipefail
sed -n '2,/^set -euo/{ /^set -euo/d; s/^# \{0,1\}//; p; }' "$0"
node -e 'if (parseInt(process.versions.node) < 24) { console.error("This needs Node 24."); process.exit(2); }'
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm i --silent --ignore-scripts --save-exact --before 2026-11-28 letterparser@0.1.8 mailparser@3.14.2 postal-mime@4.0.0
cat > try.mjs << 'PROGRAM'
import { extract } from "letterparser";
import { simpleParser } from "mailparser";
import PostalMime from "postal-mime";

const message = `From: Ann <ann@sender.example>
To: Bob <bob@receiver.example>
Subject: Fwd: Invoice
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="part"

--part
Content-Type: text/plain

I do not agree with this.
--part
Content-Type: message/rfc822

From: Carol <carol@third.example>
To: Ann <ann@sender.example>
Subject: Invoice
Content-Type: text/plain

Pay 100.
--part--
`.replaceAll("\n", "\r\n");

const show = (name, { text, attachments }) => console.log(`${name}: ${attachments.length} attachments\n${text.trimEnd().replaceAll(/^/gm, "  |")}`);
const letter = extract(message);
show("letterparser", { text: letter.text, attachments: letter.attachments ?? [] });
show("mailparser", await simpleParser(message));
show("postal-mime", await PostalMime.parse(message));
PROGRAM
cat > expected.txt << 'EXPECTED'
letterparser: 0 attachments
  |I do not agree with this.
  |Pay 100.
mailparser: 1 attachments
  |I do not agree with this.
postal-mime: 0 attachments
  |I do not agree with this.
  |
  |
  |------------------------------------
  |From:    Carol <carol@third.example>
  |Subject: Invoice
  |To:      Ann <ann@sender.example>
  |------------------------------------
  |
  |Pay 100.
EXPECTED
node try.mjs > found.txt
cat found.txt
diff expected.txt found.txt > changed.txt || { echo; echo "It has changed:"; cat changed.txt; exit 1; }
echo
echo "As it was found."
