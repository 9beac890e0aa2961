#!/usr/bin/env bash
# With an Ed25519 key for DKIM the message leaves unsigned, and nothing reports it
#
# Good guess: a PEM key that DKIM knows (RFC 8463) signs, or sendMail fails with the reason.
# Behaviour: sendMail succeeds, and the message has no DKIM-Signature. No error, no event, no warning.
# Version: nodemailer 10.6.0.
# Source: dist/esm/dkim/sign.js: the algorithm is always RSA-SHA256; an error of the signer is caught, and the
#   message goes on without a signature.
# Why it matters: the key in DNS is right, the configuration is accepted, and every receiver sees unsigned mail;
#   under a DMARC policy it is rejected somewhere else. Look for the header in what was made, or sign elsewhere.
set -euo pipefail
sed -n '2,/^set -euo/{ /^set -euo/d; s/^# \{0,1\}//; p; }' "$0"
node -e 'if (parseInt(process.versions.node) < 24) { console.error("This needs Node 24."); process.exit(2); }'
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm i --silent --ignore-scripts --save-exact --before 2026-11-28 nodemailer@10.6.0
cat > try.mjs << 'PROGRAM'
import { generateKeyPairSync } from "node:crypto";
import nodemailer from "nodemailer";

const encodings = { privateKeyEncoding: { type: "pkcs8", format: "pem" }, publicKeyEncoding: { type: "spki", format: "pem" } };
for (const [type, options] of [["rsa", { modulusLength: 2048 }], ["ed25519", {}]]) {
  const { privateKey } = generateKeyPairSync(type, { ...options, ...encodings });
  const dkim = { domainName: "sender.example", keySelector: "s", privateKey };
  const transport = nodemailer.createTransport({ streamTransport: true, buffer: true, dkim });
  transport.on("error", (error) => console.log(`${type}: error event, ${error.message}`));
  const warned = [];
  process.on("warning", (warning) => warned.push(warning));
  const { message } = await transport.sendMail({ from: "a@sender.example", to: "b@receiver.example", subject: "Hello", text: "Hello." });
  console.log(`${type}: sent, ${/^DKIM-Signature:/im.test(message) ? "signed" : "not signed"}, ${warned.length} warnings`);
}
PROGRAM
cat > expected.txt << 'EXPECTED'
rsa: sent, signed, 0 warnings
ed25519: sent, not signed, 0 warnings
EXPECTED
node try.mjs > found.txt
cat found.txt
diff expected.txt found.txt > changed.txt || { echo; echo "It has changed:"; cat changed.txt; exit 1; }
echo
echo "As it was found."
