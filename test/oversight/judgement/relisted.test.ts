/**
 * Approved while clean, listed before it leaves: through a real feed over HTTP and a real block list over DNS, both on the loopback, and
 * the assessor of an installation. The message is not handed over, and its reviewer sees why.
 */
import { join } from "node:path";
import { assert, describe, it } from "@effect/vitest";
import { Context, Effect, Layer, Queue, Scope } from "effect";
import { afterAll, beforeAll } from "vitest";
import { layerFetch } from "../../../src/server/layerFetch.ts";
import { layerDoor } from "../../../src/server/Installation.ts";
import { Oversight } from "../../../src/contracts/Oversight.ts";
import { explain } from "../../../src/risk/explain.ts";
import { Feeds } from "../../../src/risk/feeds/Feeds.ts";
import { layerAssessor, layerIdleFeeds } from "../../../src/risk/layers.ts";
import type { DomainSignal } from "../../../src/risk/RiskVerdict.ts";
import { Records } from "../../../src/store/Records.ts";
import { returnedRisk, RiskRecords } from "../../../src/store/RiskRecords.ts";
import { layerFromUrl } from "../../../src/store/Store.ts";
import { type DnsServer, NXDOMAIN, startDns } from "../../risk/servers/dns.ts";
import { type HttpServer, startHttp } from "../../risk/servers/http.ts";
import { agent, alice } from "../../support/credentials.ts";
import { configFor, makeMailbox } from "../../support/installation.ts";
import { request } from "../../support/submission.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

let dns: DnsServer;
let http: HttpServer;
const feed = new Set(["other.example.net"]);
beforeAll(async () => {
  dns = await startDns((name, type) => {
    if (name.endsWith(".dbl.example.org")) return NXDOMAIN;
    if (type === "MX") return { records: ["10 mx.example.net"] };
    return { records: [] };
  });
  http = await startHttp((_, response) => void response.end([...feed].map((host) => `${host}\n`).join("")));
});
afterAll(async () => {
  await dns.close();
  await http.close();
});

describe("a domain that is listed after the approval", () => {
  it.live("is not written to until a reviewer has seen that it is listed", () =>
    Effect.gen(function* () {
      const { risk: settings } = configFor("none.db", {
        COUNTERSIGN_DNS: "on",
        COUNTERSIGN_DNS_SERVERS: dns.address,
        COUNTERSIGN_DNSBL: "spamhaus_dbl=dbl.example.org",
        COUNTERSIGN_RISK_BUDGET_MS: "10000",
      });
      const named = {
        ...settings,
        feeds: [
          {
            name: "phish",
            format: "hosts" as const,
            location: { url: `${http.base}hosts.txt`, allowPlain: true, allowPrivate: true },
          },
        ],
      };
      const scope = yield* Effect.acquireRelease(Scope.make(), (scope, exit) => Scope.close(scope, exit));
      const known = yield* Layer.buildWithScope(Layer.provide(Layer.orDie(layerIdleFeeds(named)), layerFetch), scope);
      const feeds = Context.get(known, Feeds);
      yield* feeds.refresh();
      const risk = layerAssessor(named, { ownDomains: ["acme.example"] }).pipe(
        Layer.provide([Layer.succeed(Feeds, feeds), layerFetch]),
      );
      const config = configFor(join(temporaryFolder(), "relisted.db"));
      yield* Effect.gen(function* () {
        const oversight = yield* Oversight;
        yield* oversight.bootstrap(`mm_live_${"o".repeat(43)}`);
        yield* makeMailbox();
        // Hidden in Bcc, it counts like any other.
        const sent = yield* oversight.submit(agent, request({ bcc: ["hidden@phish.example.com"] }));
        assert.isBelow(sent.state.verdict.score, 7_000, JSON.stringify(sent.risk));
        yield* oversight.decide(alice, { message: sent.state.id, decision: "approve", digest: null, reason: null });

        feed.add("example.com");
        assert.deepInclude((yield* feeds.refresh())[0], { kind: "replaced", error: null });
        assert.deepEqual(yield* oversight.dispatch([yield* Queue.take(oversight.enqueued)]), []);

        const back = yield* (yield* Records).message("default", sent.state.id);
        assert.deepInclude(back?.state, { status: "pending_approval", approvals: [] });
        const told = returnedRisk(back!.content, yield* (yield* RiskRecords).returned([sent.state.id]));
        assert.isNotNull(told);
        const { signals } = told!.risen as { signals: readonly DomainSignal[] };
        assert.deepEqual(
          signals.map(({ domain, name, source }) => [domain, name, source]),
          [["phish.example.com", "threat_listed", "threat_feed:phish"]],
        );
        assert.match(explain(signals[0]!), /phish\.example\.com/);
        yield* oversight.verifyLog;
      }).pipe(
        Effect.provide(layerDoor(config, risk).pipe(Layer.provideMerge(layerFromUrl(config.database)))),
        Effect.scoped,
      );
      assert.isTrue(
        dns.asked.some((question) => question.startsWith("example.com.dbl.example.org")),
        dns.asked.join(" "),
      );
    }).pipe(Effect.scoped),
  );
});
