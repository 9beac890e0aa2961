import { describe, expect, it } from "vitest";
import { acquaintance, WELL_KNOWN_FROM } from "../../../src/risk/lookalike/acquaintance.ts";

describe("acquaintance", () => {
  it("counts what was delivered to all hosts of a domain", () => {
    expect(
      acquaintance([
        { host: "mail.initech.com", delivered: 1 },
        { host: "umbrella.de", delivered: WELL_KNOWN_FROM - 1 },
        { host: "initech.com", delivered: WELL_KNOWN_FROM - 1 },
        { host: "contoso.co.uk", delivered: WELL_KNOWN_FROM },
        { host: "alice.github.io", delivered: 1 },
        { host: "bob.github.io", delivered: 2 },
      ]),
    ).toEqual({
      known: ["mail.initech.com", "initech.com", "contoso.co.uk"],
      met: ["umbrella.de", "alice.github.io", "bob.github.io"],
    });
  });

  it("keeps what has no registrable domain by itself", () => {
    expect(
      acquaintance([
        { host: "localhost", delivered: 3 },
        { host: "[192.0.2.1]", delivered: 1 },
      ]),
    ).toEqual({ known: ["localhost"], met: ["[192.0.2.1]"] });
    expect(acquaintance([])).toEqual({ known: [], met: [] });
  });
});
