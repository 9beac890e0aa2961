/** What every operator's act needs: a credential that may operate, and a commit that fails with the machine's refusal. */
import { Effect } from "effect";
import { actorOf, type Credential } from "../../model/Credential.ts";
import type { TenantState } from "../../model/State.ts";
import type { StoreError } from "../../store/Journal.ts";
import { Committer, type Proposal, type Recorded } from "../commit/Committer.ts";
import { ServiceError, refusedError, fromStore, forbidden } from "../../contracts/errors.ts";

type Accepted = Extract<Recorded, { kind: "recorded" }>;

/** The tenant as an accepted event of it left it. */
export const tenantOf = ({ outcome }: Accepted): TenantState => {
  if (outcome.accepted && outcome.tenant !== null) return outcome.tenant;
  throw new Error("a tenant event was accepted without a tenant");
};

export const makeOperating = Effect.gen(function* () {
  const committer = yield* Committer;

  /** What was accepted; fails with the machine's refusal. */
  const accepted = (one: Recorded): Effect.Effect<Accepted, ServiceError> =>
    one.kind === "repeated"
      ? Effect.die("an operation has no idempotency key")
      : one.outcome.accepted
        ? Effect.succeed(one)
        : refusedError(one.outcome.refusal, one.index);

  /** Commits a group; fails with the first refusal. What else of it was accepted stays so. `fails`: the sentence if the store does. */
  const commitOr = Effect.fnUntraced(function* (
    fails: (error: StoreError) => Effect.Effect<never, ServiceError>,
    ...proposals: readonly Proposal[]
  ) {
    return yield* Effect.forEach(yield* committer.propose(...proposals).pipe(Effect.catch(fails)), accepted);
  });
  const commit = (...proposals: readonly Proposal[]) => commitOr(fromStore, ...proposals);

  /** The actor, in the operator's role if the key has it; the machine refuses any other role, on the log. */
  const operator = (credential: Credential) => {
    const actor = actorOf(credential, "operator");
    return actor === null
      ? Effect.fail(forbidden("This key may only read.", "Use an operator's key (scope admin)."))
      : Effect.succeed(actor);
  };

  /** For acts on the whole tenant: an operator's key that is confined to some mailboxes is refused. @spec OV-37 */
  const tenantOperator = Effect.fnUntraced(function* (credential: Credential) {
    const actor = yield* operator(credential);
    if (actor.role === "operator" && credential.mailboxes !== null) {
      return yield* forbidden(
        "This key is confined to some mailboxes.",
        "Use an operator's key that is not: this concerns the whole tenant.",
      );
    }
    return actor;
  });

  return { accepted, commit, commitOr, operator, tenantOperator };
});
