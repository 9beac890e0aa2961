/** A house whose log is looked at, opened and closed as often as a test wants. */
import { Effect, Layer, References } from "effect";
import { parseVerifierKey, type NoteKey } from "../../src/audit/tree/SignedNote.ts";
import { AuditLog } from "../../src/contracts/AuditLog.ts";
import { Oversight } from "../../src/contracts/Oversight.ts";
import { Retention } from "../../src/contracts/Retention.ts";
import { Journal } from "../../src/store/Journal.ts";
import { LogRecords } from "../../src/store/LogRecords.ts";
import { configFor, layerHouse, operator } from "../oversight/house.ts";

export interface House {
  readonly log: AuditLog["Service"];
  readonly oversight: Oversight["Service"];
  readonly retention: Retention["Service"];
  readonly journal: Journal["Service"];
  readonly records: LogRecords["Service"];
}

/** Runs `body` in the house over this database, and closes it. Refusals are part of these tests, so the house keeps quiet. */
export const inHouse = <A>(
  database: string,
  body: (house: House) => Effect.Effect<A, unknown>,
  config: Record<string, string> = {},
): Promise<A> =>
  Effect.runPromise(
    Effect.gen(function* () {
      return yield* body({
        log: yield* AuditLog,
        oversight: yield* Oversight,
        retention: yield* Retention,
        journal: yield* Journal,
        records: yield* LogRecords,
      });
    }).pipe(
      Effect.provide(
        layerHouse(configFor(database, config)).pipe(
          Layer.provideMerge(Layer.succeed(References.MinimumLogLevel, "None")),
        ),
      ),
      Effect.scoped,
    ),
  );

/** Adds `count` entries: accepted or refused, each is one. */
export const grow = (house: House, count: number): Effect.Effect<void> =>
  Effect.forEach(
    Array.from({ length: count }),
    (_, i) => Effect.result(i % 2 === 0 ? house.oversight.halt(operator) : house.oversight.resume(operator)),
    { discard: true },
  );

/** The log's own keys, as an auditor pins them. */
export const keysOf = (log: AuditLog["Service"]): Effect.Effect<readonly NoteKey[], unknown> =>
  Effect.flatMap(log.keys, (keys) => Effect.forEach(keys, ({ vkey }) => Effect.fromResult(parseVerifierKey(vkey))));
