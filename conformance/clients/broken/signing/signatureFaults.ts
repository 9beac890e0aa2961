/** Faults in single signatures, in the form of each header (OV-44, OV-46). */
import type { Fault } from "../fault.ts";
import { faultIn, input, value, type Values } from "../operationFault.ts";

const signature = faultIn("verify_signature");
const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const halves = (der: Buffer): readonly [bigint, bigint] | null => {
  if (der[0] !== 0x30 || der[2] !== 2) return null;
  const r = der.subarray(4, 4 + der[3]!);
  const s = der.subarray(6 + der[3]!);
  return s.length === 0 ? null : [BigInt(`0x${r.toString("hex") || "0"}`), BigInt(`0x${s.toString("hex") || "0"}`)];
};
const bytesIn = (it: Values): Buffer => Buffer.from(it["signature"] as string, "base64");
const valid = (judge: (valid: boolean, octets: Buffer, it: Values) => boolean) =>
  value(({ valid: own }, it) => ({ valid: judge(own as boolean, bytesIn(it), it) }));
const sIsHigh = (octets: Buffer, it: Values): boolean => {
  const s =
    it["format"] === "der"
      ? halves(octets)?.[1]
      : octets.length === 64
        ? BigInt(`0x${octets.subarray(32).toString("hex")}`)
        : undefined;
  return s !== undefined && s > n / 2n;
};
/** 64 octets as DER. */
const asDer = (raw: Buffer): Buffer => {
  const part = (half: Buffer): Buffer => {
    let body = half;
    while (body.length > 1 && body[0] === 0) body = body.subarray(1);
    if (body[0]! >= 0x80) body = Buffer.concat([Buffer.of(0), body]);
    return Buffer.concat([Buffer.of(2, body.length), body]);
  };
  const body = Buffer.concat([part(raw.subarray(0, 32)), part(raw.subarray(32))]);
  return Buffer.concat([Buffer.of(0x30, body.length), body]);
};
const mended = (change: (octets: Buffer) => Buffer | null, format: string) =>
  input((it) => {
    const other = it["format"] === format ? change(bytesIn(it)) : null;
    return other === null ? {} : { signature: other.toString("base64") };
  });

export const signatureFaults: readonly Fault[] = [
  signature(
    "every-signature-is-valid",
    "44 46",
    "G9",
    valid(() => true),
  ),
  signature(
    "high-s-is-refused",
    "44 46",
    null,
    valid((own, octets, it) => own && !sIsHigh(octets, it)),
  ),
  signature(
    "zero-is-a-signature",
    "44",
    "G9",
    valid(
      (own, octets, it) => own || (it["format"] === "der" && (halves(octets)?.some((half) => half === 0n) ?? false)),
    ),
  ),
  signature(
    "zero-is-a-raw-signature",
    "46",
    "G9",
    valid(
      (own, octets, it) =>
        own || (it["format"] === "p1363" && octets.length === 64 && octets.every((octet) => octet === 0)),
    ),
  ),
  signature(
    "der-may-be-followed",
    "44",
    null,
    mended((der) => (der[0] === 0x30 && der.length > der[1]! + 2 ? der.subarray(0, der[1]! + 2) : null), "der"),
  ),
  signature(
    "der-lengths-may-be-long",
    "44",
    null,
    mended(
      (der) => (der[0] === 0x30 && der[1] === 0x81 ? Buffer.concat([Buffer.of(0x30), der.subarray(2)]) : null),
      "der",
    ),
  ),
  signature(
    "der-may-have-no-length",
    "44",
    null,
    mended(
      (der) =>
        der[0] === 0x30 && der[1] === 0x80
          ? Buffer.concat([Buffer.of(0x30, der.length - 4), der.subarray(2, -2)])
          : null,
      "der",
    ),
  ),
  signature(
    "raw-is-taken-for-der",
    "44",
    null,
    mended((octets) => (octets.length === 64 && octets[0] !== 0x30 ? asDer(octets) : null), "der"),
  ),
  signature(
    "der-is-taken-for-raw",
    "46",
    null,
    mended((octets) => {
      const both = octets.length > 66 ? halves(octets) : null;
      return both === null
        ? null
        : Buffer.from(both.map((half) => half.toString(16).padStart(64, "0").slice(-64)).join(""), "hex");
    }, "p1363"),
  ),
  signature(
    "raw-may-be-followed",
    "46",
    null,
    mended((octets) => (octets.length > 64 && octets.length < 70 ? octets.subarray(0, 64) : null), "p1363"),
  ),
  signature(
    "nothing-can-be-signed",
    "44",
    null,
    valid((own, _, it) => own && it["message"] !== ""),
  ),
];
