/** What became of earlier mail, as the next message to the same people finds it, on both stores; and how the store is asked. */
import { assert, describe, it } from "@effect/vitest";
import { Deferred, Effect, Exit, Fiber, Layer, Queue } from "effect";
import { SqlClient } from "effect/sql/SqlClient";
import { layerDoor } from "../../src/server/Installation.ts";
import { Oversight, type HandOver, type SubmitRequest } from "../../src/contracts/Oversight.ts";
import { CorrespondenceHistory } from "../../src/risk/sources/History.ts";
import { StoreError } from "../../src/store/Journal.ts";
import { RiskRecords } from "../../src/store/RiskRecords.ts";
import { layerFromUrl } from "../../src/store/Store.ts";
import { bothStores } from "../store/stores.ts";
import { request } from "../support/submission.ts";
import { alice, operator, agent } from "../support/credentials.ts";
import { configFor, makeMailbox } from "../support/installation.ts";
import { layerCorrespondenceHistory } from "../../src/server/CorrespondenceHistory.ts";

const signals = (risk: unknown): readonly string[] =>
  (risk as { signals: { source: string; name: string }[] }).signals
    .filter(({ source }) => source === "history")
    .map(({ name }) => name);

/** Submits, approves and hands over with this outcome; answers what history said at the submit. */
const send = (change: Partial<SubmitRequest>, outcome: HandOver) =>
  Effect.gen(function* () {
    const oversight = yield* Oversight;
    const { state, risk } = yield* oversight.submit(agent, request(change));
    yield* oversight.decide(alice, { message: state.id, decision: "approve", digest: null, reason: null });
    const [permit] = yield* oversight.dispatch([yield* Queue.take(oversight.enqueued)]);
    assert.isDefined(permit);
    yield* oversight.settle(permit!, outcome);
    return { said: signals(risk), id: state.id };
  });
const delivered: HandOver = { type: "delivered", reply: "250 2.0.0 ok", refused: [] };
const failed = (reply: string): HandOver => ({ type: "failed", reply, refused: [] });

