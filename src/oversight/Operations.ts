/** What an operator does: tenants, mailboxes, modes, credentials, reviewers, and the stop switch. */
import { Effect, Result } from "effect";
import { checkScopes, hashKey, keyPrefix, mintKey } from "../accounts/ApiKey.ts";
import { KeyRing } from "../identity/KeyRing.ts";
import { parseAddress } from "../mail/Address.ts";
import { system, type Actor } from "../model/Actor.ts";
import { actorOf, type Credential } from "../model/Credential.ts";
import type { Policy } from "../model/Event.ts";
import type { Mode } from "../model/Mode.ts";
import type { TenantState } from "../model/State.ts";
import type { NewKey, NewMailbox } from "../Oversight.ts";
import type { ApiKeyRow, MailboxRow } from "../store/Journal.ts";
import { Records } from "../store/Records.ts";
import { Committer, type Proposal, type Recorded } from "./Committer.ts";
import { conflict, forbidden, fromMail, fromStore, invalid, notFound, refusedError } from "./errors.ts";
import { newId } from "./ids.ts";
import { reach } from "./reach.ts";
import { OversightSettings } from "./settings.ts";

/** The tenant an installation starts with; its operators may create others. */
export const firstTenant = "default";

const agentName = /^[A-Za-z0-9._-]{1,128}$/;

const checkPolicy = (policy: Policy) => {
  const { quorum, decisionWindow, approvalMaxAge } = policy;
  const whole = (n: number, least: number, most: number) => Number.isInteger(n) && n >= least && n <= most;
  return !whole(quorum, 1, 16)
    ? invalid("quorum", "quorum must be a whole number from 1 to 16.", "Say how many people must approve.")
    : !whole(decisionWindow, 60, 366 * 86_400)
      ? invalid("decision_window", "decision_window must be 60 to 31622400 seconds.", "Give seconds.")
      : !whole(approvalMaxAge, 60, 366 * 86_400)
        ? invalid("approval_max_age", "approval_max_age must be 60 to 31622400 seconds.", "Give seconds.")
        : null;
};

