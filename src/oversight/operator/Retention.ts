/** Retention, holds and erasure on the store: each an entry of the log, written with what it does in one transaction. */
import { Effect, Layer } from "effect";
import { type Credential, readsLog } from "../../model/Credential.ts";
import { retentionFloor } from "../../model/LogRecord.ts";
import { makeErasures } from "./erasures.ts";
import { makeHolds } from "./holds.ts";
import { makeOperating } from "./operatorActs.ts";
import { layer as layerReach } from "../../accounts/Reach.ts";
import { Retention } from "../../contracts/Retention.ts";
import { LogRecords } from "../../store/LogRecords.ts";
import { forbidden, fromStore, invalid } from "../../contracts/errors.ts";

/** The longest retention, days: a hundred years. */
const longest = 36_525;

/** Retention and holds are read by keys for the whole tenant. */
const reader = (credential: Credential) =>
  readsLog(credential) && credential.mailboxes === null
    ? Effect.void
    : Effect.fail(
        forbidden(
          "Retention and holds are for the tenant's operators and reviewers.",
          "Use a key with the admin or oversight scope that is not confined to some mailboxes.",
        ),
      );

const make = Effect.gen(function* () {
  const records = yield* LogRecords;
  const { commit, tenantOperator } = yield* makeOperating;

  const policyOf = (tenant: string) =>
    Effect.map(records.retention(tenant).pipe(Effect.catch(fromStore)), ({ days }) => ({
      days,
      floor: retentionFloor,
    }));

  const setPolicy = Effect.fn("Retention.setPolicy")(function* (credential: Credential, days: number | null) {
    const actor = yield* tenantOperator(credential);
    if (days !== null && (!Number.isInteger(days) || days < retentionFloor || days > longest)) {
      return yield* invalid(
        "days",
        `Retention is ${retentionFloor} to ${longest} whole days, or null to keep everything.`,
        `Laws ask for six months of logs at least; ${retentionFloor} days is the least there is here.`,
      );
    }
    const { tenant } = credential;
    yield* commit({
      event: { type: "set_retention", at: 0, actor, tenant, days },
      rows: () => ({ retention: [{ tenant, days }] }),
    });
    return yield* policyOf(tenant);
  });

  return Retention.of({
    policy: (credential) => Effect.andThen(reader(credential), policyOf(credential.tenant)),
    setPolicy,
    holds: (credential) =>
      Effect.andThen(reader(credential), records.holds(credential.tenant).pipe(Effect.catch(fromStore))),
    ...(yield* makeHolds),
    ...(yield* makeErasures),
  });
});

/** Needs the store and the committer of the door. */
export const layerRetention = Layer.effect(Retention, make).pipe(Layer.provide(layerReach));
