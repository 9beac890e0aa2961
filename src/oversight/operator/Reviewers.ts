/** Revoked reviewers, whose approvals no longer count, and how one is found: by a key to decide, or by earlier decisions. @spec OV-24 */
import { Effect, Result } from "effect";
import { isPrincipalId } from "../../accounts/ApiKey.ts";
import { readLeaf } from "../../audit/leaf/Leaf.ts";
import { fromStore, invalid, missing } from "../../contracts/errors.ts";
import type { Credential } from "../../model/Credential.ts";
import { nearest } from "../../model/nearest.ts";
import { Records } from "../../store/Records.ts";
import { Committer, type Proposal } from "../commit/Committer.ts";
import { makeOperating, tenantOf } from "./operatorActs.ts";
import { lostApproval, makeVoidedApprovals } from "./voidedApprovals.ts";

export const makeReviewers = Effect.gen(function* () {
  const records = yield* Records;
  const committer = yield* Committer;
  const voidedApprovals = yield* makeVoidedApprovals;
  const { accepted, commit, tenantOperator } = yield* makeOperating;

  const operatorOn = Effect.fnUntraced(function* (credential: Credential, reviewer: string) {
    const actor = yield* tenantOperator(credential);
    if (!isPrincipalId(reviewer)) {
      return yield* invalid("reviewer", "The reviewer's id is not usable.", "Use 1 to 128 of A-Z a-z 0-9 . _ @ -");
    }
    return actor;
  });

  const stateOf = (tenant: string) =>
    Effect.map(records.tenant(tenant).pipe(Effect.catch(fromStore)), (found) => found?.state ?? null);

  /** Fails for a name that no key that may decide has: a misspelt name must not pass for a stopped reviewer. */
  const known = Effect.fnUntraced(function* (tenant: string, reviewer: string) {
    if ((yield* stateOf(tenant))?.revoked.includes(reviewer) === true) return;
    const keys = yield* records.apiKeys(tenant).pipe(Effect.catch(fromStore));
    const names = keys.filter(({ scopes }) => scopes.includes("oversight")).map(({ principal }) => principal);
    if (names.includes(reviewer)) return;
    if ((yield* records.approvedBy({ tenant, reviewer }).pipe(Effect.catch(fromStore))).length > 0) return;
    const meant = nearest(reviewer, names, 3);
    return yield* missing(
      `There is no reviewer ${reviewer}.`,
      meant.length > 0
        ? `Did you mean ${meant.join(", ")}?`
        : "A reviewer is who a key with the scope oversight is made for, in that spelling.",
    );
  });

  /** Messages from which the newest revocation of this reviewer took an approval, in the order in which it did. */
  const takenFrom = Effect.fnUntraced(function* (tenant: string, reviewer: string) {
    const types = ["revoke_reviewer", "revoke"];
    let messages: string[] = [];
    for (const entry of yield* records.acceptedEntries({ tenant, types }).pipe(Effect.catch(fromStore))) {
      const read = readLeaf(entry.leaf);
      if (Result.isFailure(read)) continue;
      const { event } = read.success;
      if (event.type === "revoke_reviewer" && event.reviewer === reviewer) messages = [];
      else if (event.type === "revoke" && event.reviewer === reviewer) messages.push(event.message);
    }
    return messages;
  });

  const revokeReviewer = Effect.fn("Oversight.revokeReviewer")(function* (credential: Credential, reviewer: string) {
    const actor = yield* operatorOn(credential, reviewer);
    const { tenant } = credential;
    // The machine refuses a caller that is no operator, on the log, in the same words whether there is such a reviewer or not.
    if (actor.role === "operator") yield* known(tenant, reviewer);
    // One transaction: a revoked reviewer leaves no approval standing on a message.
    const first = actor.role === "operator" ? yield* voidedApprovals(tenant, { reviewer }, actor) : [];
    const recorded = yield* committer
      .propose({ event: { type: "revoke_reviewer", at: 0, actor, tenant, reviewer } }, ...first)
      .pipe(Effect.catch(fromStore));
    const [revoked] = recorded;
    const before = yield* stateOf(tenant);
    const again =
      revoked!.kind === "recorded" && !revoked!.outcome.accepted && revoked!.outcome.refusal === "no_change";
    const state = again && before !== null ? before : tenantOf(yield* accepted(revoked!));
    // From here on none of their approvals counts, and no new one can come: what came since the look is put there too.
    const since = yield* voidedApprovals(tenant, { reviewer }, actor);
    const later = since.length === 0 ? [] : yield* committer.propose(...since).pipe(Effect.catch(fromStore));
    const messages = again ? yield* takenFrom(tenant, reviewer) : lostApproval([...recorded, ...later]);
    return { tenant: state, messages };
  });

  const reinstateReviewer = Effect.fn("Oversight.reinstateReviewer")(function* (
    credential: Credential,
    reviewer: string,
  ) {
    const actor = yield* operatorOn(credential, reviewer);
    const { tenant } = credential;
    const state = yield* stateOf(tenant);
    const reinstated: Proposal = { event: { type: "reinstate_reviewer", at: 0, actor, tenant, reviewer } };
    // No reviewer to reinstate: the machine refuses, and no approvals change.
    if (state?.revoked.includes(reviewer) !== true) return tenantOf((yield* commit(reinstated))[0]!);
    // Should a crash have kept a revocation from a message, it is put there first: old approvals never count again.
    const revocations = yield* voidedApprovals(tenant, { reviewer }, actor);
    if (revocations.length > 0) yield* committer.propose(...revocations).pipe(Effect.catch(fromStore));
    const [made] = yield* commit(reinstated);
    return tenantOf(made!);
  });

  return { revokeReviewer, reinstateReviewer };
});
