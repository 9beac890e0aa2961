/** How much oversight a mailbox has: its mode, and its policy. */
import { Effect, Semaphore } from "effect";
import { Reach } from "../../accounts/Reach.ts";
import { forbidden } from "../../contracts/errors.ts";
import { actorOf, type Credential } from "../../model/Credential.ts";
import type { Policy } from "../../model/Event.ts";
import type { Mode } from "../../model/Mode.ts";
import { missingOversightAddress } from "../errors.ts";
import { makeOperating } from "./operatorActs.ts";
import { policyFlaw } from "./policyFlaw.ts";

export const makeModes = Effect.gen(function* () {
  const reach = yield* Reach;
  const { commit, operator } = yield* makeOperating;
  // A change of some of a policy's values is put over what they are, so two changes at once must not read the same.
  const oneAtATime = Semaphore.makeUnsafe(1).withPermits(1);

  const setMode = Effect.fn("Oversight.setMode")(function* (credential: Credential, name: string, mode: Mode) {
    const mailbox = yield* reach.mailboxNow(credential, name);
    const actor = actorOf(credential, "operator", "agent");
    if (actor === null) return yield* forbidden("This key may only read.", "Use an operator's or the agent's key.");
    if (mode === "monitored" && mailbox.oversightAddress === null) return yield* missingOversightAddress;
    const [made] = yield* commit({
      event: { type: "set_mode", at: 0, actor, tenant: mailbox.tenant, mailbox: mailbox.id, mode },
    });
    const { outcome } = made!;
    return outcome.accepted && outcome.mailbox !== null ? outcome.mailbox : mailbox.state;
  });

  const setPolicy = Effect.fn("Oversight.setPolicy")(function* (
    credential: Credential,
    name: string,
    change: Partial<Policy>,
  ) {
    const mailbox = yield* reach.mailboxNow(credential, name);
    const actor = yield* operator(credential);
    const policy = { ...mailbox.state.policy, ...change };
    const wrong = policyFlaw(policy);
    if (wrong !== null) return yield* wrong;
    const [made] = yield* commit({
      event: { type: "set_policy", at: 0, actor, tenant: mailbox.tenant, mailbox: mailbox.id, policy },
    });
    const { outcome } = made!;
    return outcome.accepted && outcome.mailbox !== null ? outcome.mailbox : mailbox.state;
  }, oneAtATime);

  return { setMode, setPolicy };
});
