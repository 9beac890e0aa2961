/** A whole house without its web front: the real door, store, key ring and dispatcher, in this process. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Effect, Layer } from "effect";
import type { Credential } from "../../src/model/Credential.ts";
import { type Draft, Oversight, type SubmitRequest } from "../../src/contracts/Oversight.ts";
import { layerDoor } from "../../src/server/Installation.ts";
import { readServerSettings, type ServerSettings } from "../../src/server/settings/ServerSettings.ts";
import { layerFromUrl } from "../../src/store/Store.ts";

/** A folder that is gone when the test process ends. */
export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-test-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

export const configFor = (database: string, more: Record<string, string> = {}): ServerSettings =>
  Effect.runSync(
    readServerSettings({
      DATABASE_URL: database,
      SMTP_URL: "smtp://127.0.0.1:1",
      COUNTERSIGN_KEY: Buffer.alloc(32, 7).toString("base64"),
      COUNTERSIGN_OPERATOR_DOMAIN: "acme.example",
      COUNTERSIGN_DNS: "off",
      ...more,
    }),
  );

const credential = (id: string, fields: Partial<Credential>): Credential => ({
  id,
  tenant: "default",
  scopes: ["read"],
  principalKind: "person",
  principal: id,
  owner: null,
  mailboxes: null,
  ...fields,
});

export const operator = credential("ak_operator", { scopes: ["read", "admin"], principal: "operator" });
export const agent = credential("ak_agent", { scopes: ["read", "send"], principalKind: "agent", principal: "agent-1" });
export const reviewer = (name: string): Credential =>
  credential(`ak_${name}`, { scopes: ["read", "oversight"], principal: name });
export const alice = reviewer("alice");
export const bob = reviewer("bob");

export const draft = (change: Partial<Draft> = {}): Draft => ({
  to: ["carol@customer.example"],
  cc: [],
  bcc: [],
  replyTo: null,
  subject: "Ticket #4821",
  text: "Hi, we've resolved ticket #4821.",
  html: null,
  markdown: null,
  attachments: [],
  headers: {},
  sendAt: null,
  mode: null,
  note: null,
  ...change,
});

export const request = (change: Partial<SubmitRequest> = {}): SubmitRequest => ({
  ...draft(),
  mailbox: "support@acme.example",
  idempotencyKey: null,
  ...change,
});

/** The door over a store, with its first tenant made. */
export const layerHouse = (config: ServerSettings) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const oversight = yield* Oversight;
      yield* oversight.bootstrap(`mm_live_${"o".repeat(43)}`);
    }),
  ).pipe(Layer.provideMerge(layerDoor(config)), Layer.provideMerge(layerFromUrl(config.database)));

export const makeMailbox = (
  mode: "read_only" | "gated_all" | "gated_send" | "monitored" | "autonomous" = "gated_send",
) =>
  Effect.gen(function* () {
    const oversight = yield* Oversight;
    return yield* oversight.createMailbox(operator, {
      address: "support@acme.example",
      agent: "agent-1",
      agentRef: null,
      displayName: "Support",
      oversightAddress: "oversight@acme.example",
      mode,
      policy: {},
    });
  });
