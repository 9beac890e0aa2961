/** The demo's third act: the log, checked as an auditor would, elsewhere; and one decision proved alone. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { VerificationReport } from "../../identity/VerificationReport.ts";
import { type Call, countersign } from "./demoServer.ts";
import type { Narrator, Screen } from "./narrator.ts";
import type { Received } from "./Receiver.ts";
import { expect } from "./StoryError.ts";

/** What `keep` leaves, by name. */
export const keptFiles = [
  "log.vkey",
  "operator.json",
  "log.jsonl",
  "approval.tlog-proof",
  "message.eml",
  "keys.json",
] as const;

interface Audited {
  readonly operatorKey: string;
  readonly aliceKey: string;
  /** Of the approval. */
  readonly auditRef: string;
  readonly received: Received;
  readonly report: VerificationReport;
}

/** `folder`: for what is not kept. */
export const playAudit = async (
  { step, good, paint }: Narrator,
  call: Call,
  screen: Screen,
  folder: string,
  { operatorKey, aliceKey, auditRef, received, report }: Audited,
): Promise<void> => {
  step("The log has it all, refused attempts too, in the order in which it happened");
  const log = await call("GET", "/v1/audit-log/export?format=jsonl", operatorKey);
  expect(log.status === 200, `the export was answered ${log.status}`);
  for (const line of log.text.trim().split("\n")) {
    const entry = JSON.parse(line) as Record<string, any>;
    if (entry["leaf_index"] === undefined) continue;
    const leaf = typeof entry["leaf"] === "string" ? JSON.parse(entry["leaf"]) : entry["leaf"];
    const who = `${leaf.actor.role} ${leaf.actor.principal}`;
    const outcome = leaf.outcome === "accepted" ? (leaf.to ?? "done") : paint(31, `refused: ${leaf.refusal}`);
    screen.line(`    ${String(entry["leaf_index"]).padStart(3)}  ${leaf.type.padEnd(16)} ${who.padEnd(30)} ${outcome}`);
  }
  screen.line(`\n${paint(2, "The last line of the export, as it is:")}`);
  screen.line(`    ${log.text.trim().split("\n").at(-1)}`);

  step("An auditor checks the export elsewhere, with the log's public key and the operator's, and nothing else");
  const evidence = screen.keep ?? join(folder, "evidence");
  await mkdir(evidence, { recursive: true });
  const keep = async (name: (typeof keptFiles)[number], content: string | Uint8Array) => {
    await writeFile(join(evidence, name), content, { flag: screen.overwrite ? "w" : "wx" });
    return join(evidence, name);
  };
  const logKeys = (await call("GET", "/v1/log/keys", null)).body["keys"] as { readonly vkey: string }[];
  const vkeys = await keep("log.vkey", logKeys.map(({ vkey }) => `${vkey}\n`).join(""));
  const operator = await keep("operator.json", (await call("GET", "/.well-known/jwks.json", null)).text);
  const exported = await keep("log.jsonl", log.text);
  const audit = (file: string) =>
    countersign("audit", "verify", file, "--key", vkeys, "--operator-key", operator, "--complete");
  const sound = await audit(exported);
  expect(sound.status === 0, `the export is not sound: ${sound.lines.join("\n")}`);
  for (const line of sound.lines) screen.line(`    ${line}`);
  const rewritten = join(folder, "rewritten.jsonl");
  await writeFile(rewritten, log.text.replaceAll("alice", "boris"));
  const unsound = await audit(rewritten);
  expect(unsound.status === 1, `a rewritten export was answered ${unsound.status}: ${unsound.lines.join("\n")}`);
  good(`with another person in Alice's place: ${(unsound.lines.find((line) => line.includes("entry")) ?? "").trim()}`);

  step("One decision can be proved alone: its receipt");
  const receipt = await call("GET", `/v1/audit-log/${encodeURIComponent(auditRef)}/receipt`, aliceKey);
  expect(receipt.status === 200, `the receipt was answered ${receipt.status}: ${receipt.text}`);
  const proof = await keep("approval.tlog-proof", receipt.text);
  const shownReceipt = await countersign("audit", "receipt", proof, "--key", vkeys);
  expect(shownReceipt.status === 0, `the receipt does not verify: ${shownReceipt.lines.join("\n")}`);
  for (const line of shownReceipt.lines) screen.line(`    ${line}`);

  if (screen.keep !== null) {
    const kids = [report.agent.key.kid, report.operator.key.kid];
    const keys = await Promise.all(kids.map(async (kid) => (await call("GET", `/v1/identity/keys/${kid}`, null)).body));
    await keep("message.eml", received.raw);
    await keep("keys.json", `${JSON.stringify(keys, null, 2)}\n`);
    screen.line(`\nIn ${screen.keep}: message.eml as it arrived and keys.json, the public keys it verifies with;`);
    screen.line("log.jsonl, approval.tlog-proof, and the keys they verify with: log.vkey, operator.json.");
  }
};
