/** OV-40 digest-binds-everything. */
import { stated, type Draft } from "../draft.ts";
import { example } from "./letter.ts";
import { base64, latin1, octetsOf, sha256 } from "./signer.ts";

interface Content {
  readonly mailbox: string;
  readonly send_at: number;
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: Buffer;
}

const u64 = (value: number): Buffer => {
  const octets = Buffer.alloc(8);
  octets.writeBigUInt64BE(BigInt(value));
  return octets;
};
const item = (value: string | Buffer): Buffer =>
  Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value as string)]);

const digestOf = ({ mailbox, send_at, from, to, raw }: Content): string => {
  const head = [item("countersign/content/v1"), item(mailbox), u64(send_at), item(from), u64(to.length)];
  return `sha256:${sha256(Buffer.concat([...head, ...to.map(item), item(raw)])).toString("hex")}`;
};

const [ann, bob] = ["ann@customer.example", "bob@customer.example"];
const plain: Content = { mailbox: "mbx_1", send_at: 0, from: "crm@acme.example", to: [ann], raw: octetsOf(example) };

const digest = (comment: string, change: Partial<Content>, literal?: string): Draft => {
  const content = { ...plain, ...change };
  const own = digestOf(content);
  if (literal !== undefined && own !== literal) throw new Error(`${comment}: ${own} is not ${literal}`);
  return stated({
    comment: `digest: ${comment}`,
    requirements: ["OV-40"],
    flags: ["DigestCollision", "EncodingDiffers"],
    op: "digest",
    input: { ...content, raw: base64(content.raw) },
    expect: { ok: { digest: own } },
  });
};

const noDigest = (comment: string, change: Partial<Content>, ...features: readonly string[]): Draft =>
  stated({
    comment: `digest: ${comment}`,
    requirements: ["OV-40"],
    flags: ["DigestCollision"],
    features,
    op: "digest",
    input: { ...plain, ...change, raw: base64(plain.raw) },
    expect: { error: "no_digest" },
  });

export const digests: readonly Draft[] = [
  digest("the example of signing.md", {}, "sha256:87117edce9d1b2c5cb5e81e6d736b3299faed850d10f3ca5da268fd0a086154c"),
  digest("another mailbox", { mailbox: "mbx_2" }),
  digest("a mailbox of no characters", { mailbox: "" }),
  digest("a mailbox beyond ASCII", { mailbox: "mbx_ü😀" }),
  digest("for later", { send_at: 1_713_546_000 }),
  digest("for a time above 32 bits", { send_at: 4_294_967_301 }),
  digest("for the last time there is", { send_at: 9_007_199_254_740_991 }),
  digest("another sender", { from: "crm@acme.example.evil.example" }),
  digest("a second recipient", { to: [ann, bob] }),
  digest("two recipients the other way round", { to: [bob, ann] }),
  digest("one recipient twice", { to: [ann, ann] }),
  digest("no recipient", { to: [] }),
  digest("a recipient in other case", { to: ["Ann@customer.example"] }),
  digest("two recipients that joined are one", { to: [`${ann},${bob}`] }),
  digest("characters moved from the sender to the recipient", { from: "crm@acme.exampl", to: [`e${ann}`] }),
  digest("no octets", { raw: Buffer.alloc(0) }),
  digest("one blank more at the end", { raw: Buffer.concat([plain.raw, latin1(" ")]) }),
  digest("LF for CRLF", { raw: latin1(plain.raw.toString("latin1").replaceAll("\r\n", "\n")) }),
  digest("octets that are no text", { raw: Buffer.from([0, 255, 254, 128, 13, 10, 192, 0]) }),
  digest("300 recipients", { to: Array.from({ length: 300 }, (_, i) => `r${i}@customer.example`) }),
  noDigest("a time before the epoch has none", { send_at: -1 }),
  noDigest("half a second has none", { send_at: 0.5 }),
  noDigest("a mailbox that has no UTF-8 has none", { mailbox: "mbx_\ud800" }, "lone_surrogates"),
  noDigest("a recipient that has no UTF-8 has none", { to: ["\udfff@customer.example"] }, "lone_surrogates"),
];
