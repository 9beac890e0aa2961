/** Which approvals a message is shown with. */
import { assert, describe, it } from "vitest";
import { approvalsOf, type Letter } from "../../src/correspondence/Letter.ts";
import type { Status } from "../../src/model/State.ts";

const digest = `sha256:${"a".repeat(64)}`;
const letter = (status: Status, at: number): Letter =>
  ({
    at,
    tenant: { id: "t", halted: false, revoked: [], version: 1 },
    mailbox: {
      state: {
        id: "m",
        tenant: "t",
        mode: "gated_send",
        version: 1,
        policy: { quorum: 2, decisionWindow: 9_000, approvalMaxAge: 60 },
      },
    },
    state: { status, digest, author: "ada", owner: null, approvals: [{ reviewer: "ben", digest, at: 1_000 }] },
  }) as unknown as Letter;
const people = (status: Status, at: number) => approvalsOf(letter(status, at)).map(({ reviewer }) => reviewer);

describe("the approvals of a message as it is shown", () => {
  it("OV-19 expired-never-sent: count until their age is over while it is unsent", () => {
    for (const status of ["pending_approval", "scheduled", "queued"] as const) {
      assert.deepEqual(people(status, 1_059), ["ben"], status);
      assert.deepEqual(people(status, 1_060), [], status);
    }
  });

  it("stay those that its hand-over rested on, whatever their age by now", () => {
    for (const status of ["dispatching", "uncertain", "delivered"] as const)
      assert.deepEqual(people(status, 99_999), ["ben"]);
  });
});
