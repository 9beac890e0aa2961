/**
 * A DKIM signer (RFC 6376, 8301, 8463) that oversigns, which the libraries at hand cannot.
 *
 * - relaxed/relaxed, SHA-256, RSA of at least 2048 bits or Ed25519; no `l=`, so the whole body is covered.
 * - A field that must stay alone (From, To, Subject, the identity headers …) is listed in `h=` once more than it is present (RFC 6376
 *   5.4.2): adding a second one on top breaks the signature.
 *
 * **Gotchas**
 * - Sign last: the field returned goes on top of exactly the bytes given (`prependFields`).
 * - Server only: it takes a `node:crypto` KeyObject. To publish both algorithms, sign the same bytes twice and prepend both.
 */
import { sign, type KeyObject } from "node:crypto";
import { Result } from "effect";
import { parseDomain } from "./address/domain.ts";
import { splitMessage, type Field } from "./read/Fields.ts";
import { mailError, type MailError } from "./MailError.ts";
import { fromBinaryString, toBase64, toBinaryString } from "../bytes/octets.ts";
import { isFieldName } from "./compose/ReservedHeaders.ts";
import { sha256 } from "../bytes/sha256.ts";

export type DkimAlgorithm = "rsa-sha256" | "ed25519-sha256";

/** Where the public key is published, and the private key. */
export interface DkimOptions {
  /** `d=`, the signing domain. */
  readonly domain: string;
  /** `s=`; the key is at `<selector>._domainkey.<domain>`. */
  readonly selector: string;
  readonly algorithm: DkimAlgorithm;
  readonly privateKey: KeyObject;
  /** `t=`, whole seconds since 1970-01-01T00:00:00Z. */
  readonly timestamp: number;
  /** Further fields to sign where present, in addition to {@link signedFields}. */
  readonly headers?: readonly string[];
}

/** Signed wherever they are present, in this order. */
export const signedFields: readonly string[] = [
  "From",
  "To",
  "Cc",
  "Subject",
  "Date",
  "Message-ID",
  "In-Reply-To",
  "References",
  "MIME-Version",
  "Content-Type",
  "Content-Transfer-Encoding",
  "Reply-To",
  "X-AI-Generated",
  "X-MultiMail-Agent-Identity",
  "X-MultiMail-Identity",
];

/** Listed one time more than present, so that none can be added. */
export const oversignedFields: ReadonlySet<string> = new Set(
  [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "Content-Type",
    "MIME-Version",
    "X-MultiMail-Agent-Identity",
    "X-MultiMail-Identity",
  ].map((name) => name.toLowerCase()),
);

/** Least RSA modulus in bits (SHOULD in RFC 8301 3.2; here it is a refusal). */
export const MIN_RSA_BITS = 2048;

/** RFC 6376 3.4.2, without the last CRLF; `name` in lower case. */
const relaxedField = (name: string, value: string): string => {
  // Runs of blanks first: after that no pattern can look at the same blank twice.
  const line = value.replaceAll("\r\n", "").replace(/[ \t]+/g, " ");
  return `${name}:${line.slice(line.startsWith(" ") ? 1 : 0, line.endsWith(" ") ? -1 : undefined)}`;
};

/** RFC 6376 3.4.4. */
const relaxedBody = (body: Uint8Array): Uint8Array => {
  // All line breaks at the end become one, so one more is no other body.
  const text = `${toBinaryString(body)}\r\n`.replace(/[ \t]+/g, " ").replaceAll(" \r\n", "\r\n");
  let end = text.length;
  // Each LF has its CR: splitMessage takes no other.
  while (text.charCodeAt(end - 1) === 10) end -= 2;
  return fromBinaryString(end === 0 ? "" : `${text.slice(0, end)}\r\n`);
};

const keyProblem = ({ algorithm, privateKey }: Pick<DkimOptions, "algorithm" | "privateKey">): MailError | null => {
  const wanted = algorithm === "rsa-sha256" ? "rsa" : "ed25519";
  if (privateKey.type !== "private" || privateKey.asymmetricKeyType !== wanted) {
    return mailError(
      "bad_key",
      "privateKey",
      `The key is not a private ${wanted} key.`,
      `Give a key made for ${algorithm}.`,
    );
  }
  if (wanted === "rsa" && (privateKey.asymmetricKeyDetails?.modulusLength ?? 0) < MIN_RSA_BITS) {
    return mailError(
      "weak_key",
      "privateKey",
      "The RSA key is too short.",
      `Make one of at least ${MIN_RSA_BITS} bits.`,
    );
  }
  return null;
};

/** RFC 6376 3.1: a selector is sub-domain labels with dots between. */
const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/;

/** Why nothing can be signed under this selector, or `null`. */
export const selectorProblem = (selector: string): MailError | null =>
  selector.length <= 63 && selector.split(".").every((label) => LABEL.test(label))
    ? null
    : mailError(
        "bad_key",
        "selector",
        "The selector is not a DNS name.",
        "Use letters, digits and hyphens, at most 63.",
      );

