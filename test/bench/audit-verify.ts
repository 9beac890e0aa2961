/**
 * How long it takes to verify an export of 1,000,000 entries, and that the memory does not grow with it.
 *
 *     node test/bench/audit-verify.ts [entries] [--keep file]
 *
 * The log is made as it is read: submit, approve, dispatch, delivered, over and over, by the real machine, with real signatures (a bounded
 * number of them made once: making half a million would take longer than checking them). Its root is computed in a first pass.
 */
import { createWriteStream } from "node:fs";
import { generateKeyPairSync, sign } from "node:crypto";
import { Result } from "effect";
import { signCheckpoint } from "../../src/audit/tree/Checkpoint.ts";
import { exportHeader, exportLine, lineText, noFilter } from "../../src/audit/export/ExportLine.ts";
import { makeLeaf } from "../../src/audit/leaf/Leaf.ts";
import { mailboxKeyBytes, mailboxKeyEvidence } from "../../src/audit/leaf/mailboxKey.ts";
import { formatVerifierKey, noteKey } from "../../src/audit/tree/SignedNote.ts";
import { append, emptyFrontier, type Frontier, rootOf } from "../../src/audit/tree/Tree.ts";
import type { ProofManifest } from "../../src/audit/leaf/proofReferences.ts";
import { verifyExport } from "../../src/audit/verify/verifyExport.ts";
import { verifyNode } from "../../src/identity/NodeVerify.ts";
import { parseSpki } from "../../src/identity/PublicKey.ts";
import { transition } from "../../src/machine/transition.ts";
import type { Event } from "../../src/model/Event.ts";
import type { MailboxState, MessageState, TenantState } from "../../src/model/State.ts";
import theorems from "../../proofs/theorems.json" with { type: "json" };

const entries = Number(process.argv[2] ?? 1_000_000);
const keep = process.argv[3] === "--keep" ? process.argv[4] : undefined;
const manifest = theorems as ProofManifest;
const origin = "bench.example/log";

const must = <A, E>(result: Result.Result<A, E>): A => {
  if (Result.isFailure(result)) throw new Error(String(result.failure));
  return result.success;
};
const p256 = () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = new Uint8Array(publicKey.export({ format: "der", type: "spki" }));
  return {
    spki,
    key: must(parseSpki(spki)),
    sign: (bytes: Uint8Array) => new Uint8Array(sign("sha256", bytes, privateKey)),
  };
};
const operator = p256();
const mailbox = p256();
const log = generateKeyPairSync("ed25519");
const logKey = must(
  noteKey(origin, 1, new Uint8Array(log.publicKey.export({ format: "der", type: "spki" })).slice(-32)),
);
const signers = [{ key: logKey, sign: async (text: Uint8Array) => new Uint8Array(sign(null, text, log.privateKey)) }];

const kid = "key_01J00000000000000000BENCH0";
const introduced = { mailbox: "mbx_1", agent: "bench-agent", kid, spki: mailbox.spki };
const vouched = mailboxKeyEvidence(introduced, {
  kid: "key_01J000000000000000000PER00",
  signature: operator.sign(mailboxKeyBytes(introduced)),
});
/** One statement for each second of a while. */
const statements = Array.from({ length: 2_000 }, (_, i) => {
  const ts = 1_790_000_000 + i;
  return { ts, sig: Buffer.from(mailbox.sign(new TextEncoder().encode(`bench-agent:${ts}`))).toString("base64") };
});

