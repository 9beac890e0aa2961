/**
 * Handlers for what anyone may ask of the log: keys, checkpoint, tiles, theorems.
 *
 * - Tiles and the checkpoint follow C2SP tlog-tiles under the prefix `/v1/log/`. A tile never changes, so it may be kept for ever; the
 *   checkpoint is seconds old at most.
 * - Bundles of entries hold leaves, which name tenants, mailboxes and people's ids: they want a key, unless the operator made them public.
 */
import { Effect } from "effect";
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http";
import { HttpApiBuilder } from "effect/http-api";
import { Accounts } from "../../accounts/Accounts.ts";
import { AuditLog } from "../../contracts/AuditLog.ts";
import { proofReference } from "../../audit/leaf/proofReferences.ts";
import { answer } from "../answer.ts";
import { Api } from "../Api.ts";
import { tilesPath } from "../api/LogApi.ts";

const forEver = "public, max-age=31536000, immutable";
const seconds = "public, max-age=2";
const keyAge = "public, max-age=300";

const json = (body: unknown, age: string) => HttpServerResponse.jsonUnsafe(body, { headers: { "cache-control": age } });

const short = (name: string): string => name.slice(name.lastIndexOf(".") + 1);

export const layerLog = HttpApiBuilder.group(
  Api,
  "log",
  Effect.fn(function* (handlers) {
    const log = yield* AuditLog;

    const shown = (
      manifest: { readonly source: string },
      { name, clauses, sentence, file, statement }: Effect.Success<typeof log.proofs>["theorems"][number],
    ) => ({ ref: proofReference(short(name), manifest), theorem: name, clauses, sentence, file, statement });

    return handlers
      .handle("logCheckpoint", () =>
        answer(
          Effect.map(log.checkpoint, (note) =>
            HttpServerResponse.text(note, {
              contentType: "text/plain; charset=utf-8",
              headers: { "cache-control": seconds },
            }),
          ),
        ),
      )
      .handle("logKeys", () =>
        answer(
          Effect.map(log.keys, (keys) =>
            json(
              {
                origin: log.origin,
                keys: keys.map(({ publicKeyPem, createdAt, ...key }) => ({
                  ...key,
                  public_key_pem: publicKeyPem,
                  created_at: createdAt,
                })),
              },
              keyAge,
            ),
          ),
        ),
      )
      .handle("proofs", () =>
        answer(
          Effect.map(log.proofs, (all) =>
            json(
              {
                source: all.source,
                lean: all.lean,
                theorems: all.theorems.map((theorem) => shown(all, theorem)),
              },
              keyAge,
            ),
          ),
        ),
      )
      .handle("proof", ({ params }) =>
        answer(
          Effect.map(log.proof(params.ref), (found) =>
            json({ ...shown(found, found), source: found.source, lean: found.lean }, keyAge),
          ),
        ),
      );
  }),
);

/** The path after `/v1/log/`, as it was sent: no tile's name needs an escape, so an escaped one is none. */
const tilePathOf = (url: string): string => url.replace(/[?#].*$/s, "").replace(/^.*?\/v1\/log\//, "");

const bearer = (headers: Readonly<Record<string, string | undefined>>): string | null =>
  /^Bearer +(\S+) *$/i.exec(headers["authorization"] ?? "")?.[1] ?? null;

/** The tiles. */
export const layerTiles = HttpRouter.add(
  "GET",
  tilesPath,
  answer(
    Effect.gen(function* () {
      const log = yield* AuditLog;
      const accounts = yield* Accounts;
      const request = yield* HttpServerRequest.HttpServerRequest;
      const path = tilePathOf(request.url);
      const ofEntries = path.startsWith("tile/entries/");
      const key = ofEntries && !log.entriesPublic ? bearer(request.headers) : null;
      const caller = key === null ? null : yield* accounts.authenticate(key);
      const bytes = yield* ofEntries ? log.entries(caller, path) : log.tile(path);
      const age = ofEntries && !log.entriesPublic ? "private, no-store" : forEver;
      return HttpServerResponse.uint8Array(bytes, {
        contentType: "application/octet-stream",
        headers: { "cache-control": age },
      });
    }),
  ),
);
