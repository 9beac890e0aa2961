/** Handlers of `/v1/mailboxes`. */
import { Effect } from "effect";
import { HttpApiBuilder } from "effect/http-api";
import { defaultMode } from "../../model/Mode.ts";
import type { Policy } from "../../model/Event.ts";
import { Oversight } from "../../contracts/Oversight.ts";
import { answer } from "../answer.ts";
import { Api } from "../Api.ts";
import { fixedSettings, type MailboxChange, type NewMailbox } from "../api/MailboxesApi.ts";
import { Caller } from "../../http/Authorization.ts";
import { Problem } from "../../http/Problem.ts";
import { mailboxShown } from "../shown/shown.ts";
import { ServiceError } from "../../contracts/errors.ts";
import { Reach } from "../../accounts/Reach.ts";

type Given = Pick<typeof NewMailbox.Type, "policy" | "quorum" | "decision_window" | "approval_max_age">;

/** Policy may stand in `policy` or beside it; beside it wins nothing: both must agree. */
const policyOf = Effect.fnUntraced(function* (given: Given) {
  const policy: { -readonly [Name in keyof Policy]?: number } = {};
  const names = { quorum: "quorum", decision_window: "decisionWindow", approval_max_age: "approvalMaxAge" } as const;
  for (const [wire, name] of Object.entries(names) as readonly (readonly [keyof typeof names, keyof Policy])[]) {
    const [inside, beside] = [given.policy?.[wire], given[wire]];
    if (typeof inside === "number" && typeof beside === "number" && inside !== beside) {
      return yield* new Problem({
        status: 422,
        code: "invalid",
        error: `policy.${wire} and ${wire} say different things.`,
        hint: "Give only one of them.",
        field: wire,
      });
    }
    const value = inside ?? beside;
    if (typeof value === "number") policy[name] = value;
  }
  return policy;
});

/** A setting that is what it should be already is no error. */
const orUnchanged = <A, R>(effect: Effect.Effect<A, ServiceError, R>) =>
  effect.pipe(
    Effect.as("updated" as const),
    Effect.catchIf(
      (error) => error.refusal === "no_change",
      () => Effect.succeed("unchanged" as const),
    ),
  );

export const layerMailboxes = HttpApiBuilder.group(
  Api,
  "mailboxes",
  Effect.fn(function* (handlers) {
    const oversight = yield* Oversight;
    const reach = yield* Reach;

    const create = Effect.fnUntraced(function* (payload: typeof NewMailbox.Type) {
      const { row, state, warnings } = yield* oversight.createMailbox(yield* Caller, {
        address: payload.address,
        agent: payload.agent_id,
        agentRef: payload.agent_ref ?? null,
        displayName: payload.display_name ?? null,
        oversightAddress: payload.oversight_address ?? null,
        mode: payload.oversight_mode ?? defaultMode,
        policy: yield* policyOf(payload),
      });
      return { ...mailboxShown({ ...row, state }), warnings };
    });

    const change = Effect.fnUntraced(function* (id: string, payload: typeof MailboxChange.Type) {
      const fixed = fixedSettings.find((name) => payload[name] !== undefined && payload[name] !== null);
      if (fixed !== undefined) {
        return yield* new Problem({
          status: 422,
          code: "unsupported_field",
          error: `${fixed} cannot be changed.`,
          hint: "It is set when the mailbox is made. oversight_mode, quorum, decision_window and approval_max_age can be changed.",
          field: fixed,
        });
      }
      const caller = yield* Caller;
      const policy = yield* policyOf(payload);
      const mode = payload.oversight_mode ?? null;
      const changesPolicy = Object.keys(policy).length > 0;
      // Each is an event of its own, so doing both could stop half-way.
      if (mode !== null && changesPolicy) {
        return yield* new Problem({
          status: 422,
          code: "invalid",
          error: "The mode and the policy cannot be changed in one request.",
          hint: "Send two requests; each takes effect whole or not at all.",
          field: "policy",
        });
      }
      const status =
        mode !== null
          ? yield* orUnchanged(oversight.setMode(caller, id, mode))
          : changesPolicy
            ? yield* orUnchanged(oversight.setPolicy(caller, id, policy))
            : ("unchanged" as const);
      return { status, ...mailboxShown(yield* reach.mailboxNow(caller, id)) };
    });

    return handlers
      .handle("createMailbox", ({ payload }) => answer(create(payload)))
      .handle("listMailboxes", () =>
        answer(
          Effect.gen(function* () {
            return { mailboxes: (yield* reach.mailboxes(yield* Caller)).map(mailboxShown) };
          }),
        ),
      )
      .handle("getMailbox", ({ params }) =>
        answer(
          Effect.gen(function* () {
            return mailboxShown(yield* reach.mailboxNow(yield* Caller, params.id));
          }),
        ),
      )
      .handle("updateMailbox", ({ params, payload }) => answer(change(params.id, payload)))
      .handle("configureMailbox", ({ params, payload }) => answer(change(params.id, payload)));
  }),
);
