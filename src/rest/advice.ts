/** REST `/v1`'s sentence for each advice word: the route to take. `test/rest/advice.test.ts` checks that each route exists. */
import type { Sentences } from "../http/problemOf.ts";
import { advice, hints, type Refusal } from "../model/Refusal.ts";

export const sentences: Sentences = {
  authenticate:
    "Send Authorization: Bearer mm_live_… with a key that is in use; an operator can make one with POST /v1/api-keys.",
  list_mailboxes: "GET /v1/mailboxes lists the mailboxes this key can see.",
  list_messages: "List what this key can see with GET /v1/mailboxes/{id}/emails, and use its id.",
  list_lists: "GET /v1/lists/send/{kind} shows the entries as they are stored.",
  list_holds: "GET /v1/legal-holds lists those there are.",
  list_theorems: "GET /v1/proofs lists those there are.",
  list_risk_sources: "GET /v1/risk-policy lists the sources there are.",
  change_tenant_risk_policy: "Change the tenant's policy: PATCH /v1/risk-policy.",
  raise_mode: "Ask an operator to raise the mailbox's mode: PATCH /v1/mailboxes/{id} with oversight_mode.",
  wait_for_resume: "The operator has halted all sending; wait for POST /v1/resume.",
  rotate_identity_key:
    "An operator can read the reason in the server's log, and make a new key: countersign keys rotate.",
  rename_log:
    "An operator has to restore the newest database there is; the server's log tells how, and how to go on without it.",
  read_tiles:
    "See c2sp.org/tlog-tiles: /v1/log/tile/<level>/<number>, with .p/<width> while it is not full; the checkpoint says how far the log goes.",
};

/** What to do next after a refusal. */
export const hintFor = (refusal: Refusal): string => {
  const word = advice[refusal];
  return word === undefined ? hints[refusal] : sentences[word];
};
