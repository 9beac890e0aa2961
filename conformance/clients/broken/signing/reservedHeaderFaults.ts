/** Faults in which header fields an agent may not write (OV-47). */
import type { Fault } from "../fault.ts";
import { faultIn, value } from "../operationFault.ts";

const reserved = faultIn("reserved_header");
const free = (names: RegExp) =>
  value(({ reserved: own }, it) => ({ reserved: (own as boolean) && !names.test(it["name"] as string) }));

export const reservedHeaderFaults: readonly Fault[] = [
  reserved("reserved-by-case", "47", "A5", free(/^(bcc|BCC|x-multimail|X-AI-GENERATED|x-countersign|LIST)/)),
  reserved("reserved-without-blanks", "47", "A5", free(/^\s|\s$/)),
  reserved(
    "reserved-names-without-prefixes",
    "47",
    "G9",
    free(/^(x-multimail-|x-countersign-|arc-|resent-|list-|mime-|content-)/i),
  ),
  reserved("list-fields-are-free", "47", null, free(/^list-/i)),
  reserved("sender-is-free", "47", "A5", free(/^sender$/i)),
  reserved("reply-to-is-free", "47", "A5", free(/^reply-to$/i)),
  reserved("trace-is-free", "47", "G10", free(/^(received|return-path|authentication-results|received-spf)$/i)),
  reserved("disclosure-is-free", "47", "G9", free(/^(x-ai-generated|auto-submitted)$/i)),
  reserved(
    "prefixes-without-hyphen",
    "47",
    null,
    value(({ reserved: own }, it) => ({
      reserved: (own as boolean) || /^(list|from|x-multimail)/i.test(it["name"] as string),
    })),
  ),
  reserved(
    "every-x-field-is-reserved",
    "47",
    null,
    value(({ reserved: own }, it) => ({ reserved: (own as boolean) || /^x-/i.test(it["name"] as string) })),
  ),
];
