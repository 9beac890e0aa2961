/** Handlers for operators: keys, the stop switch, reviewers, tenants, send lists. */
import { Effect } from "effect";
import { HttpApiBuilder } from "effect/http-api";
import { Accounts } from "../../accounts/Accounts.ts";
import { isPrincipalId, keyPrefix } from "../../accounts/ApiKey.ts";
import { Correspondence } from "../../correspondence/Correspondence.ts";
import type { ListEntry } from "../../correspondence/SendLists.ts";
import type { TenantState } from "../../model/State.ts";
import { Oversight } from "../../contracts/Oversight.ts";
import { answer } from "../answer.ts";
import { Api } from "../Api.ts";
import type { NewKey } from "../api/OperatorApi.ts";
import { Caller } from "../../http/Authorization.ts";
import { Problem } from "../../http/Problem.ts";
import { ServiceError } from "../../contracts/errors.ts";
import { instant } from "../../model/time.ts";
import { Reach } from "../../accounts/Reach.ts";

/** A key's principal when the request gives none: an agent of the key's name, if it may only read and send. */
const principalOf = Effect.fnUntraced(function* (wanted: typeof NewKey.Type) {
  if (wanted.principal !== undefined && wanted.principal !== null) return wanted.principal;
  if (wanted.scopes.every((scope) => scope === "read" || scope === "send") && isPrincipalId(wanted.name)) {
    return { kind: "agent" as const, id: wanted.name };
  }
  return yield* new Problem({
    status: 422,
    code: "invalid",
    error: "The request does not say whose key this is.",
    hint: 'Give principal: {"kind": "person", "id": "…"} for whoever decides or operates; quorum counts people.',
    field: "principal",
  });
});

const unlessUnchanged = <A, R>(effect: Effect.Effect<A, ServiceError, R>): Effect.Effect<A | null, ServiceError, R> =>
  Effect.catchIf(
    effect,
    (error) => error.refusal === "no_change",
    () => Effect.succeed(null),
  );

const listEntry = ({ kind, entry, reason, createdAt }: ListEntry) => ({
  entry,
  direction: "send" as const,
  list: kind,
  reason,
  created_at: instant(createdAt),
});

export const layerOperator = HttpApiBuilder.group(
  Api,
  "operator",
  Effect.fn(function* (handlers) {
    const oversight = yield* Oversight;
    const accounts = yield* Accounts;
    const reach = yield* Reach;
    const { sendLists } = yield* Correspondence;

    const issue = Effect.fnUntraced(function* (payload: typeof NewKey.Type) {
      const principal = yield* principalOf(payload);
      const owner = payload.owner ?? null;
      const mailboxes = payload.mailboxes ?? null;
      const { name, scopes } = payload;
      const { id, key } = yield* oversight.issueKey(yield* Caller, {
        name,
        scopes,
        principalKind: principal.kind,
        principal: principal.id,
        owner,
        mailboxes,
      });
      return { id, key, api_key: key, prefix: keyPrefix(key), name, scopes, principal, owner, mailboxes };
    });

    const keys = Effect.gen(function* () {
      const rows = yield* accounts.keys(yield* Caller);
      return {
        api_keys: rows.map(({ principalKind, principal, createdAt, revokedAt, ...row }) => ({
          ...row,
          principal: { kind: principalKind, id: principal },
          created_at: createdAt * 1000,
          is_active: revokedAt === null,
        })),
      };
    });

    /** Halting what is halted is no error: a caller that halts twice wants it stopped. */
    const stop = Effect.fnUntraced(function* (change: "halt" | "resume") {
      const caller = yield* Caller;
      const made = yield* unlessUnchanged(change === "halt" ? oversight.halt(caller) : oversight.resume(caller));
      const { halted, revoked }: TenantState = made ?? (yield* reach.tenant(caller));
      return {
        status: halted ? "halted" : "running",
        halted,
        revoked_reviewers: revoked,
        message: halted ? "Nothing leaves until POST /v1/resume." : "Sending is on.",
      };
    });

    const revoke = Effect.fnUntraced(function* (reviewer: string) {
      const caller = yield* Caller;
      const { tenant, messages } = yield* oversight.revokeReviewer(caller, reviewer);
      return { status: "revoked" as const, reviewer, revoked_reviewers: tenant.revoked, messages };
    });

    const reinstate = Effect.fnUntraced(function* (reviewer: string) {
      const caller = yield* Caller;
      const made = yield* unlessUnchanged(oversight.reinstateReviewer(caller, reviewer));
      const { revoked } = made ?? (yield* reach.tenant(caller));
      return { status: "reinstated" as const, reviewer, revoked_reviewers: revoked, messages: [] };
    });

    return handlers
      .handle("createApiKey", ({ payload }) => answer(issue(payload)))
      .handle("listApiKeys", () => answer(keys))
      .handle("revokeApiKey", ({ params }) =>
        answer(
          Effect.gen(function* () {
            const { messages } = yield* oversight.revokeKey(yield* Caller, params.id);
            return { id: params.id, status: "revoked" as const, voided: messages.length, messages };
          }),
        ),
      )
      .handle("halt", () => answer(stop("halt")))
      .handle("resume", () => answer(stop("resume")))
      .handle("revokeReviewer", ({ params }) => answer(revoke(params.id)))
      .handle("reinstateReviewer", ({ params }) => answer(reinstate(params.id)))
      .handle("createTenant", ({ payload }) =>
        answer(
          Effect.gen(function* () {
            const { id, key } = yield* oversight.createTenant(yield* Caller, payload.name);
            return { id, name: payload.name, key, api_key: key };
          }),
        ),
      )
      .handle("sendList", ({ params }) =>
        answer(
          Effect.gen(function* () {
            return { entries: (yield* sendLists.entries(yield* Caller, params.kind)).map(listEntry) };
          }),
        ),
      )
      .handle("addToSendList", ({ params, payload }) =>
        answer(
          Effect.gen(function* () {
            return listEntry(yield* sendLists.add(yield* Caller, params.kind, payload.entry, payload.reason ?? null));
          }),
        ),
      )
      .handle("removeFromSendList", ({ params }) =>
        answer(
          Effect.gen(function* () {
            const entry = yield* sendLists.remove(yield* Caller, params.kind, params.entry);
            return { entry, status: "removed" as const };
          }),
        ),
      );
  }),
);
