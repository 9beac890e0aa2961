/** Messages erased: at request, or because their retention is over. What is held, or not finished, is left as it is. */
import { Effect, Result } from "effect";
import { Reach } from "../../accounts/Reach.ts";
import { forbidden, fromStore, invalid, refusedError } from "../../contracts/errors.ts";
import type { Erasure, Retention } from "../../contracts/Retention.ts";
import { parseAddress } from "../../mail/address/Address.ts";
import { system, type Actor } from "../../model/Actor.ts";
import { eraseLimit, retentionFloor } from "../../model/LogRecord.ts";
import { nowSeconds } from "../../model/time.ts";
import type { Writes } from "../../store/Journal.ts";
import { LogRecords } from "../../store/LogRecords.ts";
import { Committer } from "../commit/Committer.ts";
import { makeOperating } from "./operatorActs.ts";

/** Messages looked at in one page of a sweep. */
const page = eraseLimit;

export const makeErasures = Effect.gen(function* () {
  const records = yield* LogRecords;
  const committer = yield* Committer;
  const reach = yield* Reach;
  const { tenantOperator } = yield* makeOperating;

  /** One entry for each `eraseLimit` messages. Those that may not be erased any more by then stop their batch, and are looked at again. */
  const eraseAll = Effect.fnUntraced(function* (
    tenant: string,
    actor: Actor,
    cause: "retention" | "request",
    ids: readonly string[],
  ) {
    const done: { readonly erased: string[]; readonly entries: number[] } = { erased: [], entries: [] };
    for (let at = 0; at < ids.length; at += eraseLimit) {
      let batch = ids.slice(at, at + eraseLimit);
      // A hold that came in between makes the store refuse the whole batch: then what is left is looked up once more.
      for (let attempt = 0; attempt < 3 && batch.length > 0; attempt++) {
        const messages = batch;
        const recorded = yield* Effect.result(
          committer.propose({
            event: { type: "erase", at: 0, actor, tenant, cause, messages },
            rows: (now): Partial<Pick<Writes, "erasures">> => ({
              erasures: messages.map((message) => ({ message, tenant, at: now.at })),
            }),
          }),
        );
        if (Result.isFailure(recorded) && recorded.failure.reason !== "conflict") {
          return yield* fromStore(recorded.failure);
        }
        if (Result.isSuccess(recorded)) {
          const [one] = recorded.success;
          if (one?.kind !== "recorded") return yield* Effect.die("an erasure has no idempotency key");
          if (!one.outcome.accepted) return yield* refusedError(one.outcome.refusal, one.index);
          done.erased.push(...messages);
          done.entries.push(one.index);
          break;
        }
        const now = yield* records.candidates(tenant, messages).pipe(Effect.catch(fromStore));
        batch = now.filter(({ erasable }) => erasable).map(({ id }) => id);
      }
    }
    if (done.erased.length > 0) yield* records.scrub.pipe(Effect.catch(fromStore));
    return done;
  });

  const erase: Retention["Service"]["erase"] = Effect.fn("Retention.erase")(function* (credential, request) {
    const actor = yield* tenantOperator(credential);
    const { tenant } = credential;
    if (actor.role !== "operator") {
      return yield* forbidden("Only an operator erases.", "Use a key with the admin scope.");
    }
    let wanted: readonly string[];
    if ("message" in request) wanted = [(yield* reach.message(credential, request.message)).row.id];
    else {
      const address = parseAddress(request.person, "person");
      if (Result.isFailure(address)) {
        return yield* invalid("person", address.failure.message, "Give one address, such as carol@example.org.");
      }
      wanted = yield* records.messagesWith(tenant, address.success.addrSpec).pipe(Effect.catch(fromStore));
    }
    const found = yield* records.candidates(tenant, wanted).pipe(Effect.catch(fromStore));
    const free = found.filter(({ erasable }) => erasable).map(({ id }) => id);
    const { erased, entries } = yield* eraseAll(tenant, actor, "request", free);
    const gone = new Set(erased);
    return {
      erased,
      held: found.filter(({ id, held }) => held && !gone.has(id)).map(({ id }) => id),
      unfinished: found.filter(({ id, held }) => !held && !gone.has(id)).map(({ id }) => id),
      entries,
    } satisfies Erasure;
  });

  const sweep = Effect.gen(function* () {
    const now = yield* nowSeconds;
    let count = 0;
    for (const { tenant, days } of yield* records.retentions.pipe(Effect.catch(fromStore))) {
      // Whatever a row says, nothing goes before the floor.
      if (days === null || days < retentionFloor) continue;
      const before = now - days * 86_400;
      for (let after = ""; ;) {
        const due = yield* records.due({ tenant, before, after, limit: page }).pipe(Effect.catch(fromStore));
        count += (yield* eraseAll(tenant, system, "retention", due)).erased.length;
        if (due.length < page) break;
        after = due.at(-1)!;
      }
    }
    return count;
  }).pipe(Effect.withSpan("Retention.sweep"));

  return { erase, sweep };
});