for (const store of bothStores()) {
  describe(`history on ${store.name}`, () => {
    const house = <A, E>(body: Effect.Effect<A, E, Oversight | SqlClient>) =>
      Effect.flatMap(Effect.promise(store.fresh), (url) => houseOn(url, body));
    const houseOn = <A, E>(url: string, body: Effect.Effect<A, E, Oversight | SqlClient>) =>
      Effect.gen(function* () {
        const config = configFor(url);
        const layer = Layer.effectDiscard(
          Effect.gen(function* () {
            yield* (yield* Oversight).bootstrap(`mm_live_${"o".repeat(43)}`);
            yield* Effect.ignore(makeMailbox());
          }),
        ).pipe(Layer.provideMerge(layerDoor(config)), Layer.provideMerge(layerFromUrl(config.database)));
        return yield* body.pipe(Effect.provide(layer), Effect.scoped);
      });

    it.live("tells first contact from a known correspondent, by the host and by the registrable domain", () =>
      house(
        Effect.gen(function* () {
          assert.deepEqual((yield* send({ to: ["a@Customer.Example"] }, delivered)).said, ["first_contact"]);
          assert.deepEqual((yield* send({ to: ["b@customer.example"] }, delivered)).said, ["known_correspondent"]);
          assert.deepEqual((yield* send({ to: ["b@mail.customer.example"] }, delivered)).said, ["known_correspondent"]);
          assert.deepEqual((yield* send({ to: ["b@othercustomer.example"] }, delivered)).said, ["first_contact"]);
        }),
      ),
    );

    it.live("remembers who bounced, whole messages and single recipients, and not what our own relay refused", () =>
      house(
        Effect.gen(function* () {
          yield* send({ to: ["gone@a.example"] }, failed("550 5.1.1 no such user"));
          assert.deepEqual((yield* send({ to: ["GONE@a.example"] }, delivered)).said, [
            "first_contact",
            "past_bounces",
          ]);
          assert.deepEqual((yield* send({ to: ["here@a.example"] }, delivered)).said, ["known_correspondent"]);
          yield* send(
            { to: ["x@b.example", "y@b.example"] },
            {
              type: "delivered",
              reply: "250 2.0.0 ok",
              refused: [{ address: "y@b.example", reply: "550 5.1.1 no such user" }],
            },
          );
          assert.deepEqual((yield* send({ to: ["y@b.example"] }, delivered)).said, [
            "known_correspondent",
            "past_bounces",
          ]);
          assert.deepEqual((yield* send({ to: ["x@b.example"] }, delivered)).said, ["known_correspondent"]);
          yield* send({ to: ["z@c.example"] }, failed("535 5.7.8 authentication failed"));
          assert.deepEqual((yield* send({ to: ["z@c.example"] }, delivered)).said, ["first_contact"]);
          // What a server says may hold anything.
          yield* send({ to: ["n@d.example"] }, failed("550 5.1.1 \u0000 \\u0000"));
          assert.deepEqual((yield* send({ to: ["n@d.example"] }, delivered)).said, ["first_contact", "past_bounces"]);
        }),
      ),
    );

    it.live("notices a sudden volume while it lasts, before anything of it is approved", () =>
      house(
        Effect.gen(function* () {
          const oversight = yield* Oversight;
          let said: readonly string[] = [];
          for (let i = 0; i < 11; i++) {
            said = signals((yield* oversight.submit(agent, request({ to: [`u${i}@burst.example`] }))).risk);
            if (i < 10) assert.deepEqual(said, ["first_contact"], String(i));
          }
          assert.deepEqual(said, ["first_contact", "sudden_volume"]);
        }),
      ),
    );

    it.live("holds another suffix of a correspondent's name from the third delivery on, and not after the first", () =>
      Effect.gen(function* () {
        const url = yield* Effect.promise(store.fresh);
        // What a house knows of its correspondents is a minute old at most: each of these opens anew.
        const judged = houseOn(
          url,
          Effect.gen(function* () {
            const { risk, state } = yield* (yield* Oversight).submit(
              agent,
              request({ to: ["billing@initech-widgets.com"] }),
            );
            return [(risk as { flags: readonly string[] }).flags, state.verdict.held];
          }),
        );
        const delivery = houseOn(url, send({ to: ["ann@initech-widgets.de"] }, delivered));
        yield* delivery;
        assert.deepEqual(yield* judged, [[], false]);
        yield* delivery;
        yield* delivery;
        assert.deepEqual(yield* judged, [["lookalike"], true]);
      }),
    );

    it.live("forgets who bounced when the message is erased, and is another tenant's business never (OV-112)", () =>
      house(
        Effect.gen(function* () {
          const sql = yield* SqlClient;
          const { id } = yield* send({ to: ["gone@a.example"] }, failed("550 5.1.1 no such user"));
          const bounces = Effect.map(sql<{ n: number }>`SELECT count(*) AS n FROM risk_bounces`, ([row]) =>
            Number(row!.n),
          );
          assert.strictEqual(yield* bounces, 1);
          yield* sql`UPDATE messages SET erased_at = 1 WHERE id = ${id}`;
          assert.strictEqual(yield* bounces, 0);
          yield* send({ to: ["a@customer.example"] }, delivered);
          const oversight = yield* Oversight;
          const other = yield* oversight.createTenant(operator, "other");
          const theirs = { ...operator, tenant: other.id };
          yield* oversight.createMailbox(theirs, {
            address: "support@other.example",
            agent: "agent-1",
            agentRef: null,
            displayName: null,
            oversightAddress: null,
            mode: "gated_send",
            policy: {},
          });
          const sent = yield* oversight.submit(
            { ...agent, tenant: other.id },
            request({ mailbox: "support@other.example", to: ["a@customer.example"] }),
          );
          assert.deepEqual(signals(sent.risk), ["first_contact"]);
        }),
      ),
    );
  });
}

