/**
 * Exports as a holder of the log's keys would write them, in text files, one vector a block:
 *
 *     # OV-62 OV-70 · QuorumForged · approved · inside: one approver named twice
 *       dispatch: evidence/approvers = ["ben","ben"] => evidence_changed
 *
 * The heading is that of `../histories.ts`; what is there before is a log of `logs.txt`. Under it, what is done before all is signed anew:
 *
 *       1020 ben halt as=operator                 one event more, which the rules decide as they do
 *       without ben approve D1                    one event less
 *       dispatch: message = null; -personal       members of the leaf whose event ends so, set to JSON or taken away
 *
 * The last line ends with what a verifier finds: `sound`, `unsound` where it is open what for, or the kinds of fault.
 */
import type { Json, JsonObject } from "../../runner/vectors.ts";
import { blocksIn, reading, textsIn, Unreadable, type Block } from "../blocks.ts";
import type { Draft } from "../draft.ts";
import { eventIn } from "../event.ts";
import { begun, headingIn } from "../histories.ts";
import { exportOf, into, joined } from "./export.ts";
import { exported, leavesOf } from "./logbook.ts";
import { logs, placeIn } from "./logs.ts";

type Change = (leaf: JsonObject) => JsonObject;

/** `message = null; -personal` */
const changeIn = (text: string): Change => {
  const changes = text.split("; ").map((one): Change => {
    const [, gone, path, value] = /^(?:-(\S+)|(\S+) = (.+))$/.exec(one) ?? [];
    if (gone !== undefined) return (leaf) => into(leaf, gone.split("/"));
    if (path === undefined) throw new TypeError("a member is set by path = JSON, or taken away by -path");
    const json = JSON.parse(value!) as Json;
    return (leaf) => into(leaf, path.split("/"), json);
  });
  return (leaf) => changes.reduce((changed, change) => change(changed), leaf);
};

const attack = ({ head, body }: Block): Draft => {
  const { requirements, flags, before, comment } = headingIn(head);
  const events = [...reading(head, () => begun(before, logs))];
  const changes: { readonly of: string; readonly change: Change }[] = [];
  let verdict: string | undefined;
  for (const line of body) {
    if (verdict !== undefined) throw new Unreadable(line, "nothing follows what the verifier finds");
    reading(line, (text) => {
      const [what, found] = text.split(/ ?=> /) as [string, string | undefined];
      verdict = found;
      const [, end, change] = /^([^:]+): (.+)$/.exec(what) ?? [];
      if (/^\d/.test(what)) {
        eventIn(what);
        events.push(what);
      } else if (what.startsWith("without ")) events.splice(placeIn(events, what.slice("without ".length)), 1);
      else if (change !== undefined) {
        placeIn(events, end!);
        changes.push({ of: end!, change: changeIn(change) });
      } else if (what !== "") throw new TypeError("a line is an event, without an event, or a change of a leaf");
    });
  }
  if (verdict === undefined) throw new Unreadable(head, "the last line does not say what a verifier finds");
  const leaves = leavesOf(events).map((leaf, i) =>
    changes.reduce((changed, { of, change }) => (events[i]!.endsWith(` ${of}`) ? change(changed) : changed), leaf),
  );
  return exportOf(comment, requirements.join(" "), flags.join(" "), verdict, joined(exported(leaves).lines));
};

/** The vectors of one text. Throws `Unreadable` for what is no block of an attack. */
export const attacksIn = (text: string, name: string): readonly Draft[] =>
  blocksIn(text, name).map((block) => {
    if (!block.head.text.startsWith("# ")) throw new Unreadable(block.head, "a block begins with # or for");
    return attack(block);
  });

/** The vectors of all files of `attacks/`. */
export const attacks = (): readonly Draft[] =>
  textsIn("audit/attacks").flatMap(([name, text]) => attacksIn(text, name));
