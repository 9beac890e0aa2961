/** What an operator does: tenants, mailboxes, modes, reviewers, and the stop switch. */
import { Effect, Result, Semaphore } from "effect";
import { isPrincipalId, mintKey } from "../../accounts/ApiKey.ts";
import { KeyRing } from "../../identity/KeyRing.ts";
import { checkOperatorLine } from "../../identity/OperatorIdentity.ts";
import { parseAddress } from "../../mail/address/Address.ts";
import { MAX_DISPLAY_NAME } from "../../mail/compose/limits.ts";
import { hasUnsafeCharacter } from "../../mail/compose/ReservedHeaders.ts";
import type { Actor } from "../../model/Actor.ts";
import { actorOf, type Credential } from "../../model/Credential.ts";
import { type Policy, policyBounds } from "../../model/Event.ts";
import type { Mode } from "../../model/Mode.ts";
import type { TenantState } from "../../model/State.ts";
import type { NewMailbox } from "../../contracts/Oversight.ts";
import { Records } from "../../store/Records.ts";
import { Committer, type Proposal } from "../commit/Committer.ts";
import { keyProposal, operatorKey, tenantProposal } from "./Credentials.ts";
import { fromKeyRing, fromMail, missingOversightAddress } from "../errors.ts";
import { newId } from "../commit/ids.ts";
import { mailboxWarnings } from "./mailboxWarnings.ts";
import { makeOperating, type Committed } from "./operatorActs.ts";
import { invalid, forbidden, fromStore, conflict } from "../../contracts/errors.ts";
import { OversightSettings } from "../../contracts/settings.ts";
import { Reach } from "../../accounts/Reach.ts";
import { firstTenant } from "../../model/tenant.ts";
import { MailboxRow } from "../../model/records/account.ts";

const agentName = /^[A-Za-z0-9._-]{1,128}$/;
/** What the operator's signed statement can carry. */
const agentReference = /^[!-~](?:[ -~]{0,253}[!-~])?$/;
/** Text for people on one line. */
const isPlainName = (text: string, limit: number): boolean =>
  text.trim() !== "" && text.length <= limit && text.isWellFormed() && !hasUnsafeCharacter(text);

const checkPolicy = (policy: Policy) => {
  const { quorum, decisionWindow, approvalMaxAge } = policy;
  const whole = (n: number, { minimum, maximum }: { readonly minimum: number; readonly maximum: number }) =>
    Number.isInteger(n) && n >= minimum && n <= maximum;
  const people = `${policyBounds.quorum.minimum} to ${policyBounds.quorum.maximum}`;
  const seconds = `${policyBounds.seconds.minimum} to ${policyBounds.seconds.maximum} seconds`;
  return !whole(quorum, policyBounds.quorum)
    ? invalid("quorum", `quorum must be a whole number from ${people}.`, "Say how many people must approve.")
    : !whole(decisionWindow, policyBounds.seconds)
      ? invalid("decision_window", `decision_window must be ${seconds}.`, "Give seconds.")
      : !whole(approvalMaxAge, policyBounds.seconds)
        ? invalid("approval_max_age", `approval_max_age must be ${seconds}.`, "Give seconds.")
        : null;
};

