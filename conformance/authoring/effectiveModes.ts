/**
 * Vectors of spec/modes.md: the effective mode of every combination of its sources. The histories are text, in `modes/`.
 */
import type { Json } from "../runner/vectors.ts";
import { stated, type Draft } from "./draft.ts";

const names = ["read_only", "gated_all", "gated_send", "monitored", "autonomous"] as const;

const effective = (
  comment: string,
  requirements: string,
  flag: string,
  [mailbox, requested, held, halted]: readonly [Json, Json, boolean, boolean],
  mode: string,
): Draft =>
  stated({
    comment,
    requirements: requirements.split(" "),
    flags: [flag],
    op: "effective_mode",
    input: { mailbox, requested, held, halted },
    expect: { ok: { mode } },
  });

/** The strictest of all sources, written out by hand once and for all: the rank is the place in `names`. */
const combinations: readonly Draft[] = names.flatMap((box, i) =>
  [null, ...names].flatMap((requested) => {
    const j = requested === null ? 4 : names.indexOf(requested);
    return [false, true].map((held) =>
      effective(
        `mailbox ${box}, asked for ${requested ?? "nothing"}${held ? ", held" : ""}`,
        j > i ? "OV-2 OV-38 OV-9" : "OV-2 OV-38",
        j > i ? "ModeRaise" : held ? "RiskIgnored" : "GateBypass",
        [box, requested, held, false],
        names[Math.min(i, j, held ? 2 : 4)]!,
      ),
    );
  }),
);

const halted: readonly Draft[] = names.map((box) => {
  const comment = `a halted tenant's mailbox in ${box} is read_only`;
  return effective(comment, "OV-2 OV-6", "KillSwitch", [box, null, false, true], "read_only");
});

const unreadable: readonly Draft[] = Object.entries<Json>({
  missing: null,
  "the empty string": "",
  "in capitals": "AUTONOMOUS",
  "with a blank behind": "autonomous ",
  "a mode of a later version": "supervised",
  "a number": 4,
  "a boolean": true,
  "a list": ["autonomous"],
  "an object": { mode: "autonomous" },
  "the name of a property every object has": "constructor",
}).map(([what, mode]) => {
  const comment = `a mailbox's mode that is ${what} is read_only`;
  return effective(comment, "OV-4", "FailOpen", [mode, null, false, false], "read_only");
});

const unreadableRequest: readonly Draft[] = Object.entries<Json>({
  "a mode of a later version": "supervised",
  "the empty string": "",
  "a number": 3,
}).map(([what, mode]) => {
  const comment = `a request for ${what} is taken for read_only`;
  return effective(comment, "OV-4 OV-9", "FailOpen", ["autonomous", mode, false, false], "read_only");
});

export const effectiveModes: readonly Draft[] = [...combinations, ...halted, ...unreadable, ...unreadableRequest];
