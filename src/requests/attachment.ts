/** Attachments in a request: base64 only, in whichever of two spellings. */
import { Effect } from "effect";
import { decodeBase64 } from "../bytes/base64.ts";
import { oneOf, refuse, type Given } from "./RequestError.ts";

/** An attachment as clients spell it; `path`, `href` and `url` are there to be refused by name. */
export interface AttachmentWords {
  readonly name?: Given<string>;
  readonly filename?: Given<string>;
  readonly content_base64?: Given<string>;
  readonly content?: Given<string>;
  readonly content_type?: Given<string>;
  readonly path?: unknown;
  readonly href?: unknown;
  readonly url?: unknown;
}

/** Standard base64, padded; line breaks are allowed, as `base64` tools write them. */
const bytesOf = (text: string): Uint8Array | null => decodeBase64(/\s/.test(text) ? text.replace(/\s+/g, "") : text);

export const attachmentOf = Effect.fnUntraced(function* (given: AttachmentWords, field: string) {
  for (const name of ["path", "href", "url"] as const) {
    if (given[name] !== undefined && given[name] !== null) {
      return yield* refuse(
        `${field}.${name}`,
        "Attachments are base64 only: nothing is read from a path or URL.",
        "Send the bytes as content_base64.",
      );
    }
  }
  const name = yield* oneOf([`${field}.name`, given.name], [`${field}.filename`, given.filename]);
  const content = yield* oneOf([`${field}.content_base64`, given.content_base64], [`${field}.content`, given.content]);
  if (name === null) return yield* refuse(`${field}.name`, "An attachment needs a name.", "Give name.");
  if (content === null) {
    return yield* refuse(`${field}.content_base64`, "An attachment needs its bytes.", "Send them as content_base64.");
  }
  const bytes = bytesOf(content);
  if (bytes === null) {
    return yield* refuse(
      `${field}.content_base64`,
      "The attachment's content is not base64.",
      "Encode it in standard base64 (RFC 4648 § 4) with its padding.",
    );
  }
  return { name, contentType: given.content_type ?? "application/octet-stream", content: bytes };
});
