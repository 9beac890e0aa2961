#!/usr/bin/env bash
# Reading and writing a message in Python breaks DKIM over a header that mailauth had signed
#
# Good guess: a message that is parsed and written again, untouched, keeps its ASCII header lines of legal length
#   (998 octets, RFC 5322); at most they are folded at blanks, which relaxed DKIM canonicalization undoes.
# Behaviour: with the modern policies (default, SMTP), a word of a header that is too long for 78 columns is
#   rewritten as RFC 2047 encoded words, = as =3D. The DKIM signature over that header fails. The old policy,
#   compat32, keeps it.
# Version: Python 3.14.2 (pyodide 314.0.7), mailauth 7.1.0.
# Source: Lib/email/_header_value_parser.py, _refold_parse_tree; the policy's refold_source is "long". RFC 2047
#   section 5 allows encoded words in unstructured fields, so no parser objects.
# Why it matters: signatures, tokens and ids in X- fields are such words. A filter or a mailing list of ten lines
#   of Python breaks them, and the message looks forged. A signer can fold its values below 78 columns itself.
set -euo pipefail
sed -n '2,/^set -euo/{ /^set -euo/d; s/^# \{0,1\}//; p; }' "$0"
node -e 'if (parseInt(process.versions.node) < 24) { console.error("This needs Node 24."); process.exit(2); }'
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm i --silent --ignore-scripts --save-exact --before 2026-11-28 mailauth@7.1.0 pyodide@314.0.7
cat > try.mjs << 'PROGRAM'
import { generateKeyPairSync } from "node:crypto";
import { dkimSign } from "mailauth/lib/dkim/sign.js";
import { dkimVerify } from "mailauth/lib/dkim/verify.js";
import { loadPyodide } from "pyodide";

const { privateKey, publicKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "der" },
});
const token = "abcdefghijklmnopqrstuvwxyz".repeat(4);
const message = (value) =>
  `From: a@sender.example\r\nTo: b@receiver.example\r\nSubject: Hello\r\nX-Ticket: ${value}\r\n\r\nHello.\r\n`;
const sign = async (raw) => {
  const key = { signingDomain: "sender.example", selector: "s", privateKey };
  const { signatures } = await dkimSign(raw, { headerList: ["From", "To", "Subject", "X-Ticket"], signatureData: [key] });
  return signatures + raw;
};
const result = async (raw) => {
  const resolver = async () => [[`v=DKIM1; k=rsa; p=${publicKey.toString("base64")}`]];
  const { results } = await dkimVerify(Buffer.from(raw), { resolver });
  return results[0].status.result;
};

const python = await loadPyodide();
console.log(`Python ${python.runPython("import platform; platform.python_version()")}`);
for (const [name, value] of [
  ["short", "id=17; sig=abc"],
  ["104 letters", `id=17; sig=${token}`],
]) {
  const signed = await sign(message(value));
  python.globals.set("signed", signed);
  for (const policy of ["compat32", "default", "SMTP"]) {
    const written = python.runPython(`
from email import message_from_string, policy
message_from_string(signed, policy=policy.${policy}).as_string(policy=policy.${policy}.clone(linesep="\\r\\n"))
`);
    const line = /^X-Ticket:[^\r]*(?:\r\n [^\r]*)*/m.exec(written)[0].replaceAll("\r\n", "⏎");
    console.log(`${name}, ${policy}: before ${await result(signed)}, after ${await result(written)}`);
    console.log(`  ${line.replaceAll(/[a-z]{9,}/g, (run) => `${run.slice(0, 3)}…`)}`);
  }
}
PROGRAM
cat > expected.txt << 'EXPECTED'
Python 3.14.2
short, compat32: before pass, after pass
  X-Ticket: id=17; sig=abc
short, default: before pass, after pass
  X-Ticket: id=17; sig=abc
short, SMTP: before pass, after pass
  X-Ticket: id=17; sig=abc
104 letters, compat32: before pass, after pass
  X-Ticket: id=17; sig=abc…
104 letters, default: before pass, after fail
  X-Ticket: id=17; =?utf-8?q?sig=3Dabc…?=⏎ =?utf-8?q?rst…?=
104 letters, SMTP: before pass, after fail
  X-Ticket: id=17; =?utf-8?q?sig=3Dabc…?=⏎ =?utf-8?q?rst…?=
EXPECTED
node try.mjs > found.txt
cat found.txt
diff expected.txt found.txt > changed.txt || { echo; echo "It has changed:"; cat changed.txt; exit 1; }
echo
echo "As it was found."
