/**
 * Logs for the tests of the verifier: the real machine decides, `makeLeaf` writes, real keys sign. And what somebody who holds the log's
 * keys can do with one: change leaves and sign everything anew.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { Result } from "effect";
import { signCheckpoint } from "../../src/audit/tree/Checkpoint.ts";
import { canonical, type Json } from "../../src/bytes/canonical.ts";
import {
  exportHeader,
  exportLine,
  lineText,
  noFilter,
  withheldLine,
  type ExportFilter,
} from "../../src/audit/export/ExportLine.ts";
import { makeLeaf } from "../../src/audit/leaf/Leaf.ts";
import { mailboxKeyBytes, mailboxKeyEvidence, type MailboxKeyEvidence } from "../../src/audit/leaf/mailboxKey.ts";
import { restedOn } from "../../src/audit/leaf/restedOn.ts";
import { inclusionProof } from "../../src/audit/tree/MerkleProof.ts";
import {
  formatVerifierKey,
  noteKey,
  type NoteKey,
  type NoteKeyType,
  type NoteSigner,
} from "../../src/audit/tree/SignedNote.ts";
import { append, appendWithNodes, emptyFrontier, leafHash, rootOf } from "../../src/audit/tree/Tree.ts";
import { type VerifyOptions, verifyExport } from "../../src/audit/verify/verifyExport.ts";
import type { ProofManifest } from "../../src/audit/leaf/proofReferences.ts";
import { formatAgentStatement, statementBytes } from "../../src/identity/AgentIdentity.ts";
import { verifyNode } from "../../src/identity/NodeVerify.ts";
import { type P256PublicKey, parseSpki } from "../../src/identity/PublicKey.ts";
import { applyOutcome, surroundingsIn, transition } from "../../src/machine/transition.ts";
import { system } from "../../src/model/Actor.ts";
import type { Event } from "../../src/model/Event.ts";
import type { LogRecord } from "../../src/model/LogRecord.ts";
import { standingOf, type Standing } from "../../src/model/approvals.ts";
import { emptyState, type State } from "../../src/model/State.ts";
import { evidenceOf } from "../../src/oversight/commit/evidence.ts";
import theorems from "../../proofs/theorems.json" with { type: "json" };

export const manifest = theorems as ProofManifest;

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const must = <A, E>(result: Result.Result<A, E>): A => {
  if (Result.isFailure(result)) throw new Error(String(result.failure));
  return result.success;
};

// --- keys ----------------------------------------------------------------------------------------------------------

const spkiOf = (key: KeyObject): Uint8Array =>
  new Uint8Array(createPublicKey(key).export({ format: "der", type: "spki" }));

/** A fresh P-256 key: its public half, and a way to sign with it. */
export const p256Key = (): { readonly key: P256PublicKey; readonly sign: (bytes: Uint8Array) => Uint8Array } => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    key: must(parseSpki(spkiOf(privateKey))),
    sign: (bytes) => new Uint8Array(sign("sha256", bytes, privateKey)),
  };
};

/** A key of a log or a witness. */
export const noteSigner = (name: string, type: NoteKeyType): NoteSigner => {
  if (type === 2) {
    const { key, sign: by } = p256Key();
    return { key: must(noteKey(name, 2, key.spki)), sign: async (text) => by(text) };
  }
  const { privateKey } = generateKeyPairSync("ed25519");
  const raw = spkiOf(createPrivateKey(privateKey.export({ format: "pem", type: "pkcs8" }))).slice(-32);
  return { key: must(noteKey(name, type, raw)), sign: async (text) => new Uint8Array(sign(null, text, privateKey)) };
};

export const origin = "acme.example/log";
export const logSigners: readonly NoteSigner[] = [noteSigner(origin, 1), noteSigner(origin, 2)];
export const logKeys: readonly NoteKey[] = logSigners.map(({ key }) => key);
export const operatorKey = p256Key();
const operatorKid = "key_01J000000000000000000PER00";

interface MailboxIdentity {
  readonly kid: string;
  readonly agent: string;
  readonly sign: (bytes: Uint8Array) => Uint8Array;
  readonly evidence: MailboxKeyEvidence;
}

/** One identity for each mailbox, whatever the log; made once. */
const identities = new Map<string, MailboxIdentity>();
const identityOf = (mailbox: string): MailboxIdentity => {
  let identity = identities.get(mailbox);
  if (identity === undefined) {
    const kid = `key_01J0000000000000000000${String(identities.size).padStart(4, "0")}`;
    const agent = `agent-of-${mailbox}`;
    const made = p256Key();
    const introduced = { mailbox, agent, kid, spki: made.key.spki };
    const signature = operatorKey.sign(mailboxKeyBytes(introduced));
    identity = {
      kid,
      agent,
      sign: made.sign,
      evidence: mailboxKeyEvidence(introduced, { kid: operatorKid, signature }),
    };
    identities.set(mailbox, identity);
  }
  return identity;
};

// --- a log ---------------------------------------------------------------------------------------------------------

type Evidence = { readonly [name: string]: Json };

const reports = new Set(["delivered", "failed", "deferred", "lost"]);
const nobody: Standing = { approvers: [], decision: "policy" };