/** The entries, made anew each time they are asked for; always the same. */
function* leaves(): Generator<{ readonly leaf: string; readonly hash: Uint8Array }> {
  let tenant: TenantState | null = null;
  let box: MailboxState | null = null;
  let message: MessageState | null = null;
  let index = 0;
  const add = (event: Event, evidence: { readonly [name: string]: string | number | readonly string[] | null }) => {
    const outcome = transition(
      { tenant, mailbox: "mailbox" in event ? box : null, message: "message" in event ? message : null },
      event,
    );
    if (!outcome.accepted) throw new Error(`${event.type}: ${outcome.refusal}`);
    if (outcome.tenant !== null) tenant = outcome.tenant;
    if (outcome.mailbox !== null) box = outcome.mailbox;
    if (outcome.message !== null) message = outcome.message;
    const { from, to, mode, commands } = outcome;
    const previous = index === 0 ? null : index - 1;
    const said = { accepted: true, refusal: null, from, to, mode, commands };
    return makeLeaf({ index: index++, event, outcome: said, evidence, personal: null, previous });
  };
  const by = (role: "agent" | "reviewer" | "operator", principal: string) => ({
    role,
    principal,
    credential: `ak_${principal}`,
  });
  const system = { role: "system", principal: "system", credential: null } as const;
  const start = { at: 1_790_000_000, actor: system, tenant: "default" };
  yield add({ type: "create_tenant", ...start }, {});
  for (const [principal, scope] of [
    ["bot", "send"],
    ["ann", "oversight"],
    ["oda", "admin"],
  ] as const)
    yield add({ type: "create_key", ...start, key: `ak_${principal}`, principal, scopes: ["read", scope] }, {});
  const policy = { quorum: 1, decisionWindow: 86_400, approvalMaxAge: 86_400 };
  yield add(
    { type: "create_mailbox", ...start, actor: by("operator", "oda"), mailbox: "mbx_1", mode: "gated_send", policy },
    { agent: "bench-agent", identity_kid: kid },
  );
  const verdict = { score: 300, held: false, blocked: false };
  for (let n = 0; index + 4 <= entries; n += 1) {
    message = null;
    const { ts, sig } = statements[Math.min(statements.length - 1, Math.floor(n / 200))]!;
    const id = `msg_01J${String(n).padStart(23, "0")}`;
    const digest = `sha256:${n.toString(16).padStart(64, "0")}`;
    const on = { at: ts, tenant: "default", mailbox: "mbx_1", message: id };
    const said = {
      agent: "bench-agent",
      message_id: `<${id}@bench.example>`,
      content_digest: digest,
      identity_kid: null,
      identity_ts: null,
      identity_signature: null,
    };
    const signed = { ...said, identity_kid: kid, identity_ts: ts, identity_signature: sig, approvers: [], ...vouched };
    const draft = { digest, owner: null, requestedMode: null, sendAt: 0, verdict };
    yield add({ type: "submit", ...on, actor: by("agent", "bot"), ...draft }, signed);
    yield add({ type: "approve", ...on, actor: by("reviewer", "ann"), digest, verdict }, { ...said, approvers: [] });
    yield add({ type: "dispatch", ...on, actor: system, verdict }, { ...said, approvers: ["ann"] });
    const handedOver = { ...said, approvers: ["ann"], handed_over: digest };
    yield add({ type: "delivered", ...on, actor: system, attempt: 1, reply: "250 2.0.0" }, handedOver);
  }
}

let frontier: Frontier = emptyFrontier;
for (const { hash } of leaves()) frontier = append(frontier, [hash]);
const checkpoint = must(await signCheckpoint({ origin, size: frontier.size, root: rootOf(frontier) }, signers));
const header = exportHeader({
  origin,
  tenant: null,
  filter: noFilter,
  lines: "every",
  from: 0,
  to: frontier.size,
  first_checkpoint: null,
  first_frontier: [],
  last_checkpoint: checkpoint,
  log_keys: [formatVerifierKey(logKey)],
  proofs: manifest,
});

let bytes = 0;
const out = keep === undefined ? null : createWriteStream(keep);
/** In pieces of about 64 KiB, as a file is read. */
async function* exported() {
  let text = lineText(header);
  let index = 0;
  for (const { leaf, hash } of leaves()) {
    text += lineText(exportLine({ index: index++, leaf, leafHash: hash }, manifest));
    if (text.length < 65_536) continue;
    const piece = Buffer.from(text);
    bytes += piece.length;
    if (out !== null && !out.write(piece)) await new Promise<void>((resolve) => out.once("drain", () => resolve()));
    yield new Uint8Array(piece);
    text = "";
  }
  const piece = Buffer.from(text);
  bytes += piece.length;
  out?.end(piece);
  yield new Uint8Array(piece);
}

const mib = (n: number): string => `${(n / 1_048_576).toFixed(0)} MiB`;
const heap = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
};

// What it costs to make the lines, to be taken off.
let began = process.cpuUsage();
for await (const piece of exported()) void piece;
const making = process.cpuUsage(began);
bytes = 0;

const marks: { readonly read: number; readonly rss: number; readonly heap: number }[] = [];
const step = Math.max(1, Math.floor(frontier.size / 10));
const started = performance.now();
began = process.cpuUsage();
const verdict = await verifyExport(exported(), {
  keys: [logKey],
  operatorKeys: [operator.key],
  transition,
  manifest,
  verifySignature: verifyNode,
  onProgress: (read) => {
    if (read >= (marks.length + 1) * step) marks.push({ read, rss: process.memoryUsage.rss(), heap: heap() });
  },
});
const seconds = (performance.now() - started) / 1000;
const used = process.cpuUsage(began);
const cpu = (used.user + used.system - making.user - making.system) / 1e6;
console.log(
  `verdict ${verdict.status}, ${verdict.replayed} entries replayed, ${verdict.signatures} signatures, ${verdict.handOvers} hand-overs`,
);
if (verdict.status !== "sound" || verdict.unchecked.length > 0) {
  console.log(verdict.faults, verdict.unchecked);
  process.exitCode = 1;
}
console.log(
  `${frontier.size} entries, ${mib(bytes)}: ${seconds.toFixed(1)} s with making them, ${cpu.toFixed(1)} s of CPU for verifying alone`,
);
for (const mark of marks) console.log(`  after ${mark.read}: rss ${mib(mark.rss)}, heap ${mib(mark.heap)}`);
