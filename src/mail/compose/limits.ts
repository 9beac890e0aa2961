/**
 * The sizes this system puts on a message it sends, in one place. Each is a refusal with a typed reason, never a cut.
 */

/** Recipients in To, Cc and Bcc together. RFC 5321 4.5.3.1.8 makes 100 the least every receiver takes; an agent gets half. */
export const MAX_RECIPIENTS = 50;
/** Subject, in UTF-16 code units, before encoding. */
export const MAX_SUBJECT = 998;
/** The whole message in bytes, as it goes over the wire (attachments count with their base64 growth): 25 MiB. */
export const MAX_RAW_BYTES = 25 * 1024 * 1024;
/** Attachments in one message. */
export const MAX_ATTACHMENTS = 100;
/** Extra header fields in one draft, and the UTF-16 code units of one value. */
export const MAX_EXTRA_HEADERS = 50;
export const MAX_HEADER_VALUE = 2000;
/** RFC 5321 4.5.3.1: octets of the local part and the domain; 254 is the path limit of 256 without its `<` and `>`. */
export const MAX_LOCAL_PART = 64;
export const MAX_DOMAIN = 255;
export const MAX_ADDR_SPEC = 254;
/** Display name, in UTF-16 code units. */
export const MAX_DISPLAY_NAME = 256;
/** Line lengths in octets without CRLF (RFC 5322 2.1.1): never above the first, folded to the second where words allow. */
export const MAX_LINE = 998;
export const FOLD_AT = 78;
/** Message-ID with its angle brackets, so that a References line holding just one stays below {@link MAX_LINE}. */
export const MAX_MESSAGE_ID = 900;
