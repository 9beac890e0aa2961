/**
 * The reader of the authors' text files: what it makes of a file, and that what it cannot read is named by file and line.
 */
import { describe, expect, it } from "vitest";
import { histories, historiesIn } from "../../conformance/authoring/histories.ts";

const waiting = "before waiting · gated_send\n  1000 ada submit D1\n";
const read = (text: string) => historiesIn(text, "a.txt");
const digest = (digit: string) => `sha256:${digit.repeat(64)}`;

describe("a history in a text file", () => {
  it("has its clauses, flags and name, what is given, and what each event comes to", () => {
    const [draft, ...rest] = read(
      `${waiting}\n// OV-22\n# OV-22 OV-15 · ContentSwap LostRace · waiting · a name: with a colon\n  1005 ada revise D1 D2\n  1010 ben approve D1 => !stale_digest\n  1011 ben approve D2 => queued\n`,
    );
    expect(rest).toEqual([]);
    expect(draft).toMatchObject({
      comment: "a name: with a colon",
      requirements: ["OV-22", "OV-15"],
      flags: ["ContentSwap", "LostRace"],
      op: "run",
      result: "valid",
      says: { kind: "history", steps: ["!stale_digest", "queued"] },
      given: {
        before: [
          { type: "create_tenant", at: 900 },
          { type: "create_mailbox", mode: "gated_send" },
          { type: "submit", at: 1000, digest: digest("1") },
          { type: "revise", at: 1005, base: digest("1"), digest: digest("2") },
        ],
      },
      input: {
        events: [
          { type: "approve", at: 1010, digest: digest("1"), actor: { role: "reviewer", principal: "ben" } },
          { type: "approve", at: 1011, digest: digest("2") },
        ],
      },
    });
  });

  it("is invalid when its last event is refused", () => {
    expect(read("# OV-3 · A · monitored · x\n  950 ada set_mode autonomous => !mode_raise\n")[0]!.result).toBe(
      "invalid",
    );
  });

  it("is made for each row of a table", () => {
    const drafts = read(
      "for from · to\n  read_only · gated_all\n  gated_send · monitored\n# OV-3 · A · {from} · {from} to {to}\n  950 oda set_mode {to} => {to}\nend\n# OV-3 · A · nothing · z\n  1 sys create_tenant => ok\n",
    );
    expect(drafts.map(({ comment, says }) => [comment, says])).toEqual([
      ["read_only to gated_all", { kind: "history", steps: ["gated_all"] }],
      ["gated_send to monitored", { kind: "history", steps: ["monitored"] }],
      ["z", { kind: "history", steps: ["ok"] }],
    ]);
  });

  it("has a line for each of a list but what is left out, by event or by actor and event", () => {
    const list = "list some\n  ada submit D1\n  ben cancel\n  bob cancel\n  cat resolve delivered D1\n";
    const types = (line: string) =>
      (read(`${list}# OV-1 · A · gated_send · x\n  1100 ${line} => !wrong_status\n`)[0]!.input["events"] as any[]).map(
        ({ type, actor }) => `${actor.principal} ${type}`,
      );
    expect(types("[some]")).toEqual(["ada submit", "ben cancel", "bob cancel", "cat resolve"]);
    expect(types("[some but cancel]")).toEqual(["ada submit", "cat resolve"]);
    expect(types("[some but bob cancel, submit]")).toEqual(["ben cancel", "cat resolve"]);
    expect(types("[some but delivered]")).toHaveLength(4);
  });

  it("stands in files of the folder of each document", () => {
    const counts = ["decisions", "lifecycle", "modes"].map((folder) => histories(folder).length);
    expect(counts).toEqual([129, 197, 84]);
  });
});

describe("what cannot be read is named by file and line:", () => {
  const head = "# OV-1 · A · gated_send · x";
  const event = "  1 ada submit D1 => queued";
  it.each([
    ["an unknown event", `${head}\n  1 ada sbmit D1 => queued`, "a.txt:2: there is no event sbmit"],
    ["an event too short", `${head}\n  1 ada submit => queued`, "a.txt:2: submit has 0 words behind it, not 1"],
    ["an event too long", `${head}\n  1 ada cancel D1 => cancelled`, "a.txt:2: cancel has 1 words behind it, not 0"],
    ["an unknown option", `${head}\n  1 ada submit D1 ownr=ann => queued`, "a.txt:2: submit has no option ownr"],
    ["a word of another event", `${head}\n  1 ben reject D1 held => rejected`, "a.txt:2: reject has no option held"],
    ["an unknown actor", `${head}\n  1 eva submit D1 => queued`, "a.txt:2: eva is not of the cast"],
    ["no second", `${head}\n  ada submit D1 => queued`, "a.txt:2: an event begins with its second, not with ada"],
    ["no digest", `${head}\n  1 ada submit Dx => queued`, "a.txt:2: Dx is no digest"],
    ["an end too many", `${head}\n  1 ada submit D1 => queued => queued`, "a.txt:2: what follows a decided event"],
    ["a given event late", `${head}\n${event}\n  2 ben approve D1`, "a.txt:3: what follows a decided event"],
    ["nothing decided", `${head}\n  1 ada submit D1`, "a.txt:1: nothing is decided in this history"],
    ["a heading too short", `# OV-1 · A · gated_send\n${event}`, "a.txt:1: a heading has clauses, flags"],
    ["a heading too long", `${head} · y\n${event}`, "a.txt:1: a heading has clauses, flags"],
    ["clauses without OV", `# 1 · A · gated_send · x\n${event}`, "a.txt:1: clauses are written OV-12 OV-13"],
    ["an unknown beginning", `# OV-1 · A · asleep · x\n${event}`, "a.txt:1: nothing begins with asleep"],
    ["a beginning of an unknown one", "before a · b\n  1 ada cancel", "a.txt:1: nothing begins with b"],
    ["a beginning twice", `${waiting}${waiting}`, "a.txt:3: there is a beginning waiting already"],
    ["an event in a beginning", "before a · nothing\n  1 ada leave", "a.txt:2: there is no event leave"],
    ["an unknown list", `${head}\n  1 [all] => !wrong_status`, "a.txt:2: there is no list all"],
    ["a line under no head", event, "a.txt:1: an indented line stands under no head"],
    ["an unknown block", "after waiting", "a.txt:1: a block begins with before, list, for or #"],
    ["a table without end", `\nfor a\n  b\n${head}\n${event}`, "a.txt:2: this table has no `end`"],
    ["an end without table", "end", "a.txt:1: `end` ends a table"],
    ["a row too short", `for a · b\n  c\n${head}\n${event}\nend`, "a.txt:2: a row has 2 cells, not 1"],
    ["an unknown column", `for a\n  c\n# OV-1 · A · {b} · x\n${event}\nend`, "a.txt:3: the table has no column b"],
    [
      "a line that a row spoils",
      `for a\n  c\n${head}\n  1 {a} submit D1 => queued\nend`,
      "a.txt:4 (row 2): c is not of",
    ],
  ])("%s", (_, text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});
