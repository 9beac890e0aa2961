/**
 * API keys: how one is made, how it is recognised, and which rights may go together on one. Pure, but for the random bytes.
 *
 * - `mm_live_` and 43 base64url characters of 32 random bytes. Only the SHA-256 of the whole key is ever stored; a lookup by
 *   that hash reveals nothing about how close a wrong guess was.
 * - What one key may do is decided when it is made (`checkScopes`), so that no request has to.
 */
import { createHash, randomBytes } from "node:crypto";
import { scopes as allScopes } from "../model/Credential.ts";

/** What every key begins with. */
export const KEY_START = "mm_live_";

/** How many characters may follow the start of a key that is given from outside. */
export const KEY_LENGTH = { least: 8, most: 248 } as const;
const SHAPE = new RegExp(`^${KEY_START}[!-~]{${KEY_LENGTH.least},${KEY_LENGTH.most}}$`);

/** Of the key, what may be shown again later. */
const SHOWN = KEY_START.length + 6;
/** For people to read: anything printable, on one line. */
const NAME = /^[^\p{C}\p{Zl}\p{Zp}]{1,128}$/u;
const ID = /^[A-Za-z0-9._@-]{1,128}$/;

/** SHA-256 of the whole key, lower-case hex. */
export const hashKey = (key: string): string => createHash("sha256").update(key, "utf8").digest("hex");

/** The first characters, by which people recognise a key. */
export const keyPrefix = (key: string): string => key.slice(0, SHOWN);

/** A new key. `key` goes to its owner once and is kept nowhere. */
export const mintKey = (): { readonly key: string; readonly hash: string; readonly prefix: string } => {
  const key = KEY_START + randomBytes(32).toString("base64url");
  return { key, hash: hashKey(key), prefix: keyPrefix(key) };
};

/**
 * `true` for what could be a key at all. Looser than what `mintKey` makes, since an operator's key may be given from outside:
 * {@link KEY_LENGTH} visible ASCII characters after the start.
 */
export const isKeyShaped = (text: string): boolean => SHAPE.test(text);

/** `true` for an id a principal, an owner or a reviewer may have: 1 to 128 of `A-Z a-z 0-9 . _ @ -`. */
export const isPrincipalId = (text: string): boolean => ID.test(text);

/** Why a key may not be made: which part of the request, what is wrong, what to do. */
export interface ScopeProblem {
  readonly field: "name" | "scopes" | "principal" | "owner" | "mailboxes";
  readonly message: string;
  readonly hint: string;
}

interface WantedKey {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly principalKind: "agent" | "person";
  readonly principal: string;
  readonly owner: string | null;
  readonly mailboxes: readonly string[] | null;
}

const problem = (field: ScopeProblem["field"], message: string, hint: string): ScopeProblem => ({
  field,
  message,
  hint,
});

const idHint = "Use 1 to 128 of A-Z a-z 0-9 . _ @ -";

/**
 * The first reason why this key may not exist, or `null`. No key both submits and decides; an agent never decides nor
 * operates; and a key confined to some mailboxes must name at least one. @spec OV-37
 */
export const checkScopes = (key: WantedKey): ScopeProblem | null => {
  const has = (scope: string): boolean => key.scopes.includes(scope);
  if (!NAME.test(key.name)) {
    return problem("name", "The key's name is not usable.", "Use 1 to 128 characters, no control characters.");
  }
  if (!ID.test(key.principal)) return problem("principal", "The principal's id is not usable.", idHint);
  if (key.owner !== null && !ID.test(key.owner)) return problem("owner", "The owner's id is not usable.", idHint);
  if (key.scopes.length === 0) {
    return problem("scopes", "A key needs at least one scope.", `Choose from ${allScopes.join(", ")}.`);
  }
  const unknown = key.scopes.find((scope) => !allScopes.some((known) => known === scope));
  if (unknown !== undefined) {
    return problem("scopes", "There is no such scope.", `Choose from ${allScopes.join(", ")}.`);
  }
  if (new Set(key.scopes).size !== key.scopes.length) {
    return problem("scopes", "A scope is given twice.", "Give each scope once.");
  }
  if (has("send") && has("oversight")) {
    return problem(
      "scopes",
      "One key may not both send and decide.",
      "Make two keys: one with send for the agent, one with oversight for a person.",
    );
  }
  if (key.principalKind === "agent" && (has("oversight") || has("admin"))) {
    return problem(
      "scopes",
      "An agent's key may only read and send.",
      'Give oversight and admin to a person: principal {"kind": "person", "id": "…"}.',
    );
  }
  if (key.mailboxes !== null && key.mailboxes.length === 0) {
    return problem(
      "mailboxes",
      "A key confined to no mailbox can do nothing.",
      "Name mailboxes, or leave mailboxes out for all.",
    );
  }
  return null;
};
