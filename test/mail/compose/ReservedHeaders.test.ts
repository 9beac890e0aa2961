import { Result } from "effect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkHeader, isReserved } from "../../../src/mail/compose/ReservedHeaders.ts";
import { explained } from "../../support/explained.ts";

const reserved = [
  "X-MultiMail-Agent-Identity",
  "X-MultiMail-Identity",
  "X-MultiMail-Anything",
  "X-Countersign-Receipt",
  "X-AI-Generated",
  "X-Agent-Identity",
  "DKIM-Signature",
  "DomainKey-Signature",
  "Received-SPF",
  "Apparently-To",
  "Delivered-To",
  "Envelope-To",
  "ARC-Seal",
  "ARC-Message-Signature",
  "Received",
  "Return-Path",
  "Authentication-Results",
  "Bcc",
  "Sender",
  "Resent-To",
  "Resent-Bcc",
  "Auto-Submitted",
  "List-Unsubscribe",
  "List-Id",
  "From",
  "To",
  "Cc",
  "Subject",
  "Date",
  "Message-ID",
  "MIME-Version",
  "Content-Type",
  "Content-Transfer-Encoding",
  "Content-Disposition",
  "In-Reply-To",
  "References",
  "Reply-To",
];

const reason = (name: string, value = "x"): string => {
  const checked = checkHeader(name, value);
  return Result.isFailure(checked) ? explained(checked.failure).reason : "accepted";
};

describe("OV-47 reserved-headers-refused: reserved headers", () => {
  it.each(reserved)("%s is refused in any case, also with blanks around it", (name) => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: name.length, maxLength: name.length }),
        fc.constantFrom("", " ", "  "),
        (upper, pad) => {
          const written = pad + [...name].map((c, i) => (upper[i] ? c.toUpperCase() : c.toLowerCase())).join("") + pad;
          expect(isReserved(written)).toBe(true);
          expect(reason(written)).toBe("reserved_header");
        },
      ),
      { numRuns: 20 },
    );
  });

  it.each(["X-Ticket", "Keywords", "Comments", "Importance", "X-MultiMai", "Listed", "Tot"])("%s is free", (name) => {
    expect(isReserved(name)).toBe(false);
    expect(reason(name)).toBe("accepted");
  });

  it.each(["", " ", "a b", "a:", "X-Ü", "X\r\nBcc", "X-A\n", "\tX-A", "Bcc\0", "\u212aeywords", "x".repeat(77)])(
    "%j is no field name",
    (name) => {
      expect(reason(name)).toBe("bad_header");
    },
  );

  it("a name of a million blanks is refused, within a test's time", () => {
    expect(reason(`${" ".repeat(1e6)}X`)).toBe("bad_header");
  });

  it("no value carries a control character, half a character or more than 2,000 units", () => {
    for (const bad of ["a\r\nBcc: x", "\n", "a\0", "a\tb", "\u001b", "\u0085", "\u2028", "\u202e"])
      expect(reason("X-A", bad)).toBe("control_character");
    expect(reason("X-A", "\ud83d")).toBe("malformed_unicode");
    expect(reason("X-A", "x".repeat(2001))).toBe("bad_header");
    expect(reason("X-A", 7 as never)).toBe("bad_header");
    expect(checkHeader(" X-A ", "  ü ")).toEqual(Result.succeed(["X-A", "ü"]));
  });
});
