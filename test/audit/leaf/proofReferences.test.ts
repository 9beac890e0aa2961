import { describe, expect, it } from "vitest";
import { proofReference, resolveProofReference, theoremsFor } from "../../../src/audit/leaf/proofReferences.ts";
import { modes } from "../../../src/model/Mode.ts";
import { refusals } from "../../../src/model/Refusal.ts";
import { manifest } from "../../support/logExport.ts";

describe("references", () => {
  const known = new Set(manifest.theorems.map(({ name }) => name.replace(/^Countersign\./, "")));
  const types = [
    "submit",
    "approve",
    "reject",
    "revise",
    "cancel",
    "expire",
    "release",
    "dispatch",
    "delivered",
    "failed",
    "deferred",
    "lost",
    "resolve",
    "revoke",
    "create_mailbox",
    "set_mode",
    "set_policy",
    "create_tenant",
    "halt",
    "resume",
    "revoke_reviewer",
    "reinstate_reviewer",
    "create_key",
    "revoke_key",
  ];

  it("OV-89 references-are-worked-out: every theorem of the table is proved, whatever the entry", () => {
    let decisions = 0;
    for (const type of types) {
      for (const refusal of [null, ...refusals]) {
        for (const [from, to] of [
          ["pending_approval", "queued"],
          ["queued", "dispatching"],
          ["queued", "pending_approval"],
          ["uncertain", "delivered"],
          ["delivered", "delivered"],
          ["dispatching", "cancelled"],
          ["gated_send", "monitored"],
          ["monitored", "read_only"],
          [null, "refused"],
          [null, "scheduled"],
        ] as const) {
          for (const mode of [null, ...modes]) {
            const names = theoremsFor({
              type,
              // A submit that makes a refused message is accepted and gives a reason.
              accepted: refusal === null || to === "refused",
              refusal,
              role: "agent",
              from,
              to,
              mode,
              commands: ["copy"],
              held: mode === null,
              resolution: "retry",
            });
            // A call of `expect` for each of so many costs more than all else here.
            if (names.some((name) => !known.has(name)) || new Set(names).size !== names.length)
              expect.fail(`${type} ${refusal}: ${names.join(", ")}`);
            if (names.length > 0) decisions += 1;
          }
        }
      }
    }
    expect(decisions).toBeGreaterThan(10_000);
  });

  it("OV-79 references-resolve: a reference is to one version of one theorem", () => {
    const reference = proofReference("no_gated_bypass", manifest);
    expect(resolveProofReference(reference, manifest)?.name).toBe("Countersign.no_gated_bypass");
    for (const other of [
      "",
      "no_gated_bypass",
      reference.replace("no_", "so_"),
      `${reference}0`,
      reference.replace(/.$/, (c) => (c === "0" ? "1" : "0")),
      `Countersign.${reference}`,
    ])
      expect(resolveProofReference(other, manifest), other).toBeNull();
  });
});