export const makeOperations = Effect.gen(function* () {
  const records = yield* Records;
  const committer = yield* Committer;
  const keys = yield* KeyRing;
  const settings = yield* OversightSettings;
  const reachable = yield* reach;

  type Accepted = Extract<Recorded, { kind: "recorded" }>;

  /** Commits a group; fails with the first refusal. */
  const commit = Effect.fnUntraced(function* (...proposals: readonly Proposal[]) {
    const recorded = yield* committer.propose(...proposals).pipe(Effect.catch(fromStore));
    const accepted: Accepted[] = [];
    for (const one of recorded) {
      if (one.kind === "repeated") return yield* Effect.die("an operation has no idempotency key");
      if (!one.outcome.accepted) return yield* refusedError(one.outcome.refusal, one.index);
      accepted.push(one);
    }
    return accepted;
  });

  const operator = (credential: Credential) => {
    const actor = actorOf(credential, "operator");
    return actor === null
      ? Effect.fail(forbidden("This key may only read.", "Use an operator's key (scope admin)."))
      : Effect.succeed(actor);
  };

  const keyRow = (id: string, tenant: string, key: NewKey, hash: string, prefix: string, at: number): ApiKeyRow => ({
    id,
    tenant,
    name: key.name,
    hash,
    prefix,
    scopes: key.scopes,
    principalKind: key.principalKind,
    principal: key.principal,
    owner: key.owner,
    mailboxes: key.mailboxes,
    createdAt: at,
    revokedAt: null,
  });

  const keyProposal = (id: string, tenant: string, key: NewKey, whole: string, actor: Actor): Proposal => ({
    event: { type: "create_key", at: 0, actor, tenant, key: id, principal: key.principal, scopes: key.scopes },
    evidence: { principal_kind: key.principalKind, owner: key.owner },
    rows: ({ at }) => ({ apiKeys: [keyRow(id, tenant, key, hashKey(whole), keyPrefix(whole), at)] }),
  });

  const tenantProposal = (tenant: string, name: string, actor: Actor): Proposal => ({
    event: { type: "create_tenant", at: 0, actor, tenant },
    rows: ({ at }) => ({ tenantRows: [{ id: tenant, name, createdAt: at }] }),
  });

  const adminKey = (name: string): NewKey => ({
    name,
    scopes: ["read", "admin"],
    principalKind: "person",
    principal: "operator",
    owner: null,
    mailboxes: null,
  });

  /** First start: the tenant, and an operator's key: the presented one, or a new one that is answered once. */
  const bootstrap = Effect.fn("Oversight.bootstrap")(function* (presented: string | null) {
    const known = yield* records.tenant(firstTenant).pipe(Effect.catch(fromStore));
    const make = Effect.fnUntraced(function* (whole: string) {
      const id = yield* newId("ak");
      yield* commit(
        ...(known === null ? [tenantProposal(firstTenant, firstTenant, system)] : []),
        keyProposal(id, firstTenant, adminKey("operator"), whole, system),
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

  const createTenant = Effect.fn("Oversight.createTenant")(function* (credential: Credential, name: string) {
    const actor = yield* operator(credential);
    if (actor.role !== "operator" || credential.tenant !== firstTenant || credential.mailboxes !== null) {
      return yield* forbidden(
        "Only the installation's operator creates tenants.",
        `Use an admin key of the tenant ${firstTenant}.`,
      );
    }
    if (name.trim() === "" || name.length > 128) {
      return yield* invalid("name", "A tenant's name has 1 to 128 characters.", "Give a name.");
    }
    const tenant = yield* newId("tnt");
    const id = yield* newId("ak");
    const { key } = mintKey();
    yield* commit(tenantProposal(tenant, name, actor), keyProposal(id, tenant, adminKey("operator"), key, actor));
    return { id: tenant, key };
  });

  const createMailbox = Effect.fn("Oversight.createMailbox")(function* (credential: Credential, wanted: NewMailbox) {
    const actor = yield* operator(credential);
    const address = parseAddress(wanted.address, "address");
    if (Result.isFailure(address)) return yield* fromMail(address.failure);
    if (!agentName.test(wanted.agent)) {
      return yield* invalid("agent_id", "An agent id has 1 to 128 of A-Z a-z 0-9 . _ -", "Choose such an id.");
    }
    const copyTo = wanted.oversightAddress === null ? null : parseAddress(wanted.oversightAddress, "oversight_address");
    if (copyTo !== null && Result.isFailure(copyTo)) return yield* fromMail(copyTo.failure);
    if (wanted.mode === "monitored" && copyTo === null) return yield* missingOversightAddress;
    const policy = { ...settings.policy, ...wanted.policy };
    const wrong = checkPolicy(policy);
    if (wrong !== null) return yield* wrong;
    const taken = yield* records.addressTaken(address.success.addrSpec).pipe(Effect.catch(fromStore));
    if (taken) return yield* conflict("The address has a mailbox already.", "Choose another address.");
    const id = yield* newId("mbx");
    const key = yield* keys
      .createMailboxKey({ tenant: credential.tenant, mailbox: id, agent: wanted.agent })
      .pipe(Effect.orDie);
    const row = (at: number): MailboxRow => ({
      id,
      tenant: credential.tenant,
      address: address.success.addrSpec,
      agent: wanted.agent,
      agentRef: wanted.agentRef,
      displayName: wanted.displayName,
      oversightAddress: copyTo === null ? null : copyTo.success.addrSpec,
      kid: key.kid,
      createdAt: at,
    });
    const [made] = yield* commit({
      event: {
        type: "create_mailbox",
        at: 0,
        actor,
        tenant: credential.tenant,
        mailbox: id,
        mode: wanted.mode,
        policy,
      },
      evidence: { agent: wanted.agent, identity_kid: key.kid },
      rows: ({ at }: { readonly at: number }) => ({ mailboxRows: [row(at)] }),
    });
    return { row: row(made!.at), state: { id, tenant: credential.tenant, mode: wanted.mode, policy, version: 1 } };
  });

  const missingOversightAddress = invalid(
    "oversight_address",
    "A monitored mailbox needs an oversight_address for its copies.",
    "Give oversight_address when the mailbox is created.",
  );

  const setMode = Effect.fn("Oversight.setMode")(function* (credential: Credential, name: string, mode: Mode) {
    const mailbox = yield* reachable.mailboxNow(credential, name);
    const actor = actorOf(credential, "operator", "agent");
    if (actor === null) return yield* forbidden("This key may only read.", "Use an operator's or the agent's key.");
    if (mode === "monitored" && mailbox.oversightAddress === null) return yield* missingOversightAddress;
    const [made] = yield* commit({
      event: { type: "set_mode", at: 0, actor, tenant: mailbox.tenant, mailbox: mailbox.id, mode },
    });
    const { outcome } = made!;
    return outcome.accepted && outcome.mailbox !== null ? outcome.mailbox : mailbox.state;
  });

  const setPolicy = Effect.fn("Oversight.setPolicy")(function* (
    credential: Credential,
    name: string,
    change: Partial<Policy>,
  ) {
    const mailbox = yield* reachable.mailboxNow(credential, name);
    const actor = yield* operator(credential);
    const policy = { ...mailbox.state.policy, ...change };
    const wrong = checkPolicy(policy);
    if (wrong !== null) return yield* wrong;
    const [made] = yield* commit({
      event: { type: "set_policy", at: 0, actor, tenant: mailbox.tenant, mailbox: mailbox.id, policy },
    });
    const { outcome } = made!;
    return outcome.accepted && outcome.mailbox !== null ? outcome.mailbox : mailbox.state;
  });

  const onTenant = Effect.fnUntraced(function* (credential: Credential, type: "halt" | "resume") {
    const actor = yield* operator(credential);
    const [made] = yield* commit({ event: { type, at: 0, actor, tenant: credential.tenant } });
    return tenantOf(made!);
  });

  const tenantOf = ({ outcome }: Accepted): TenantState => {
    if (outcome.accepted && outcome.tenant !== null) return outcome.tenant;
    throw new Error("a tenant event was accepted without a tenant");
  };

  /** One `revoke` for each unsent message the reviewer has approved. */
  const revokedApprovals = Effect.fnUntraced(function* (tenant: string, reviewer: string, actor: Actor) {
    const states = yield* records.approvedBy({ tenant, reviewer }).pipe(Effect.catch(fromStore));
    return states.map(
      (state): Proposal => ({
        event: {
          type: "revoke",
          at: 0,
          actor,
          tenant,
          mailbox: state.mailbox,
          message: state.id,
          reviewer,
          verdict: state.verdict,
        },
      }),
    );
  });

  const revokeReviewer = Effect.fn("Oversight.revokeReviewer")(function* (credential: Credential, reviewer: string) {
    const actor = yield* operator(credential);
    const [made] = yield* commit({
      event: { type: "revoke_reviewer", at: 0, actor, tenant: credential.tenant, reviewer },
    });
    // From here on none of their approvals counts, and no new one can come; what follows puts that on each message.
    const revocations = yield* revokedApprovals(credential.tenant, reviewer, actor);
    if (revocations.length > 0) yield* committer.propose(...revocations).pipe(Effect.catch(fromStore));
    return {
      tenant: tenantOf(made!),
      messages: revocations.map(({ event }) => ("message" in event ? event.message : "")),
    };
  });

  const reinstateReviewer = Effect.fn("Oversight.reinstateReviewer")(function* (
    credential: Credential,
    reviewer: string,
  ) {
    const actor = yield* operator(credential);
    // Should a crash have kept a revocation from a message, it is put there first: old approvals never count again.
    const revocations = yield* revokedApprovals(credential.tenant, reviewer, actor);
    if (revocations.length > 0) yield* committer.propose(...revocations).pipe(Effect.catch(fromStore));
    const [made] = yield* commit({
      event: { type: "reinstate_reviewer", at: 0, actor, tenant: credential.tenant, reviewer },
    });
    return tenantOf(made!);
  });

  const issueKey = Effect.fn("Oversight.issueKey")(function* (credential: Credential, wanted: NewKey) {
    const actor = yield* operator(credential);
    const wrong = checkScopes(wanted);
    if (wrong !== null) return yield* invalid(wrong.field, wrong.message, wrong.hint);
    const mailboxes: string[] = [];
    for (const name of wanted.mailboxes ?? []) mailboxes.push((yield* reachable.mailboxNow(credential, name)).id);
    const kinds = yield* records.apiKeys(credential.tenant).pipe(Effect.catch(fromStore));
    if (kinds.some((row) => row.principal === wanted.principal && row.principalKind !== wanted.principalKind)) {
      return yield* conflict(
        `${wanted.principal} is known as ${wanted.principalKind === "agent" ? "a person" : "an agent"}.`,
        "Give agents and people different ids: quorum counts people.",
      );
    }
    const id = yield* newId("ak");
    const { key } = mintKey();
    yield* commit(
      keyProposal(id, credential.tenant, { ...wanted, mailboxes: wanted.mailboxes === null ? null : mailboxes }, key, actor),
    );
    return { id, key };
  });

  const revokeKey = Effect.fn("Oversight.revokeKey")(function* (credential: Credential, id: string) {
    const actor = yield* operator(credential);
    const rows = yield* records.apiKeys(credential.tenant).pipe(Effect.catch(fromStore));
    const row = rows.find((candidate) => candidate.id === id);
    if (row === undefined || row.revokedAt !== null) return yield* notFound("key");
    yield* commit({
      event: { type: "revoke_key", at: 0, actor, tenant: credential.tenant, key: id },
      rows: ({ at }: { readonly at: number }) => ({ revokedKeys: [{ id, at }] }),
    });
  });

  return {
    bootstrap,
    createTenant,
    createMailbox,
    setMode,
    setPolicy,
    halt: (credential: Credential) => onTenant(credential, "halt"),
    resume: (credential: Credential) => onTenant(credential, "resume"),
    revokeReviewer,
    reinstateReviewer,
    issueKey,
    revokeKey,
  };
});