/** What the server puts beside an event. `handedOver`: what the hand-over under way rested on. */
const evidenceFor = (
  event: Event | LogRecord,
  state: State,
  outcome: { readonly accepted: boolean; readonly to?: string | null },
  handedOver: Standing | undefined,
): Evidence => {
  const before = "message" in event ? (state.messages.get(event.message ?? "") ?? null) : null;
  if (event.type === "create_mailbox") {
    const { agent, kid } = identityOf(event.mailbox);
    return { agent, identity_kid: kid };
  }
  if (!("message" in event) || !("mailbox" in event) || event.message === undefined || event.mailbox === undefined)
    return {};
  const { kid, agent, sign: by, evidence } = identityOf(event.mailbox);
  const content = event.type === "submit" || event.type === "revise";
  if (!content && before === null) return {};
  const digest = content ? event.digest : before!.digest;
  const identityHeader = content
    ? formatAgentStatement({
        kid,
        agent,
        ts: event.at,
        sig: Buffer.from(by(statementBytes(agent, event.at))).toString("base64"),
      })
    : "";
  const live =
    content || before === null
      ? nobody
      : standingOf(
          { tenant: state.tenants.get(event.tenant)!, mailbox: state.mailboxes.get(event.mailbox)!, message: before },
          event.at,
        );
  const standing = reports.has(event.type) ? (handedOver ?? live) : live;
  const handsOver = event.type === "dispatch" && outcome.to === "dispatching";
  const summary = { identityHeader } as Parameters<typeof evidenceOf>[1]["summary"];
  return {
    ...evidenceOf({ agent, messageId: `<${event.message}@acme.example>` }, { digest, summary }, { digest }, standing),
    ...(handsOver || reports.has(event.type) ? { decision: standing.decision } : {}),
    ...(content ? evidence : {}),
  };
};

export class Logbook {
  readonly leaves: string[] = [];
  state: State = emptyState;
  readonly #lastOf = new Map<string, number>();
  readonly #handedOver = new Map<string, Standing>();

