/**
 * API keys: the first operator's at the first start, then those operators make and revoke. What a key may do is in the log;
 * its hash stands beside the log's entry behind a commitment, so that a changed row does not pass for the key that was made.
 */
import { Effect, Semaphore } from "effect";
import { checkScopes, hashKey, keyPrefix, mintKey } from "../../accounts/ApiKey.ts";
import { system, type Actor } from "../../model/Actor.ts";
import type { Credential } from "../../model/Credential.ts";
import type { NewKey } from "../../contracts/Oversight.ts";
import { Records } from "../../store/Records.ts";
import { Committer, type Proposal } from "../commit/Committer.ts";
import { newId, newSalt } from "../commit/ids.ts";
import { makeOperating } from "./operatorActs.ts";
import { lostApproval, makeVoidedApprovals } from "./voidedApprovals.ts";
import { Reach } from "../../accounts/Reach.ts";
import { fromStore, invalid, conflict, notFound } from "../../contracts/errors.ts";
import { firstTenant } from "../../model/tenant.ts";
import { ApiKeyRow } from "../../model/records/account.ts";

const keyId = /^ak_[0-9A-Z]{26}$/;

export const tenantProposal = (tenant: string, name: string, actor: Actor): Proposal => ({
  event: { type: "create_tenant", at: 0, actor, tenant },
  rows: ({ at }) => ({ tenantRows: [{ id: tenant, name, createdAt: at }] }),
});

/** What the log commits to, of a key; what replay later holds the stored row against. */
export const keyProposal = (id: string, tenant: string, key: NewKey, whole: string, actor: Actor): Proposal => {
  const { name, scopes, principal, principalKind, owner, mailboxes } = key;
  const [hash, prefix] = [hashKey(whole), keyPrefix(whole)];
  return {
    event: { type: "create_key", at: 0, actor, tenant, key: id, principal, scopes },
    evidence: { principal_kind: principalKind, owner, mailboxes },
    personal: { salt: newSalt(), name, hash },
    rows: ({ at }) => ({
      apiKeys: [
        {
          id,
          tenant,
          name,
          hash,
          prefix,
          scopes,
          principalKind,
          principal,
          owner,
          mailboxes,
          createdAt: at,
          revokedAt: null,
        },
      ],
    }),
  };
};

export const operatorKey: NewKey = {
  name: "operator",
  scopes: ["read", "admin"],
  principalKind: "person",
  principal: "operator",
  owner: null,
  mailboxes: null,
};

const fold = (id: string): string => id.toLowerCase();
const kinds = { agent: "an agent", person: "a person" } as const;

/** Why `wanted` may not stand beside the keys there are: an id is one agent or one person, and is spelled one way. */
const collision = (wanted: NewKey, rows: readonly ApiKeyRow[]): string | null => {
  const known = new Map<string, { readonly id: string; readonly kind: "agent" | "person" }>();
  // The owner of an agent is a person, with or without a key.
  const named = ({ principal, principalKind, owner }: Pick<ApiKeyRow, "principal" | "principalKind" | "owner">) => [
    { id: principal, kind: principalKind },
    ...(owner === null ? [] : [{ id: owner, kind: "person" as const }]),
  ];
  for (const one of [...rows.flatMap(named), ...named(wanted)]) {
    const same = known.get(fold(one.id)) ?? one;
    if (fold(one.id) === system.principal) return `${one.id} is what the log calls Countersign itself.`;
    if (same.id !== one.id) return `${one.id} is known as ${same.id}.`;
    if (same.kind !== one.kind) return `${one.id} is known as ${kinds[same.kind]}.`;
    known.set(fold(one.id), one);
  }
  return null;
};

export const makeCredentials = Effect.gen(function* () {
  const records = yield* Records;
  const reach = yield* Reach;
  const voidedApprovals = yield* makeVoidedApprovals;
  const committer = yield* Committer;
  const { accepted, commit, tenantOperator } = yield* makeOperating;
  // An id is looked up and then taken, so keys are made one after the other.
  const oneAtATime = Semaphore.makeUnsafe(1).withPermits(1);

  /** First start: the tenant, and an operator's key: the presented one, or a new one that is answered once. */
  const bootstrap = Effect.fn("Oversight.bootstrap")(function* (presented: string | null) {
    const known = yield* records.tenant(firstTenant).pipe(Effect.catch(fromStore));
    const make = Effect.fnUntraced(function* (whole: string) {
      const id = yield* newId("ak");
      yield* commit(
        ...(known === null ? [tenantProposal(firstTenant, firstTenant, system)] : []),
        keyProposal(id, firstTenant, operatorKey, whole, system),
      );
    });
    if (presented !== null) {
      const row = yield* records.apiKeyByHash(hashKey(presented)).pipe(Effect.catch(fromStore));
      if (row === null) yield* make(presented);
      return null;
    }
    if (known !== null) return null;
    const { key } = mintKey();
    yield* make(key);
    return key;
  });

  const issueKey = Effect.fn("Oversight.issueKey")(function* (credential: Credential, wanted: NewKey) {
    const actor = yield* tenantOperator(credential);
    const wrong = checkScopes(wanted);
    if (wrong !== null) return yield* invalid(wrong.field, wrong.message, wrong.hint);
    let mailboxes: string[] | null = null;
    if (wanted.mailboxes !== null) {
      mailboxes = [];
      for (const name of wanted.mailboxes) mailboxes.push((yield* reach.mailboxNow(credential, name)).id);
    }
    const taken = collision(wanted, yield* records.apiKeys(credential.tenant).pipe(Effect.catch(fromStore)));
    if (taken !== null) {
      return yield* conflict(taken, "Give agents and people different ids, spelled one way: the quorum counts people.");
    }
    const id = yield* newId("ak");
    const { key } = mintKey();
    yield* commit(keyProposal(id, credential.tenant, { ...wanted, mailboxes }, key, actor));
    return { id, key };
  }, oneAtATime);

  const revokeKey = Effect.fn("Oversight.revokeKey")(function* (credential: Credential, id: string) {
    const actor = yield* tenantOperator(credential);
    const rows = yield* records.apiKeys(credential.tenant).pipe(Effect.catch(fromStore));
    const row = rows.find((candidate) => candidate.id === id);
    // The machine refuses a caller that is no operator, on the log, in the same words whether there is such a key or not.
    if (actor.role === "operator" && (row === undefined || row.revokedAt !== null)) return yield* notFound("key");
    const { tenant } = credential;
    const taken = () =>
      row === undefined || actor.role !== "operator"
        ? Effect.succeed([])
        : voidedApprovals(tenant, { reviewer: row.principal, key: row.id }, actor);
    // One transaction: a key that is gone leaves no approval standing on a message. @spec OV-126
    const deleted: Proposal = {
      event: { type: "revoke_key", at: 0, actor, tenant, key: keyId.test(id) ? id : "" },
      rows: ({ at }) => ({ revokedKeys: [{ id, at }] }),
    };
    const recorded = yield* committer.propose(deleted, ...(yield* taken())).pipe(Effect.catch(fromStore));
    yield* accepted(recorded[0]!);
    // From here on the key is refused. Approvals it gave since the first look are voided too.
    const since = yield* taken();
    const later = since.length === 0 ? [] : yield* committer.propose(...since).pipe(Effect.catch(fromStore));
    return { messages: lostApproval([...recorded, ...later]) };
  });

  return { bootstrap, issueKey, revokeKey };
});
