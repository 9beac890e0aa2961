/** OV-44, OV-46: single signatures, in the form of each header. */
import { stated, type Draft } from "../draft.ts";
import { base64, der, integer, keyNamed, pemOf, rawSignature, sequence } from "./signer.ts";

type Format = "der" | "p1363";

const key = keyNamed("signatures");
const message = Buffer.from("crm:1713542400");
const raw = rawSignature(key, message);
const high = rawSignature(key, message, true);
const good = der(raw);

const signature = (
  format: Format,
  comment: string,
  flag: string,
  octets: Buffer,
  change: { readonly message?: Buffer; readonly key?: Buffer } = {},
): Draft => {
  const valid = flag === "ValidSignatureRefused";
  return stated({
    comment: `signature, ${format}: ${comment}`,
    requirements: [format === "der" ? "OV-44" : "OV-46"],
    flags: [flag],
    op: "verify_signature",
    given: { public_key_pem: pemOf(change.key ?? key), format },
    input: { message: base64(change.message ?? message), signature: base64(octets) },
    result: valid ? "valid" : "invalid",
    expect: { ok: { valid } },
  });
};
type Rest = readonly [octets: Buffer, change?: Parameters<typeof signature>[4]];
const valid = (format: Format, comment: string, ...rest: Rest): Draft =>
  signature(format, comment, "ValidSignatureRefused", ...rest);
/** Not a signature of this key over these octets. */
const forged = (format: Format, comment: string, ...rest: Rest): Draft =>
  signature(format, comment, "ForgedSignature", ...rest);
/** Not in the one form there is. */
const malformed = (format: Format, comment: string, octets: Buffer): Draft =>
  signature(format, comment, "SignatureEncoding", octets);

const n = Buffer.from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "hex");
const [r, s] = [raw.subarray(0, 32), raw.subarray(32)];
const zero = Buffer.alloc(32);
const one = Buffer.concat([Buffer.alloc(31), Buffer.of(1)]);
const pair = (first: Buffer, second: Buffer): Buffer => sequence(integer(first), integer(second));
/** r with one octet of zero more in front than it needs. */
const padded = Buffer.concat([Buffer.of(2, integer(r).length - 1), Buffer.of(0), integer(r).subarray(2)]);
const nothing = Buffer.alloc(0);
const later = { message: Buffer.from("crm:1713542401") };
const another = { key: keyNamed("another") };

export const signatures: readonly Draft[] = [
  valid("der", "valid", good),
  valid("der", "valid, with a high s", der(high)),
  valid("der", "valid, over no octets", der(rawSignature(key, nothing)), { message: nothing }),
  forged("der", "over another time", good, later),
  forged("der", "by another key", good, another),
  malformed("der", "64 octets r‖s in its place", raw),
  malformed("der", "cut off by one octet", good.subarray(0, -1)),
  malformed("der", "one octet too many", Buffer.concat([good, Buffer.of(0)])),
  malformed("der", "no octets", nothing),
  // Its flag is of the kind below; it is released like that.
  forged("der", "r with a needless zero in front", sequence(padded, integer(s))),
  malformed("der", "a length in long form", Buffer.concat([Buffer.of(0x30, 0x81), good.subarray(1)])),
  malformed("der", "a length without end", Buffer.concat([Buffer.of(0x30, 0x80), good.subarray(2), Buffer.of(0, 0)])),
  forged("der", "r is zero", pair(zero, s)),
  forged("der", "s is zero", pair(r, zero)),
  forged("der", "r and s are zero", pair(zero, zero)),
  forged("der", "r is the order of the curve", pair(n, s)),
  forged("der", "s is the order of the curve", pair(r, n)),
  forged("der", "r and s the wrong way round", pair(s, r)),
  forged("der", "r and s are one, the wrong ones", pair(one, one)),
  valid("p1363", "valid", raw),
  valid("p1363", "valid, with a high s", high),
  forged("p1363", "over another content", raw, later),
  forged("p1363", "by another key", raw, another),
  malformed("p1363", "DER in its place", good),
  malformed("p1363", "cut off by one octet", raw.subarray(0, -1)),
  malformed("p1363", "one octet too many", Buffer.concat([raw, Buffer.of(0)])),
  malformed("p1363", "no octets", nothing),
  forged("p1363", "all zero", Buffer.alloc(64)),
  forged("p1363", "s is the order of the curve", Buffer.concat([r, n])),
];
