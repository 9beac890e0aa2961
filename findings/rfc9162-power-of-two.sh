#!/usr/bin/env bash
# A consistency proof from a tree of 1, 2, 4, 8 … leaves is refused when it is right
#
# Good guess: a library named after RFC 9162 makes and accepts the proofs of the RFC's own example, for every
#   size.
# Behaviour: where the older tree has a power of two of leaves, it puts that tree's own root in front of the
#   proof, and refuses a proof without it. All other sizes agree with the RFC, and its own proofs pass its own
#   verifier.
# Version: @transmute/rfc9162 0.0.5.
# Source: dist/RFC9162/verifyConsistencyProof.js, step 2: the RFC's "prepend first_hash" is commented out, with a
#   question mark; PROOF.js makes up for it. RFC 9162 section 2.1.4.2.
# Why it matters: tests with sizes like 3, 5 and 7, or against itself, pass. A monitor that uses it reports a log
#   of 4,096 entries that grew as forked, and its proofs are refused by others.
set -euo pipefail
sed -n '2,/^set -euo/{ /^set -euo/d; s/^# \{0,1\}//; p; }' "$0"
node -e 'if (parseInt(process.versions.node) < 24) { console.error("This needs Node 24."); process.exit(2); }'
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm i --silent --ignore-scripts --save-exact --before 2026-11-28 @transmute/rfc9162@0.0.5
cat > try.mjs << 'PROGRAM'
import { createHash } from "node:crypto";
import { RFC9162 } from "@transmute/rfc9162";

const entries = [..."0123456"].map((text) => RFC9162.strToBin(text));
const [a, b, c, d, e, f, j] = await Promise.all(entries.map((entry) => RFC9162.leaf(entry)));
const node = (left, right) => new Uint8Array(createHash("sha256").update(Uint8Array.of(1)).update(left).update(right).digest());
const [g, h, i] = [node(a, b), node(c, d), node(e, f)];
const [k, l] = [node(g, h), node(i, j)];

// RFC 6962 section 2.1.3 and RFC 9162 section 2.1.5, letter for letter.
const published = { 3: { c, d, g, l }, 4: { l }, 6: { i, j, k } };

const names = new Map(Object.entries({ a, b, c, d, e, f, g, h, i, j, k, l }).map(([name, hash]) => [hash.toString(), name]));
for (const [size, proof] of Object.entries(published)) {
  const made = await RFC9162.PROOF(Number(size), entries);
  const [first, second] = [await RFC9162.treeHead(entries.slice(0, size)), await RFC9162.treeHead(entries)];
  const sizes = { log_id: "", tree_size_1: Number(size), tree_size_2: 7 };
  const accepts = (consistency_path) => RFC9162.verifyConsistencyProof(first, second, { ...sizes, consistency_path });
  console.log(`from ${size} to 7 leaves`);
  console.log(`  the RFC's proof   [${Object.keys(published[size])}]  accepted: ${await accepts(Object.values(published[size]))}`);
  console.log(`  the library's     [${made.map((hash) => names.get(hash.toString()))}]  accepted: ${await accepts(made)}`);
}
PROGRAM
cat > expected.txt << 'EXPECTED'
from 3 to 7 leaves
  the RFC's proof   [c,d,g,l]  accepted: true
  the library's     [c,d,g,l]  accepted: true
from 4 to 7 leaves
  the RFC's proof   [l]  accepted: false
  the library's     [k,l]  accepted: true
from 6 to 7 leaves
  the RFC's proof   [i,j,k]  accepted: true
  the library's     [i,j,k]  accepted: true
EXPECTED
node try.mjs > found.txt
cat found.txt
diff expected.txt found.txt > changed.txt || { echo; echo "It has changed:"; cat changed.txt; exit 1; }
echo
echo "As it was found."
