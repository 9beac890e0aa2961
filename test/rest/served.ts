/** The REST face on a real door and a real store in this process, without a dispatcher: the test plays that part itself. */
import { join } from "node:path";
import { Context, Effect, Exit, Layer, Queue, Scope } from "effect";
import { HttpServer } from "effect/http";
import * as Accounts from "../../src/accounts/Accounts.ts";
import * as IdentityDirectory from "../../src/accounts/IdentityDirectory.ts";
import * as Correspondence from "../../src/correspondence/Correspondence.ts";
import { HttpSettings } from "../../src/http/settings.ts";
import { Oversight } from "../../src/contracts/Oversight.ts";
import { configFor, layerHouse, temporaryFolder } from "../oversight/house.ts";
import { layerServe } from "../../src/rest/Rest.ts";
import { layerNodeServer } from "../../src/http/NodeServer.ts";
import * as Reach from "../../src/accounts/Reach.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
  readonly text: string;
}

export interface Call {
  readonly key?: string | null;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** Sent as it is. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
}

export interface Served {
  readonly url: string;
  readonly call: (method: string, path: string, call?: Call) => Promise<Answer>;
  readonly oversight: Oversight["Service"];
  /** Hands over what has been approved from now on, as a dispatcher would, always with success. */
  readonly deliver: () => Promise<() => Promise<void>>;
  readonly close: () => Promise<void>;
}

export const operatorKey = `mm_live_${"o".repeat(43)}`;

export const serve = async (config: Record<string, string> = {}): Promise<Served> => {
  const scope = Scope.makeUnsafe();
  const layer = layerServe.pipe(
    Layer.provideMerge(layerNodeServer({ host: "127.0.0.1", port: 0 })),
    Layer.provide([Accounts.layer, Reach.layer, Correspondence.layer, IdentityDirectory.layer]),
    Layer.provide(Layer.succeed(HttpSettings, { outcomeWait: 600 })),
    Layer.provideMerge(layerHouse(configFor(join(temporaryFolder(), "http.db"), config))),
  );
  const context = await Effect.runPromise(Layer.buildWithScope(layer, scope));
  const { address } = Context.get(context, HttpServer.HttpServer);
  if (!("port" in address)) throw new Error("the server listens on no port");
  const url = `http://127.0.0.1:${address.port}`;
  const oversight = Context.get(context, Oversight);

  const call: Served["call"] = async (method, path, { key = operatorKey, body, headers, raw } = {}) => {
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

  const deliver = async () => {
    const fiber = Effect.runFork(
      Effect.gen(function* () {
        const row = yield* Queue.take(oversight.enqueued);
        for (const permit of yield* oversight.dispatch([row])) {
          yield* oversight.settle(permit, { type: "delivered", reply: "250 2.0.0", rejected: [] });
        }
      }).pipe(Effect.forever),
    );
    return async () => {
      fiber.interruptUnsafe();
    };
  };

  return { url, call, oversight, deliver, close: () => Effect.runPromise(Scope.close(scope, Exit.void)) };
};

/** What every error must look like. */
export const isError = ({ body, headers }: Answer): boolean =>
  body !== null &&
  typeof body.error === "string" &&
  typeof body.code === "string" &&
  headers.get("cache-control") === "no-store" &&
  !/\bat \/|node_modules|SQL|\.ts:/.test(JSON.stringify(body));

/** A mailbox, its agent's key and two reviewers' keys. */
export const furnish = async ({ call }: Served, address = "support@acme.example") => {
  const mailbox = await call("POST", "/v1/mailboxes", {
    body: { address, agent_id: "agent-1", display_name: "Support", oversight_address: "oversight@acme.example" },
  });
  if (mailbox.status !== 201) throw new Error(mailbox.text);
  const key = async (name: string, scopes: readonly string[], kind: "agent" | "person") => {
    const made = await call("POST", "/v1/api-keys", { body: { name, scopes, principal: { kind, id: name } } });
    if (made.status !== 201) throw new Error(made.text);
    return made.body.api_key as string;
  };
  return {
    mailbox: mailbox.body,
    agent: await key("agent-1", ["read", "send"], "agent"),
    alice: await key("alice", ["read", "oversight"], "person"),
    bob: await key("bob", ["read", "oversight"], "person"),
  };
};
