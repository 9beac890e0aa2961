/** The sentences of the command line: each names a setting or a command that exists. */
import { assert, describe, it } from "vitest";
import { hintAt, sentences } from "../../src/cli/advice.ts";
import { settings } from "../../src/server/settings/settings.ts";
import { countersignHere } from "./run.ts";

describe("the sentences of the command line for advice words", () => {
  it("name settings and commands that exist", async () => {
    const text = Object.values(sentences).join(" ");
    const names = new Set(Object.values(settings).map(({ name }) => name));
    for (const [name] of text.matchAll(/COUNTERSIGN_\w+/g)) assert.isTrue(names.has(name), name);
    for (const [, command] of text.matchAll(/countersign ([a-z]+(?: [a-z]+)?)/g)) {
      const { status } = await countersignHere([...command!.split(" "), "--help"]);
      assert.strictEqual(status, 0, command);
    }
  });

  it("stand behind the service's own hint", () => {
    assert.strictEqual(hintAt({ hint: "Restore it.", advice: null }), "Restore it.");
    assert.match(hintAt({ hint: "Restore it.", advice: "rename_log" }), /^Restore it\. .*COUNTERSIGN_LOG_ORIGIN/);
  });
});
