/**
 * Logs, checkpoints, receipts and exports for vectors, made from the specification and the table client: nothing here comes from the
 * implementation under `src/`. And what a holder of the log's keys can do with one: change entries and sign everything again.
 *
 * **Gotchas**: keys are named, signatures deterministic, so that the same authoring gives the same vectors.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import type { Event } from "../../clients/broken/hooks.ts";
import { effectiveMode } from "../../clients/broken/table.ts";
import { TableClient } from "../../clients/broken/TableClient.ts";
import type { Json, JsonObject } from "../../runner/vectors.ts";
import { eventIn } from "../event.ts";
import { base64, der, fields, keyNamed, pemOf, rawSignature, sha256, statementOctets } from "../signing/signer.ts";

export const hex = (octets: Uint8Array): string => Buffer.from(octets).toString("hex");

/** RFC 8785 for what a log holds: integers, strings, booleans, null. */
export const canonical = (value: Json): string =>
  Array.isArray(value)
    ? `[${value.map(canonical).join(",")}]`
    : typeof value === "object" && value !== null
      ? `{${Object.keys(value)
          .sort()
          .map((name) => `${JSON.stringify(name)}:${canonical((value as JsonObject)[name]!)}`)
          .join(",")}}`
      : JSON.stringify(value);

// --- the tree, straight from the recursion of RFC 6962 § 2.1 ------------------------------------------------------------

export const leafHash = (leaf: Uint8Array): Buffer => sha256(Buffer.concat([Buffer.of(0), leaf]));
export const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer =>
  sha256(Buffer.concat([Buffer.of(1), left, right]));
const half = (n: number): number => 2 ** Math.ceil(Math.log2(n) - 1);

export const treeRoot = (hashes: readonly Buffer[]): Buffer => {
  if (hashes.length === 0) return sha256(Buffer.alloc(0));
  if (hashes.length === 1) return hashes[0]!;
  const k = half(hashes.length);
  return nodeHash(treeRoot(hashes.slice(0, k)), treeRoot(hashes.slice(k)));
};
export const inclusionPath = (index: number, hashes: readonly Buffer[]): readonly Buffer[] => {
  if (hashes.length <= 1) return [];
  const k = half(hashes.length);
  const [left, right] = [hashes.slice(0, k), hashes.slice(k)];
  return index < k
    ? [...inclusionPath(index, left), treeRoot(right)]
    : [...inclusionPath(index - k, right), treeRoot(left)];
};
export const consistencyPath = (old: number, hashes: readonly Buffer[], whole = true): readonly Buffer[] => {
  if (old === 0) return [];
  if (old === hashes.length) return whole ? [] : [treeRoot(hashes)];
  const k = half(hashes.length);
  const [left, right] = [hashes.slice(0, k), hashes.slice(k)];
  return old <= k
    ? [...consistencyPath(old, left, whole), treeRoot(right)]
    : [...consistencyPath(old - k, right, false), treeRoot(left)];
};

// --- keys and notes (C2SP signed-note) ------------------------------------------------------------------------------------

export interface NoteSigner {
  readonly name: string;
  readonly vkey: string;
  readonly line: (text: string) => string;
}

const signer = (
  name: string,
  type: number,
  id: Buffer,
  publicKey: Buffer,
  sign: (text: Buffer) => Buffer,
): NoteSigner => ({
  name,
  vkey: `${name}+${hex(id)}+${base64(Buffer.concat([Buffer.of(type), publicKey]))}`,
  line: (text) => `\u2014 ${name} ${base64(Buffer.concat([id, sign(Buffer.from(text))]))}\n`,
});

export const ed25519Signer = (name: string, key = name): NoteSigner => {
  const secret = keyNamed(`ed25519 ${key}`);
  const publicKey = Buffer.from(ed25519.getPublicKey(secret));
  const id = sha256(Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(1), publicKey])).subarray(0, 4);
  return signer(name, 1, id, publicKey, (text) => Buffer.from(ed25519.sign(text, secret)));
};

const spkiOf = (key: Buffer): Buffer => Buffer.from(pemOf(key).split("\n").slice(1, -2).join(""), "base64");

export const p256Signer = (name: string, key = name): NoteSigner => {
  const secret = keyNamed(`p256 ${key}`);
  const spki = spkiOf(secret);
  return signer(name, 2, sha256(spki).subarray(0, 4), spki, (text) => der(rawSignature(secret, text)));
};

export const origin = "acme.example/log";
export const logSigners: readonly NoteSigner[] = [ed25519Signer(origin), p256Signer(origin)];
export const vkeys: readonly string[] = logSigners.map(({ vkey }) => vkey);

export const checkpointText = (of: string, size: number, root: Uint8Array): string =>
  `${of}\n${size}\n${base64(root)}\n`;
