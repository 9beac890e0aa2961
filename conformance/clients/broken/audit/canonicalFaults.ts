/** Faults in the text of a leaf (OV-60). */
import type { Fault } from "../fault.ts";
import { faultIn, instead, value, type Values } from "../operationFault.ts";

const canonical = faultIn("canonical");

export const canonicalFaults: readonly Fault[] = [
  canonical(
    "text-with-fractions",
    "60",
    null,
    instead("not_canonical", ({ value: it }) => ({ canonical: JSON.stringify(it) })),
  ),
  canonical(
    "text-in-the-order-given",
    "60",
    null,
    value((_, { value: it }) => ({ canonical: JSON.stringify(it) })),
  ),
  canonical(
    "text-with-escaped-slashes",
    "60",
    null,
    value(({ canonical: own }) => ({ canonical: (own as string).replaceAll("/", "\\/") })),
  ),
  canonical(
    "text-in-ascii",
    "60",
    null,
    value(({ canonical: own }) => ({
      canonical: (own as string).replaceAll(
        /[^ -~]/g,
        (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
      ),
    })),
  ),
  canonical(
    "text-with-blanks",
    "60",
    null,
    value(({ canonical: own }) => ({ canonical: (own as string).replaceAll(",", ", ") })),
  ),
  canonical("text-by-code-point", "60", null, {
    answer: (answer, { value: it }) => {
      const sorted = (one: unknown): string =>
        Array.isArray(one)
          ? `[${one.map(sorted).join(",")}]`
          : typeof one === "object" && one !== null
            ? `{${Object.keys(one)
                .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
                .map((key) => `${JSON.stringify(key)}:${sorted((one as Values)[key])}`)
                .join(",")}}`
            : JSON.stringify(one);
      return "ok" in answer ? { ok: { canonical: sorted(it) } } : answer;
    },
  }),
];
