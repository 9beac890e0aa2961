/**
 * Every agent's signature in a log: made by the key the log names, of the agent the log names, and the key vouched for by the operator.
 *
 * - Signatures are checked while the log is read on, a bounded number at a time; `settled` waits for the last.
 *
 * **Gotchas**: an agent's signature is over its name and the time of writing, not over the content; that the content is the one is shown
 * by the digest in the same leaf, which the log signed.
 */
import { Result } from "effect";
import { isAgentName, statementBytes } from "../../identity/AgentIdentity.ts";
import { decodeBase64 } from "../../bytes/base64.ts";
import { type P256PublicKey, parseSpki } from "../../identity/PublicKey.ts";
import { type VerifySignature, verifyNoble } from "../../identity/Verify.ts";
import { toBase64 } from "../../bytes/octets.ts";
import type { Leaf } from "../leaf/Leaf.ts";
import { mailboxKeyBytes } from "../leaf/mailboxKey.ts";
import { type FaultKind, keysKept, type SeenKey } from "./ExportVerdict.ts";

/** How far the time of writing may lie from the entry's time, seconds: a day. */
const statementAge = 86_400;
/** Operators' words on one key that are remembered as checked. */
const wordsKept = 32;
/** Signatures under way at once. */
const atOnce = 64;

interface Known {
  readonly mailbox: string;
  readonly agent: string;
  readonly encoded: string;
  readonly key: P256PublicKey;
  readonly index: number;
  /** Operators' words that were checked, by signature. */
  readonly vouched: Map<string, boolean>;
}

export type Report = (index: number, kind: FaultKind, message: string) => void;

export class IdentityChecks {
  readonly #keys = new Map<string, Known>();
  readonly #underWay: Promise<void>[] = [];
  readonly #report: Report;
  readonly #verify: VerifySignature;
  readonly #operators: readonly P256PublicKey[];
  /** Signatures found good. */
  verified = 0;
  /** Statements whose key, or time, the entry does not carry. */
  uncheckable = 0;

  constructor(
    report: Report,
    options: { readonly verify?: VerifySignature | undefined; readonly operators: readonly P256PublicKey[] },
  ) {
    this.#report = report;
    const verify = options.verify ?? verifyNoble;
    // A verifier that fails has not found the signature good.
    this.#verify = (...claim) => verify(...claim).catch(() => false);
    this.#operators = options.operators;
  }

  /** Looks at an entry that brings a content. @spec OV-67 OV-68 */
  async take(index: number, leaf: Leaf): Promise<void> {
    if (leaf.type !== "submit" && leaf.type !== "revise") return;
    const { agent, identity_kid: kid, identity_ts: ts, identity_signature: encoded } = leaf.evidence;
    if (encoded === undefined || encoded === null) {
      if (leaf.outcome === "accepted") this.#report(index, "identity_invalid", "no agent has signed for it");
      return;
    }
    const signature = typeof encoded === "string" ? decodeBase64(encoded) : null;
    if (signature === null || typeof agent !== "string" || !isAgentName(agent) || typeof kid !== "string") {
      this.#report(index, "identity_invalid", "the agent's signature cannot be read");
      return;
    }
    const known = this.#keyOf(index, leaf, kid, agent);
    if (known === null) return;
    if (typeof ts !== "number") {
      this.uncheckable += 1;
      return;
    }
    if (Math.abs(leaf.at - ts) > statementAge) {
      this.#report(index, "identity_invalid", "the agent's signature was made more than a day away from the entry");
      return;
    }
    this.#start(this.#verify(known.key, statementBytes(agent, ts), signature, "der"), (valid) => {
      if (valid) this.verified += 1;
      else this.#report(index, "identity_invalid", `the agent's signature does not verify with the key ${kid}`);
    });
    this.#vouch(index, leaf, kid, known);
    if (this.#underWay.length >= atOnce) await this.settled();
  }

  /** The key the entry carries, if it is the one the log has named so far. */
  #keyOf(index: number, leaf: Leaf, kid: string, agent: string): Known | null {
    const { identity_key: encoded } = leaf.evidence;
    const mailbox = leaf.mailbox ?? "";
    let known = this.#keys.get(kid);
    if (typeof encoded !== "string") {
      if (encoded !== undefined && encoded !== null) this.#report(index, "identity_key", "the key cannot be read");
      else if (known === undefined) this.uncheckable += 1;
      return known ?? null;
    }
    if (known === undefined) {
      const spki = decodeBase64(encoded);
      const key = spki === null ? null : parseSpki(spki);
      if (key === null || Result.isFailure(key)) {
        this.#report(index, "identity_key", `the key ${kid} is no P-256 key`);
        return null;
      }
      known = { mailbox, agent, encoded, key: key.success, index, vouched: new Map() };
      this.#keys.set(kid, known);
    }
    if (known.encoded !== encoded || known.mailbox !== mailbox || known.agent !== agent) {
      this.#report(index, "identity_key", `the key ${kid} was another's, or another key, at entry ${known.index}`);
      return null;
    }
    return known;
  }

  /** The operator's word on the key; the same word is checked once. */
  #vouch(index: number, leaf: Leaf, kid: string, { mailbox, agent, key, vouched }: Known): void {
    if (this.#operators.length === 0) return;
    const { identity_key_signature: encoded } = leaf.evidence;
    const signature = typeof encoded === "string" ? decodeBase64(encoded) : null;
    if (signature === null) {
      this.#report(index, "identity_key", `no operator has vouched for the key ${kid}`);
      return;
    }
    const word = toBase64(signature);
    if (vouched.has(word)) return;
    // A server makes one at each start; what a hostile log makes must not fill the memory.
    if (vouched.size >= wordsKept) vouched.delete(vouched.keys().next().value!);
    vouched.set(word, false);
    const bytes = mailboxKeyBytes({ mailbox, agent, kid, spki: key.spki });
    const all = Promise.all(this.#operators.map((operator) => this.#verify(operator, bytes, signature, "der")));
    this.#start(all, (found) => {
      const valid = found.includes(true);
      vouched.set(word, valid);
      if (!valid) this.#report(index, "identity_key", `none of the operator's keys given vouches for the key ${kid}`);
    });
  }

  #start<A>(work: Promise<A>, then: (found: A) => void): void {
    this.#underWay.push(work.then(then));
  }

  async settled(): Promise<void> {
    await Promise.all(this.#underWay.splice(0));
  }

  /** Keys as they were introduced, in order. Grows with the keys, not with the log. */
  seen(): readonly SeenKey[] {
    return [...this.#keys].slice(0, keysKept).map(([kid, { mailbox, agent, index, vouched }]) => ({
      kid,
      mailbox,
      agent,
      index,
      vouched: this.#operators.length === 0 ? null : [...vouched.values()].every(Boolean),
    }));
  }
}
