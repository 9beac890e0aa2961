/** Retention, holds and erasure on the store: each an entry of the log, written with what it does in one transaction. */
import { Effect, Layer, Result } from "effect";
import { nowSeconds } from "../../model/time.ts";
import { parseAddress } from "../../mail/address/Address.ts";
import { system, type Actor } from "../../model/Actor.ts";
import type { Credential } from "../../model/Credential.ts";
import { eraseLimit, retentionFloor, type LogRecord } from "../../model/LogRecord.ts";
import { Committer } from "../commit/Committer.ts";
import { newId, newSalt } from "../commit/ids.ts";
import { makeOperating } from "./operatorActs.ts";
import { layer as layerReach, Reach } from "../../accounts/Reach.ts";
import { type Erasure, Retention } from "../../contracts/Retention.ts";
import type { Writes } from "../../store/Journal.ts";
import { LogRecords } from "../../store/LogRecords.ts";
import { forbidden, fromStore, invalid, isPlainNote, missing, refusedError } from "../../contracts/errors.ts";
import { HoldRow } from "../../model/records/operator.ts";

/** The longest retention, days: a hundred years. */
const longest = 36_525;
const reasonLimit = 2000;
/** Messages looked at in one page of a sweep. */
const page = eraseLimit;

interface Recording {
  readonly index: number;
  readonly at: number;
}

const make = Effect.gen(function* () {
  const records = yield* LogRecords;
  const committer = yield* Committer;
  const reach = yield* Reach;
  const { commit, tenantOperator } = yield* makeOperating;

  const reader = (credential: Credential) =>
    credential.scopes.some((scope) => scope === "admin" || scope === "oversight") && credential.mailboxes === null
      ? Effect.void
      : Effect.fail(
          forbidden(
            "Retention and holds are for the tenant's operators and reviewers.",
            "Use a key with the admin or oversight scope that is not confined to some mailboxes.",
          ),
        );

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

  const place: Retention["Service"]["place"] = Effect.fn("Retention.place")(function* (credential, request) {
    const actor = yield* tenantOperator(credential);
    const { reason } = request;
    if (reason !== null && (reason === "" || !isPlainNote(reason, reasonLimit))) {
      return yield* invalid("reason", `A reason has 1 to ${reasonLimit} characters.`, "Shorten it, or leave it out.");
    }
    const message = request.message === null ? null : yield* reach.message(credential, request.message);
    const named = request.mailbox === null ? null : yield* reach.mailboxNow(credential, request.mailbox);
    if (message !== null && named !== null && message.row.mailbox !== named.id) {
      return yield* invalid("message_id", "The message is not of that mailbox.", "Leave mailbox out.");
    }
    const id = yield* newId("hold");
    const mailbox = message?.row.mailbox ?? named?.id ?? null;
    const { tenant } = credential;
    const event: LogRecord = {
      type: "legal_hold",
      at: 0,
      actor,
      tenant,
      hold: id,
      ...(mailbox === null ? {} : { mailbox }),
      ...(message === null ? {} : { message: message.row.id }),
    };
    const row = (index: number, at: number): HoldRow => ({
      id,
      tenant,
      mailbox,
      message: message?.row.id ?? null,
      reason,
      placedBy: actor.principal,
      placedAt: at,
      index,
      releasedAt: null,
    });
    const [made] = yield* commit({
      event,
      ...(reason === null ? {} : { personal: { salt: newSalt(), reason } }),
      rows: ({ index, at }: Recording) => ({ holds: [row(index, at)] }),
    });
    return row(made!.index, made!.at);
  });

  const release: Retention["Service"]["release"] = Effect.fn("Retention.release")(function* (credential, hold) {
    const actor = yield* tenantOperator(credential);
    const { tenant } = credential;
    const all = yield* records.holds(tenant).pipe(Effect.catch(fromStore));
    const row = all.find(({ id, releasedAt }) => id === hold && releasedAt === null);
    if (row === undefined && actor.role === "operator") {
      return yield* missing("There is no such hold, or it is released.", "List those there are.", "list_holds");
    }
    const [made] = yield* commit({
      event: { type: "release_hold", at: 0, actor, tenant, hold: row?.id ?? "" },
      rows: ({ at }: Recording) => ({ releasedHolds: [{ id: hold, tenant, at }] }),
    });
    return { ...row!, releasedAt: made!.at };
  });

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

  return Retention.of({
    policy: (credential) => Effect.andThen(reader(credential), policyOf(credential.tenant)),
    setPolicy,
    holds: (credential) =>
      Effect.andThen(reader(credential), records.holds(credential.tenant).pipe(Effect.catch(fromStore))),
    place,
    release,
    erase,
    sweep,
  });
});

/** Needs the store and the committer of the door. */
export const layerRetention = Layer.effect(Retention, make).pipe(Layer.provide(layerReach));