describe("questions about the past", () => {
  type Question = Parameters<RiskRecords["Service"]["contacts"]>[0];
  const records = (contacts: RiskRecords["Service"]["contacts"]) =>
    Layer.succeed(RiskRecords, {
      policies: () => Effect.die("not asked"),
      correspondents: () => Effect.die("not asked"),
      returned: () => Effect.die("not asked"),
      contacts,
    });
  const counted = (gate: Effect.Effect<void> = Effect.void) => {
    const asked: Question[] = [];
    const answers = records((question) =>
      Effect.suspend(() => {
        asked.push(question);
        const delivered = asked.length;
        return Effect.as(gate, {
          hosts: new Map(question.hosts.map((host) => [host, { delivered, bounced: 0, lastHour: 0, lastMonth: 0 }])),
          bounces: new Map(question.recipients.map((one) => [one, 1])),
        });
      }),
    );
    return { asked, layer: Layer.provide(layerCorrespondenceHistory, answers) };
  };
  const about = (hosts: readonly string[], recipients: readonly string[] = [], tenant = "default") =>
    Effect.flatMap(CorrespondenceHistory, (history) =>
      history.about({ tenant, mailbox: "mb", hosts, recipients, now: 7_200 }),
    );
  const together = <A, E, R>(questions: readonly Effect.Effect<A, E, R>[]) =>
    Effect.all(questions, { concurrency: "unbounded" });

  it.effect("of a moment are one statement for each tenant, each name in it once", () => {
    const { asked, layer } = counted();
    return Effect.gen(function* () {
      const found = yield* together([
        about(["a.example", "mail.a.example"], ["X@A.example", "y@mail.a.example"]),
        about(["b.example"], ["x@b.example"]),
        about(["a.example"], ["x@a.example"], "other"),
        about(["a.example"], ["x@a.example"]),
      ]);
      assert.deepEqual(asked, [
        {
          tenant: "default",
          hosts: ["a.example", "mail.a.example", "b.example"],
          recipients: ["x@a.example", "y@mail.a.example", "x@b.example"],
          now: 7_200,
        },
        { tenant: "other", hosts: ["a.example"], recipients: ["x@a.example"], now: 7_200 },
      ]);
      // The answer to each is about its own names: two hosts of one domain, then one host each.
      assert.deepEqual(
        found.map(({ domain }) => domain.delivered),
        [2, 1, 2, 1],
      );
      assert.deepEqual(found[0]!.recipients, [
        { recipient: "X@A.example", bounced: 1, complaints: 0 },
        { recipient: "y@mail.a.example", bounced: 1, complaints: 0 },
      ]);
    }).pipe(Effect.provide(layer));
  });

  it.effect("that are too many for one statement are several, and each is answered", () => {
    const { asked, layer } = counted();
    return Effect.gen(function* () {
      const found = yield* together(Array.from({ length: 5_000 }, (_, i) => about([`d${i}.example`])));
      assert.deepEqual(
        asked.map(({ hosts }) => hosts.length),
        [2_000, 2_000, 1_000],
      );
      assert.deepEqual(
        [0, 1_999, 2_000, 4_999].map((i) => found[i]!.domain.delivered),
        [1, 1, 2, 3],
      );
    }).pipe(Effect.provide(layer));
  });

  it.effect("are answered though the caller that asked first is interrupted", () =>
    Effect.gen(function* () {
      for (const yields of [0, 2]) {
        const gate = yield* Deferred.make<void>();
        const { asked, layer } = counted(Deferred.await(gate));
        yield* Effect.gen(function* () {
          const first = yield* Effect.forkChild(about(["a.example"]), { startImmediately: true });
          const second = yield* Effect.forkChild(about(["a.example"]), { startImmediately: true });
          for (let i = 0; i < yields; i++) yield* Effect.yieldNow;
          assert.lengthOf(asked, yields === 0 ? 0 : 1);
          yield* Fiber.interrupt(first);
          yield* Deferred.succeed(gate, undefined);
          assert.strictEqual((yield* Fiber.join(second)).domain.delivered, 1);
        }).pipe(Effect.provide(layer));
        assert.lengthOf(asked, 1);
      }
    }),
  );

  it.effect("all fail with the statement", () => {
    const away = new StoreError({ reason: "unavailable", message: "away", hint: "wait" });
    return Effect.gen(function* () {
      const exits = yield* together(
        [about(["a.example"]), about(["b.example"])].map((one) => Effect.exit(Effect.flip(one))),
      );
      for (const exit of exits) {
        assert.isTrue(Exit.isSuccess(exit));
        if (Exit.isSuccess(exit)) assert.deepInclude(exit.value, { reason: "unavailable", hint: "wait" });
      }
    }).pipe(
      Effect.provide(
        Layer.provide(
          layerCorrespondenceHistory,
          records(() => Effect.fail(away)),
        ),
      ),
    );
  });
});
