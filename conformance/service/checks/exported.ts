/** Exports of the log, as several files of checks look at them. */
import { excerpt, hasStatus, type Call } from "../api.ts";
import { expect } from "../expect.ts";
import type { House, Line } from "../world.ts";
import { approveAndLeave } from "./waiting.ts";

// What a log holds is looked at without a type: it may be anything.
// oxlint-disable-next-line typescript/no-explicit-any
export type Members = any;

/** A line of an export: an entry, or its hash alone. */
export interface Shown extends Line {
  readonly withheld?: true;
  readonly inclusion_proof?: readonly string[];
  readonly lean4_proof_refs: readonly string[];
}

export interface Export {
  readonly header: Members;
  readonly lines: readonly Shown[];
  /** Of the entries that are shown. */
  readonly leaves: readonly Members[];
}

/** An export as the caller with this key gets it; `query` begins with `&`. */
export const exportBy = async (call: Call, key: string, query = ""): Promise<Export> => {
  const answer = hasStatus(await call("GET", `/v1/audit-log/export?format=jsonl${query}`, key), 200);
  const [header, ...lines] = answer.text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Members);
  expect(header?.kind === "countersign-log-export", `an export begins with its header, but ${excerpt(answer)}`);
  return { header, lines, leaves: lines.flatMap(({ leaf }) => (typeof leaf === "string" ? [JSON.parse(leaf)] : [])) };
};

/** Hexadecimal digits as octets. */
export const hex = (text: unknown): Buffer => Buffer.from(String(text), "hex");
/** The place in the log that a reference of an entry ends in. */
export const indexIn = (ref: unknown): number => Number(/\/(\d+)$/.exec(String(ref))?.[1] ?? Number.NaN);

/** A message that was edited, approved and handed over. */
export const busy = async (house: House): Promise<void> => {
  const edited = await house.sent();
  const now = hasStatus(await house.revise(house.agent, edited, { subject: "Other" }), 202).body;
  await approveAndLeave(house, now);
};
