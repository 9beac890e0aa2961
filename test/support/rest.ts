/** The REST face on a real door and a real store in this process, without a dispatcher: the test plays that part itself. */
import * as Reach from "../../src/accounts/Reach.ts";
import { join } from "node:path";
import { Context, Effect, Exit, Layer, Queue, Scope } from "effect";
import { HttpServer } from "effect/http";
import * as Accounts from "../../src/accounts/Accounts.ts";
import * as IdentityDirectory from "../../src/accounts/IdentityDirectory.ts";
import * as Correspondence from "../../src/correspondence/Correspondence.ts";
import { HttpSettings } from "../../src/http/settings.ts";
import { Oversight } from "../../src/contracts/Oversight.ts";
import { layerServe } from "../../src/rest/Rest.ts";
import { layerNodeServer } from "../../src/http/NodeServer.ts";
import type { Answer } from "./answer.ts";
import { operatorKey } from "./credentials.ts";
import { configFor, layerInstallation } from "./installation.ts";
import type { Create } from "./people.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

export interface Call {
  readonly key?: string | null;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** Sent as it is. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
}

export interface RestServer {
  readonly url: string;
  readonly call: (method: string, path: string, call?: Call) => Promise<Answer>;
  readonly create: Create;
  readonly oversight: Oversight["Service"];
  /** Hands over what has been approved from now on, as a dispatcher would, always with success. */
  readonly deliver: () => Promise<() => Promise<void>>;
  readonly close: () => Promise<void>;
}

export const startRest = async (config: Record<string, string> = {}): Promise<RestServer> => {
  const scope = Scope.makeUnsafe();
  const layer = layerServe.pipe(
    Layer.provideMerge(layerNodeServer({ host: "127.0.0.1", port: 0 })),
    Layer.provide([Accounts.layer, Reach.layer, Reach.layer, Correspondence.layer, IdentityDirectory.layer]),
    Layer.provide(Layer.succeed(HttpSettings, { outcomeWait: 600 })),
    Layer.provideMerge(layerInstallation(configFor(join(temporaryFolder(), "http.db"), config))),
  );
  const context = await Effect.runPromise(Layer.buildWithScope(layer, scope));
  const { address } = Context.get(context, HttpServer.HttpServer);
  if (!("port" in address)) throw new Error("the server listens on no port");
  const url = `http://127.0.0.1:${address.port}`;
  const oversight = Context.get(context, Oversight);

  const call: RestServer["call"] = async (method, path, { key = operatorKey, body, headers, raw } = {}) => {
    const sent = raw ?? (body === undefined ? null : JSON.stringify(body));
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(sent === null ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      body: sent,
    });
    const text = await response.text();
    const isJson = /^application\/(?:problem\+)?json\b/.test(response.headers.get("content-type") ?? "");
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : null };
  };

  const create: Create = async (path, body) => {
    const answer = await call("POST", path, { body });
    if (answer.status !== 201) throw new Error(`POST ${path} was answered ${answer.status}: ${answer.text}`);
    return answer.body;
  };

  const deliver = async () => {
    const fiber = Effect.runFork(
      Effect.gen(function* () {
        const row = yield* Queue.take(oversight.enqueued);
        for (const permit of yield* oversight.dispatch([row])) {
          yield* oversight.settle(permit, { type: "delivered", reply: "250 2.0.0", refused: [] });
        }
      }).pipe(Effect.forever),
    );
    return async () => {
      fiber.interruptUnsafe();
    };
  };

  return { url, call, create, oversight, deliver, close: () => Effect.runPromise(Scope.close(scope, Exit.void)) };
};

/** What every error must look like. */
export const isError = ({ body, headers }: Answer): boolean =>
  body !== null &&
  typeof body.error === "string" &&
  typeof body.code === "string" &&
  headers.get("cache-control") === "no-store" &&
  !/\bat \/|node_modules|SQL|\.ts:/.test(JSON.stringify(body));
