/** The header that compose writes: each id of the thread is checked, and the agent's own fields come in one order. */
import { describe, expect, it } from "vitest";
import { compose } from "../../../src/mail/compose/Compose.ts";
import { composed, plainDraft, refusalOf, textOf } from "../drafts.ts";

describe("the header", () => {
  it.each([
    [{ inReplyTo: "<a@b>", references: ["<a b>"] }, "references[0]"],
    [{ inReplyTo: "<a@b>", references: ["<a@b>", "<c@d>", "c@d"] }, "references[2]"],
    [{ inReplyTo: "a@b", references: ["a@b"] }, "inReplyTo"],
    [{ messageId: "a@b", inReplyTo: "a@b" }, "messageId"],
  ])("names the first id that is none: %j", (change, field) => {
    expect(refusalOf(compose({ ...plainDraft, ...change }))?.slice(0, 2)).toEqual(["bad_message_id", field]);
  });

  it("has the agent's fields sorted by their names in lower case", () => {
    const headers = { XaA: "1", "X-b": "2", X_A: "3", "x-A": "4", XB: "5" };
    expect(textOf(composed({ ...plainDraft, headers }).raw)).toContain(
      "Auto-Submitted: auto-generated\r\nx-A: 4\r\nX-b: 2\r\nX_A: 3\r\nXaA: 1\r\nXB: 5\r\nMIME-Version: 1.0\r\n",
    );
  });
});