export const signedNote = (text: string, signers: readonly NoteSigner[]): string =>
  `${text}\n${signers.map(({ line }) => line(text)).join("")}`;

// --- a log ----------------------------------------------------------------------------------------------------------------

export type Leaf = { readonly [name: string]: Json };

const operatorKid = "key_01J000000000000000000PER00";
const operatorSecret = keyNamed("log operator");
export const operatorPem = pemOf(operatorSecret);

/** Every mailbox's key, and the operator's word on it. */
const identity = (mailbox: string) => {
  const key = keyNamed(`mailbox ${mailbox}`);
  const kid = `key_01J000000000000000000000${mailbox
    .toUpperCase()
    .replaceAll(/[^0-9A-Z]/g, "0")
    .slice(-2)}`;
  const agent = `agent-of-${mailbox}`;
  const spki = spkiOf(key);
  const word = fields("countersign/mailbox-key/v1", mailbox, agent, kid, spki);
  return {
    kid,
    agent,
    sign: (octets: Buffer) => base64(der(rawSignature(key, octets))),
    key: {
      identity_key: base64(spki),
      identity_key_operator: operatorKid,
      identity_key_signature: base64(der(rawSignature(operatorSecret, word))),
    },
  };
};

const judged = ["submit", "approve", "revise", "dispatch", "resolve", "revoke"];
const outer = ["type", "at", "actor", "tenant", "mailbox", "message"];

/** The leaves of the entries that these lines (see `../event.ts`) make. */
export const leavesOf = (lines: readonly string[]): readonly Leaf[] => {
  const client = new TableClient();
  const last = new Map<string, number>();
  return lines.map((line, index) => {
    const event = eventIn(line) as unknown as Event;
    const { messages, mailboxes, tenants } = client.world;
    const known = event.message === undefined ? undefined : messages.get(event.message);
    const before = known === undefined ? null : { ...known };
    const fresh = event.type === "submit" || event.type === "revise";
    const mode =
      event.message === undefined
        ? null
        : effectiveMode(
            mailboxes.get(event.mailbox!)?.mode,
            fresh ? (event.requestedMode ?? null) : (before?.requestedMode ?? null),
            (judged.includes(event.type) ? event.verdict! : (before?.verdict ?? { held: false })).held,
            tenants.get(event.tenant)?.halted ?? false,
          );
    const shown = client.decide(event);
    const refused = "refusal" in shown;
    let evidence: JsonObject = {};
    if (event.type === "create_mailbox") {
      const { agent, kid } = identity(event.mailbox!);
      evidence = { agent, identity_kid: kid };
    } else if (event.message !== undefined && (fresh || before !== null)) {
      const { agent, kid, sign, key } = identity(event.mailbox!);
      evidence = {
        agent,
        message_id: `<${event.message}@acme.example>`,
        content_digest: fresh ? event.digest! : before!.digest,
        identity_kid: fresh ? kid : null,
        identity_ts: fresh ? event.at : null,
        identity_signature: fresh ? sign(statementOctets(agent, event.at)) : null,
        approvers: fresh ? [] : [...new Set(before!.approvals.map(({ reviewer }) => reviewer))].sort(),
        ...(fresh ? key : {}),
      };
    }
    const details = Object.fromEntries(
      Object.entries(event).filter(([name]) => name === "type" || !outer.includes(name)),
    );
    const previous = last.get(event.tenant) ?? null;
    last.set(event.tenant, index);
    return {
      v: 1,
      index,
      at: event.at,
      actor: { ...event.actor },
      tenant: event.tenant,
      mailbox: event.mailbox ?? null,
      message: event.message ?? null,
      type: event.type,
      event: details as JsonObject,
      outcome: refused ? "refused" : "accepted",
      refusal: refused ? shown.refusal : null,
      from: shown.from,
      to: refused ? shown.from : shown.to,
      mode,
      commands: refused ? [] : [...shown.commands],
      evidence,
      personal: null,
      previous,
    };
  });
};

const decided = new Set(["approve", "reject", "cancel", "revise", "resolve"]);
const handOvers = new Set(["dispatch", "delivered", "failed", "deferred", "lost"]);

