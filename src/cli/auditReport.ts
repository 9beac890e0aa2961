/** What `countersign audit` prints: verdicts in words, and a bar while a long file is read. */
import type { AuditVerdict as Verdict } from "../index.ts";

const count = (n: number): string => n.toLocaleString("en");
const words = { sound: "sound", unsound: "UNSOUND", cannot_tell: "cannot tell" } as const;

/** Text from a file on one line of a terminal: no control characters, and not without end. */
const shown = (text: string): string => text.slice(0, 600).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "\ufffd");

export const verdictLines = (verdict: Verdict): readonly string[] => [
  `verdict: ${words[verdict.status]}`,
  ...verdict.faults.map(({ index, line, kind, message }) => {
    const place = index === null ? "the log" : `entry ${index}${line === null ? "" : ` (line ${line})`}`;
    return `  ${place}: ${kind}: ${shown(message)}`;
  }),
  ...(verdict.faultCount > verdict.faults.length ? [`  and ${verdict.faultCount - verdict.faults.length} more`] : []),
  ...(verdict.origin === null
    ? []
    : [
        `log          ${shown(verdict.origin)}, ${verdict.size === null ? "of no known size" : `${count(verdict.size)} entries`}`,
        `root         ${verdict.root ?? "-"}`,
        `signed by    ${verdict.signedBy.map(shown).join(", ") || "none of the keys given"}`,
        `continues    ${verdict.continues.map(shown).join(", ") || "-"}`,
        `shown        ${count(verdict.entries)} entries from ${verdict.from}${verdict.tenant === null ? "" : ` of ${shown(verdict.tenant)}`}, ${count(verdict.withheld)} withheld`,
        `by the rules ${count(verdict.replayed)} entries: ${count(verdict.approvals)} approvals, ${count(verdict.handOvers)} hand-overs`,
        `signatures   ${count(verdict.signatures)} of agents, by ${verdict.keys.length} keys`,
        `theorems     ${verdict.proofs ?? "-"}`,
      ]),
  ...(verdict.unchecked.length === 0 ? [] : ["not checked:", ...verdict.unchecked.map((one) => `  ${shown(one)}`)]),
];

export const receiptLines = (
  found: {
    readonly index: number;
    readonly checkpoint: { readonly origin: string; readonly size: number };
    readonly logKeys: readonly { readonly name: string }[];
    readonly witnesses: readonly { readonly name: string }[];
  },
  entry: {
    readonly at: number;
    readonly type: string;
    readonly outcome: string;
    readonly actor: unknown;
    readonly message: string | null;
    readonly evidence: { readonly [name: string]: unknown };
  } | null,
): readonly string[] => [
  "verdict: sound",
  `entry ${found.index} is in ${shown(found.checkpoint.origin)}, of ${count(found.checkpoint.size)} entries`,
  ...(entry === null
    ? []
    : [
        `when      ${new Date(entry.at * 1000).toISOString()}`,
        `what      ${shown(entry.type)}, ${entry.outcome}`,
        `who       ${shown(JSON.stringify(entry.actor))}`,
        ...(entry.message === null ? [] : [`message   ${shown(entry.message)}`]),
        ...(typeof entry.evidence["content_digest"] === "string"
          ? [`content   ${shown(entry.evidence["content_digest"])}`]
          : []),
      ]),
  ...(found.witnesses.length === 0
    ? []
    : [`witnessed by ${found.witnesses.map(({ name }) => shown(name)).join(", ")}`]),
];

/** A bar on one line of a terminal, drawn at most ten times a second. */
export const progressOn = (out: { write: (text: string) => unknown }) => {
  const width = 32;
  let last = 0;
  return {
    show: (read: number, of: number): void => {
      const now = performance.now();
      if (now - last < 100 || of <= 0) return;
      last = now;
      const part = Math.min(1, read / of);
      const full = Math.round(part * width);
      out.write(
        `\r[${"#".repeat(full)}${" ".repeat(width - full)}] ${Math.floor(part * 100)} %  ${count(read)} entries`,
      );
    },
    clear: (): void => {
      if (last > 0) out.write(`\r${" ".repeat(width + 40)}\r`);
    },
  };
};