  /** Decides on an event and writes its entry; answers whether it was accepted. */
  add(event: Event | LogRecord, change: (evidence: Evidence) => Evidence = (it) => it): boolean {
    const isRecord = ["set_retention", "legal_hold", "release_hold", "erase"].includes(event.type);
    const known = event as Event;
    const outcome = isRecord
      ? ({ accepted: true, from: null, to: null, mode: null, commands: [], refusal: null } as const)
      : transition(surroundingsIn(this.state, known), known);
    const message = "message" in known ? known.message : "";
    const evidence = change(evidenceFor(event, this.state, outcome, this.#handedOver.get(message)));
    if (outcome.accepted && event.type === "dispatch" && outcome.to === "dispatching")
      this.#handedOver.set(message, restedOn(evidence));
    const { leaf } = makeLeaf({
      index: this.leaves.length,
      event,
      outcome: {
        accepted: outcome.accepted,
        refusal: outcome.refusal,
        from: outcome.from,
        to: outcome.accepted ? outcome.to : outcome.from,
        mode: outcome.mode,
        commands: outcome.accepted ? outcome.commands : [],
      },
      evidence,
      personal: null,
      previous: this.#lastOf.get(event.tenant) ?? null,
    });
    this.#lastOf.set(event.tenant, this.leaves.length);
    this.leaves.push(leaf);
    if (!isRecord) this.state = applyOutcome(this.state, outcome as Parameters<typeof applyOutcome>[1]);
    return outcome.accepted;
  }
}

/** A log whose first entries make a tenant and a key for each of these principals, as a server's first start does. */
export const startTenant = (
  book: Logbook,
  tenant: string,
  at: number,
  principals: readonly (readonly [principal: string, scope: "send" | "oversight" | "admin"])[],
  actor: Event["actor"] = system,
): void => {
  book.add({ type: "create_tenant", at, actor, tenant });
  for (const [principal, scope] of principals) {
    const key = `ak_${tenant}_${principal}_${scope}`;
    book.add({ type: "create_key", at, actor: system, tenant, key, principal, scopes: ["read", scope] });
  }
};

const scopes = { agent: "send", reviewer: "oversight", operator: "admin" } as const;

/** Who acts in a tenant, with the credential `startTenant` made. */
export const actor = (tenant: string, role: keyof typeof scopes, principal: string): Event["actor"] => ({
  role,
  principal,
  credential: `ak_${tenant}_${principal}_${scopes[role]}`,
});

/** Random traces' events with the credentials of a server; events on tenants that never were cannot come from one. */
export const logOfTrace = (offered: readonly Event[]): Logbook => {
  const book = new Logbook();
  const people = {
    send: ["ada", "bob", "dan"],
    oversight: ["ann", "ben", "cat", "dan"],
    admin: ["oda", "oz"],
  } as const;
  const principals = (["send", "oversight", "admin"] as const).flatMap((scope) =>
    people[scope].map((name) => [name, scope] as const),
  );
  startTenant(book, "t0", 1_000, principals);
  for (const event of offered) {
    if (event.tenant === "nowhere") continue;
    const of = event.type === "create_tenant" ? "t0" : event.tenant;
    const { role, principal } = event.actor;
    const by = role === "system" ? event.actor : actor(of, role, principal);
    if (event.type === "create_tenant" && !book.state.tenants.has(event.tenant) && role === "operator") {
      startTenant(book, event.tenant, event.at, principals, by);
    } else if (event.type === "create_key") {
      book.add({ ...event, actor: by, key: `${event.tenant}-${event.key}-${book.leaves.length}` });
    } else if (event.type === "revise") {
      // A server's entry names the owner of the key.
      const { owner = book.state.messages.get(event.message)?.owner ?? null } = event;
      book.add({ ...event, owner, actor: by });
    } else book.add({ ...event, actor: by });
  }
  return book;
};

// --- the export ----------------------------------------------------------------------------------------------------

export const checkpointOver = async (
  leaves: readonly string[],
  signers: readonly NoteSigner[] = logSigners,
  of: string = origin,
): Promise<string> => {
  const frontier = append(
    emptyFrontier,
    leaves.map((leaf) => leafHash(utf8(leaf))),
  );
  return must(await signCheckpoint({ origin: of, size: leaves.length, root: rootOf(frontier) }, signers));
};

export interface ExportOptions {
  readonly tenant?: string;
  readonly filter?: Partial<ExportFilter>;
  readonly lines?: "every" | "matching";
  readonly proofs?: boolean;
  readonly from?: number;
  readonly signers?: readonly NoteSigner[];
  readonly manifest?: ProofManifest | null;
}

/** The export of a log, line by line, each with its newline; as the server writes it. */
export const exported = async (leaves: readonly string[], options: ExportOptions = {}): Promise<string[]> => {
  const { tenant = null, filter = {}, lines = "every", from = 0, signers = logSigners } = options;
  const references = options.manifest === undefined ? manifest : options.manifest;
  const hashes = leaves.map((leaf) => leafHash(utf8(leaf)));
  const { nodes } = appendWithNodes(emptyFrontier, hashes);
  const at = new Map(nodes.map((node) => [`${node.level} ${node.index}`, node.hash]));
  const start = append(emptyFrontier, hashes.slice(0, from));
  const header = exportHeader({
    origin,
    tenant,
    filter: { ...noFilter, ...filter },
    lines,
    from,
    to: leaves.length,
    first_checkpoint: from === 0 ? null : await checkpointOver(leaves.slice(0, from), signers),
    first_frontier: from === 0 ? [] : start.hashes.map((hash) => Buffer.from(hash).toString("hex")),
    last_checkpoint: await checkpointOver(leaves, signers),
    log_keys: signers.map(({ key }) => formatVerifierKey(key)),
    proofs: references,
  });
  const shows = (leaf: string): boolean => {
    const said = JSON.parse(leaf) as { tenant: string; mailbox: string | null; message: string | null; at: number };
    return (
      (tenant === null || said.tenant === tenant) &&
      (filter.mailbox === undefined || said.mailbox === filter.mailbox) &&
      (filter.message === undefined || said.message === filter.message) &&
      (filter.since === undefined || said.at >= filter.since!) &&
      (filter.until === undefined || said.at < filter.until!)
    );
  };
  const proven = options.proofs === true || lines === "matching";
  return [
    lineText(header),
    ...leaves.flatMap((leaf, index) => {
      if (index < from) return [];
      const entry = { index, leaf, leafHash: hashes[index]! };
      if (!shows(leaf)) return lines === "every" ? [lineText(withheldLine(entry))] : [];
      const proof = proven ? inclusionProof(index, leaves.length, (level, i) => at.get(`${level} ${i}`)!) : undefined;
      return [lineText(exportLine(entry, references, proof))];
    }),
  ];
};

export async function* inPieces(text: string | Uint8Array, size = 4096): AsyncGenerator<Uint8Array> {
  const bytes = typeof text === "string" ? utf8(text) : text;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Verifies with all keys, unless told otherwise. */
export const verify = (lines: string | Uint8Array | readonly string[], options: Partial<VerifyOptions> = {}) =>
  verifyExport(inPieces(typeof lines === "string" || lines instanceof Uint8Array ? lines : lines.join("")), {
    keys: logKeys,
    operatorKeys: [operatorKey.key],
    transition,
    manifest,
    verifySignature: verifyNode,
    ...options,
  });

// --- what a holder of the log's keys can do ------------------------------------------------------------------------

type LeafJson = { [name: string]: Json };

/** A leaf with members changed, canonical again. */
export const alteredLeaf = (leaf: string, change: (leaf: any) => void): string => {
  const json = JSON.parse(leaf) as LeafJson;
  change(json);
  return canonical(json);
};

/** Leaves numbered, and chained, anew: what was put in or taken out leaves no gap. */
export const renumbered = (leaves: readonly string[]): string[] => {
  const lastOf = new Map<string, number>();
  return leaves.map((leaf, index) =>
    alteredLeaf(leaf, (json) => {
      json.index = index;
      json.previous = lastOf.get(json.tenant) ?? null;
      lastOf.set(json.tenant, index);
    }),
  );
};