export const makeOperations = Effect.gen(function* () {
  const records = yield* Records;
  const committer = yield* Committer;
  const keys = yield* KeyRing;
  const settings = yield* OversightSettings;
  const reach = yield* Reach;
  const { accepted, commit, operator, tenantOperator } = yield* makeOperating;
  // A change of some of a policy's values is put over what they are, so two changes at once must not read the same.
  const oneAtATime = Semaphore.makeUnsafe(1).withPermits(1);

  const createTenant = Effect.fn("Oversight.createTenant")(function* (credential: Credential, name: string) {
    const actor = yield* operator(credential);
    if (actor.role !== "operator" || credential.tenant !== firstTenant || credential.mailboxes !== null) {
      return yield* forbidden(
        "Only the installation's operator creates tenants.",
        `Use an admin key of the tenant ${firstTenant}.`,
      );
    }
    if (!isPlainName(name, 128)) {
      return yield* invalid("name", "A tenant's name has 1 to 128 characters on one line.", "Give such a name.");
    }
    const tenant = yield* newId("tnt");
    const id = yield* newId("ak");
    const { key } = mintKey();
    yield* commit(tenantProposal(tenant, name, actor), keyProposal(id, tenant, operatorKey, key, actor));
    return { id: tenant, key };
  });

  /** What every message of the mailbox will carry must be fit to be written and signed, or none could ever leave. */
  const checkShown = Effect.fnUntraced(function* ({ displayName, agentRef }: NewMailbox) {
    if (displayName !== null && !isPlainName(displayName, MAX_DISPLAY_NAME)) {
      return yield* invalid(
        "display_name",
        `A display name has 1 to ${MAX_DISPLAY_NAME} characters on one line.`,
        "Give such a name, or leave it out.",
      );
    }
    if (agentRef === null) return;
    if (!agentReference.test(agentRef)) {
      return yield* invalid(
        "agent_ref",
        "An agent_ref has 1 to 255 printable ASCII characters.",
        "Give such a reference, or leave it out.",
      );
    }
    const line = checkOperatorLine({ operator: settings.operatorDomain, origin: settings.origin, agentRef });
    if (Result.isFailure(line)) return yield* invalid("agent_ref", line.failure.message, line.failure.hint);
  });

  const createMailbox = Effect.fn("Oversight.createMailbox")(function* (credential: Credential, wanted: NewMailbox) {
    const actor = yield* tenantOperator(credential);
    const address = parseAddress(wanted.address, "address");
    if (Result.isFailure(address)) return yield* fromMail(address.failure);
    if (!agentName.test(wanted.agent)) {
      return yield* invalid("agent_id", "An agent id has 1 to 128 of A-Z a-z 0-9 . _ -", "Choose such an id.");
    }
    yield* checkShown(wanted);
    const copyTo = wanted.oversightAddress === null ? null : parseAddress(wanted.oversightAddress, "oversight_address");
    if (copyTo !== null && Result.isFailure(copyTo)) return yield* fromMail(copyTo.failure);
    if (wanted.mode === "monitored" && copyTo === null) return yield* missingOversightAddress;
    const policy = { ...settings.policy, ...wanted.policy };
    const wrong = checkPolicy(policy);
    if (wrong !== null) return yield* wrong;
    const id = yield* newId("mbx");
    const creation = {
      type: "create_mailbox" as const,
      at: 0,
      actor,
      tenant: credential.tenant,
      mailbox: id,
      mode: wanted.mode,
      policy,
    };
    // Who is no operator is refused by the machine, on the log, before anything is looked up or made.
    if (actor.role !== "operator") yield* commit({ event: creation });
    const taken = yield* records.addressTaken(address.success.addrSpec).pipe(Effect.catch(fromStore));
    if (taken) return yield* conflict("The address has a mailbox already.", "Choose another address.");
    const key = yield* keys
      .createMailboxKey({ tenant: credential.tenant, mailbox: id, agent: wanted.agent })
      .pipe(Effect.catch(fromKeyRing));
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
      event: creation,
      evidence: { agent: wanted.agent, identity_kid: key.kid },
      rows: ({ at }: { readonly at: number }) => ({ mailboxRows: [row(at)] }),
    });
    const { addrSpec, domain } = address.success;
    const warnings = mailboxWarnings(addrSpec, domain, settings.operatorDomain);
    return {
      warnings,
      row: row(made!.at),
      state: { id, tenant: credential.tenant, mode: wanted.mode, policy, version: 1 },
    };
  });

  const setMode = Effect.fn("Oversight.setMode")(function* (credential: Credential, name: string, mode: Mode) {
    const mailbox = yield* reach.mailboxNow(credential, name);
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
    const mailbox = yield* reach.mailboxNow(credential, name);
    const actor = yield* operator(credential);
    const policy = { ...mailbox.state.policy, ...change };
    const wrong = checkPolicy(policy);
    if (wrong !== null) return yield* wrong;
    const [made] = yield* commit({
      event: { type: "set_policy", at: 0, actor, tenant: mailbox.tenant, mailbox: mailbox.id, policy },
    });
    const { outcome } = made!;
    return outcome.accepted && outcome.mailbox !== null ? outcome.mailbox : mailbox.state;
  }, oneAtATime);

  const onTenant = Effect.fnUntraced(function* (credential: Credential, type: "halt" | "resume") {
    const actor = yield* tenantOperator(credential);
    const [made] = yield* commit({ event: { type, at: 0, actor, tenant: credential.tenant } });
    return tenantOf(made!);
  });

  const tenantOf = ({ outcome }: Committed): TenantState => {
    if (outcome.accepted && outcome.tenant !== null) return outcome.tenant;
    throw new Error("a tenant event was accepted without a tenant");
  };

  /** One `revoke` for each unsent message the reviewer has approved. */
  const revokedApprovals = Effect.fnUntraced(function* (tenant: string, reviewer: string, actor: Actor) {
    const states = yield* records.approvedBy({ tenant, reviewer }).pipe(Effect.catch(fromStore));
    return states.map((state): Proposal => ({
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
    }));
  });

  const reviewersOperator = Effect.fnUntraced(function* (credential: Credential, reviewer: string) {
    const actor = yield* tenantOperator(credential);
    if (!isPrincipalId(reviewer)) {
      return yield* invalid("reviewer", "The reviewer's id is not usable.", "Use 1 to 128 of A-Z a-z 0-9 . _ @ -");
    }
    return actor;
  });

  const revokeReviewer = Effect.fn("Oversight.revokeReviewer")(function* (credential: Credential, reviewer: string) {
    const actor = yield* reviewersOperator(credential, reviewer);
    // One transaction: a revoked reviewer leaves no approval standing on a message. Who is no operator is refused by the machine.
    const known = actor.role === "operator" ? yield* revokedApprovals(credential.tenant, reviewer, actor) : [];
    const [first] = yield* committer
      .propose({ event: { type: "revoke_reviewer", at: 0, actor, tenant: credential.tenant, reviewer } }, ...known)
      .pipe(Effect.catch(fromStore));
    const made = yield* accepted(first!);
    // From here on none of their approvals counts, and no new one can come: what came since the look is put there too.
    const since = yield* revokedApprovals(credential.tenant, reviewer, actor);
    if (since.length > 0) yield* committer.propose(...since).pipe(Effect.catch(fromStore));
    return {
      tenant: tenantOf(made),
      messages: [...known, ...since].map(({ event }) => ("message" in event ? event.message : "")),
    };
  });

  const reinstateReviewer = Effect.fn("Oversight.reinstateReviewer")(function* (
    credential: Credential,
    reviewer: string,
  ) {
    const actor = yield* reviewersOperator(credential, reviewer);
    const tenant = yield* records.tenant(credential.tenant).pipe(Effect.catch(fromStore));
    const reinstated: Proposal = {
      event: { type: "reinstate_reviewer", at: 0, actor, tenant: credential.tenant, reviewer },
    };
    // Nobody to reinstate: the machine says so, and nobody's approvals are touched.
    if (tenant?.state.revoked.includes(reviewer) !== true) return tenantOf((yield* commit(reinstated))[0]!);
    // Should a crash have kept a revocation from a message, it is put there first: old approvals never count again.
    const revocations = yield* revokedApprovals(credential.tenant, reviewer, actor);
    if (revocations.length > 0) yield* committer.propose(...revocations).pipe(Effect.catch(fromStore));
    const [made] = yield* commit(reinstated);
    return tenantOf(made!);
  });

  return {
    createTenant,
    createMailbox,
    setMode,
    setPolicy,
    halt: (credential: Credential) => onTenant(credential, "halt"),
    resume: (credential: Credential) => onTenant(credential, "resume"),
    revokeReviewer,
    reinstateReviewer,
  };
});