/** The algorithm that a private key signs with. Fails with `bad_key`, or with `weak_key` under {@link MIN_RSA_BITS}. */
export const algorithmOf = (privateKey: KeyObject): Result.Result<DkimAlgorithm, MailError> => {
  const type = privateKey.asymmetricKeyType;
  if (type !== "rsa" && type !== "ed25519") {
    return Result.fail(
      mailError("bad_key", "privateKey", "The key is neither RSA nor Ed25519.", "Give a key of one of these."),
    );
  }
  const algorithm = type === "rsa" ? "rsa-sha256" : "ed25519-sha256";
  const problem = keyProblem({ algorithm, privateKey });
  return problem === null ? Result.succeed(algorithm) : Result.fail(problem);
};

const optionProblem = (options: DkimOptions): MailError | null => {
  const badSelector = selectorProblem(options.selector);
  if (badSelector !== null) return badSelector;
  if (!Number.isSafeInteger(options.timestamp) || options.timestamp < 0) {
    return mailError("bad_date", "timestamp", "The timestamp is not a time.", "Give whole seconds since 1970.");
  }
  if (options.headers?.some((name) => !isFieldName(name) || name.includes(";"))) {
    return mailError(
      "bad_header",
      "headers",
      "A field to sign has no valid name.",
      "Use header names such as X-Ticket-Id.",
    );
  }
  return keyProblem(options);
};

/** The `h=` list and, for each entry that is present, its canonical line (RFC 6376 5.4.2: from the bottom up). */
const selectFields = (fields: readonly Field[], extra: readonly string[]): { names: string[]; lines: string } => {
  const names: string[] = [];
  let lines = "";
  const present = fields.map((field) => field.name.toLowerCase());
  const seen = new Set<string>();
  for (const name of [...signedFields, ...extra]) {
    const lower = name.toLowerCase();
    // A signature does not sign itself, nor other signatures, which may be added in any order.
    if (seen.has(lower) || lower === "dkim-signature") continue;
    seen.add(lower);
    for (let i = fields.length - 1; i >= 0; i--) {
      if (present[i] !== lower) continue;
      names.push(name);
      lines += `${relaxedField(lower, fields[i]!.raw.slice(lower.length + 1))}\r\n`;
    }
    if (oversignedFields.has(lower)) names.push(name);
  }
  return { names, lines };
};

/** Items joined by `separator`, broken with CRLF and a blank before 76 columns. */
const foldList = (first: string, items: readonly string[], separator: string): string => {
  let out = "";
  let line = first;
  items.forEach((item, i) => {
    const piece = i + 1 < items.length ? item + separator : item;
    if (line.length + piece.length > 76) {
      out += `${line}\r\n`;
      line = ` ${piece}`;
    } else line += piece;
  });
  return out + line;
};

/**
 * The DKIM-Signature field over `raw`, folded, with its last CRLF. Fails with `bad_key`, `weak_key`, `bad_domain`, `bad_header`, `bad_date`,
 * what {@link splitMessage} refuses, or `bad_field` when there is not exactly one From.
 */
export const signDkim = (raw: Uint8Array, options: DkimOptions): Result.Result<string, MailError> => {
  const problem = optionProblem(options);
  if (problem !== null) return Result.fail(problem);
  const domain = parseDomain(options.domain, "domain");
  if (Result.isFailure(domain)) return Result.fail(domain.failure);
  const split = splitMessage(raw);
  if (Result.isFailure(split)) return Result.fail(split.failure);
  const { fields, body } = split.success;
  if (fields.filter(({ name }) => name.toLowerCase() === "from").length !== 1) {
    return Result.fail(
      mailError("bad_field", "raw", "The message does not have exactly one From.", "Compose it with one sender."),
    );
  }
  const { names, lines } = selectFields(fields, options.headers ?? []);
  const { algorithm, selector, timestamp } = options;
  const unsigned =
    `DKIM-Signature: v=1; a=${algorithm}; c=relaxed/relaxed; t=${timestamp};\r\n` +
    ` d=${domain.success.ascii};\r\n s=${selector};\r\n` +
    `${foldList(" h=", names, ":")};\r\n` +
    ` bh=${toBase64(sha256(relaxedBody(body)))};\r\n b=`;
  const signed = fromBinaryString(lines + relaxedField("dkim-signature", unsigned.slice("DKIM-Signature:".length)));
  // RFC 8463 3: Ed25519 signs the SHA-256 of the data; RSA's own padding holds that hash.
  const signature =
    algorithm === "rsa-sha256"
      ? sign("sha256", signed, options.privateKey)
      : sign(null, sha256(signed), options.privateKey);
  const pieces = toBase64(signature).match(/.{1,72}/g)!;
  return Result.succeed(`${unsigned}${pieces.join("\r\n ")}\r\n`);
};
