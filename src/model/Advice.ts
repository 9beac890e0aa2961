/**
 * What a person or agent can do next, where the sentence for it depends on how they came in: the service gives the word, and each face has
 * the sentence, with its own routes, tools or commands (`rest/advice.ts` and its like).
 */
import { Schema } from "effect";

export const advices = [
  "authenticate",
  "list_mailboxes",
  "list_messages",
  "list_lists",
  "list_holds",
  "list_theorems",
  "list_risk_sources",
  "change_tenant_risk_policy",
  "raise_mode",
  "wait_for_resume",
  "rotate_identity_key",
  "read_tiles",
  "rename_log",
] as const;

export const Advice = Schema.Literals(advices);
export type Advice = typeof Advice.Type;