/** What stands beside the leaf on its line. */
const flat = (leaf: Leaf, index: number, hash: Buffer): JsonObject => {
  const evidence = leaf["evidence"] as JsonObject;
  const event = leaf["event"] as JsonObject;
  const actor = leaf["actor"] as JsonObject;
  const type = leaf["type"] as string;
  const accepted = leaf["outcome"] === "accepted";
  const approvers = (evidence["approvers"] ?? []) as readonly string[];
  const to = leaf["to"] as string | null;
  const decision = !accepted
    ? "refused"
    : decided.has(type)
      ? type
      : type === "dispatch" && to !== "dispatching"
        ? "held"
        : handOvers.has(type)
          ? approvers.length > 0
            ? "approve"
            : "policy"
          : type !== "submit"
            ? null
            : to === "pending_approval"
              ? "held"
              : to === "refused"
                ? "refused"
                : "policy";
  const person = actor["role"] === "reviewer" && decided.has(type) ? actor["principal"]! : null;
  const verdict = event["verdict"] as { readonly score: number } | undefined;
  return {
    leaf_index: index,
    leaf_hash: hex(hash),
    type,
    timestamp: new Date((leaf["at"] as number) * 1000).toISOString(),
    outcome: leaf["outcome"]!,
    refusal: leaf["refusal"]!,
    mailbox_id: leaf["mailbox"]!,
    message_id: leaf["message"]!,
    agent_id: evidence["agent"] ?? null,
    identity_signature: evidence["identity_signature"] ?? null,
    identity_key_id: evidence["identity_kid"] ?? null,
    oversight_mode: leaf["mode"]!,
    actor,
    approver_id: !accepted ? null : (person ?? (handOvers.has(type) ? (approvers.at(-1) ?? null) : null)),
    approvers,
    decision: leaf["message"] === null ? null : decision,
    domain_risk_score: verdict === undefined ? null : verdict.score / 10_000,
    content_hash: evidence["content_digest"] ?? event["digest"] ?? null,
    from_status: leaf["from"]!,
    to_status: to,
    lean4_proof_ref: null,
    lean4_proof_refs: [],
    leaf: canonical(leaf),
  };
};

/** The roots of the perfect subtrees of the tree over these hashes, largest first. */
const frontierOf = (hashes: readonly Buffer[]): readonly Buffer[] => {
  if (hashes.length === 0) return [];
  const k = 2 ** Math.floor(Math.log2(hashes.length));
  return [treeRoot(hashes.slice(0, k)), ...frontierOf(hashes.slice(k))];
};

interface Exported {
  /** Lines without their newlines, the header first. */
  readonly lines: readonly string[];
  readonly checkpoint: string;
}

/**
 * The export of these leaves, signed anew. `tenant`: only its entries are shown; `from`: only entries from there on are in it; `matching`:
 * only these are in it, each with its inclusion proof.
 */
export const exported = (
  leaves: readonly Leaf[],
  change: {
    readonly tenant?: string;
    readonly signers?: readonly NoteSigner[];
    readonly header?: JsonObject;
    readonly texts?: (text: string, index: number) => string;
    readonly from?: number;
    readonly matching?: (leaf: Leaf) => boolean;
  } = {},
): Exported => {
  const { from = 0, matching } = change;
  const texts = leaves.map((leaf, i) => change.texts?.(canonical(leaf), i) ?? canonical(leaf));
  const hashes = texts.map((text) => leafHash(Buffer.from(text)));
  const checkpointOver = (size: number): string =>
    signedNote(checkpointText(origin, size, treeRoot(hashes.slice(0, size))), change.signers ?? logSigners);
  const checkpoint = checkpointOver(leaves.length);
  const header = {
    v: 1,
    type: "header",
    kind: "countersign-log-export",
    origin,
    tenant: change.tenant ?? null,
    filter: { mailbox: null, message: null, since: null, until: null },
    lines: matching === undefined ? "every" : "matching",
    from,
    to: leaves.length,
    first_checkpoint: from === 0 ? null : checkpointOver(from),
    first_frontier: frontierOf(hashes.slice(0, from)).map(hex),
    last_checkpoint: checkpoint,
    log_keys: vkeys,
    proofs: null,
    ...change.header,
  };
  const lines = leaves.flatMap((leaf, i): readonly JsonObject[] => {
    if (i < from || matching?.(leaf) === false) return [];
    if (change.tenant !== undefined && leaf["tenant"] !== change.tenant)
      return [{ leaf_index: i, leaf_hash: hex(hashes[i]!), withheld: true }];
    const proof = matching === undefined ? {} : { inclusion_proof: inclusionPath(i, hashes).map(hex) };
    return [{ ...flat(leaf, i, hashes[i]!), leaf: texts[i]!, ...proof }];
  });
  return { lines: [header, ...lines].map((line) => JSON.stringify(line)), checkpoint };
};

/** A receipt (C2SP tlog-proof) for one entry. */
export const receipt = (
  leaves: readonly Leaf[],
  index: number,
  signers: readonly NoteSigner[] = logSigners,
): string => {
  const octets = leaves.map((leaf) => Buffer.from(canonical(leaf)));
  const hashes = octets.map(leafHash);
  const checkpoint = signedNote(checkpointText(origin, leaves.length, treeRoot(hashes)), signers);
  return [
    "c2sp.org/tlog-proof@v1",
    `extra ${base64(octets[index]!)}`,
    `index ${index}`,
    ...inclusionPath(index, hashes).map(base64),
    "",
    checkpoint,
  ].join("\n");
};
