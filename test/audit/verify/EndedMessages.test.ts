import { describe, expect, it } from "vitest";
import { EndedMessages } from "../../../src/audit/verify/EndedMessages.ts";
import { modes } from "../../../src/model/Mode.ts";
import { statuses } from "../../../src/model/State.ts";
import { digest } from "../../support/sampleLog.ts";

describe("ended messages", () => {
  it("OV-69 entries-are-replayed: of a thousand that ended, each is known by what the rules still ask", () => {
    const ended = new EndedMessages();
    const ends = statuses.filter((status) =>
      ["refused", "rejected", "cancelled", "expired", "delivered", "failed"].includes(status),
    );
    const messages = Array.from({ length: 5_000 }, (_, i) => ({
      id: `m${i}`,
      tenant: "t",
      mailbox: `b${i % 7}`,
      status: ends[i % ends.length]!,
      version: 9,
      author: `a${i % 5}`,
      owner: i % 3 === 0 ? null : `o${i % 4}`,
      digest: digest("a"),
      revision: 1,
      requestedMode: i % 6 === 5 ? null : modes[i % 6]!,
      sendAt: 0,
      verdict: { score: 1, held: i % 2 === 0, blocked: false },
      decideBy: 0,
      approvals: [],
      attempt: 1,
    }));
    for (const message of messages) ended.add(message);
    expect(ended.size).toBe(messages.length);
    for (const { id, mailbox, status, author, owner, requestedMode, verdict } of messages)
      expect(ended.get(id, "t")).toMatchObject({
        id,
        mailbox,
        status,
        author,
        owner,
        requestedMode,
        verdict: { held: verdict.held },
      });
    expect(ended.get("m5000", "t")).toBeNull();
  });
});
