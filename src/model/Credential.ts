/**
 * What an authenticated caller may do. Built only by `accounts/` from a presented API key; never from a request body.
 *
 * - `read`: mailboxes and messages. `send`: submit, revise, cancel, lower a mode. `oversight`: decide. `admin`: operate.
 * - No credential holds both `send` and `oversight`; an agent's holds neither `oversight` nor `admin`; `admin` does not
 *   imply `oversight` (`@spec OV-37`).
 */
import { Schema } from "effect";
import type { Actor, Role } from "./Actor.ts";

export const scopes = ["read", "send", "oversight", "admin"] as const;
export const Scope = Schema.Literals(scopes);
export type Scope = typeof Scope.Type;

export interface Credential {
  /** API key id, `ak_…`. */
  readonly id: string;
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  readonly principalKind: "agent" | "person";
  readonly principal: string;
  /** The person answerable for it, who may not decide on what it submits. */
  readonly owner: string | null;
  /** Mailbox ids it is confined to; `null` = all of the tenant. */
  readonly mailboxes: readonly string[] | null;
}

const scopeOf: Readonly<Record<Exclude<Role, "system">, Scope>> = {
  agent: "send",
  reviewer: "oversight",
  operator: "admin",
};

/**
 * The actor a credential makes in one of the wanted roles: the first it may take; else the role it does have, so that the
 * machine refuses the event and the log shows who tried; else `null` for a credential that may only read.
 */
export const actorOf = (credential: Credential, ...wanted: readonly Exclude<Role, "system">[]): Actor | null => {
  const holds = (role: Exclude<Role, "system">): boolean => credential.scopes.includes(scopeOf[role]);
  const role = wanted.find(holds) ?? (["agent", "reviewer", "operator"] as const).find(holds);
  return role === undefined ? null : { role, principal: credential.principal, credential: credential.id };
};

/** The person answerable for what is written with it; `null` when none is named. A person's own key is their own to answer for. */
export const answerableFor = ({ owner, principalKind, principal }: Credential): string | null =>
  owner ?? (principalKind === "person" ? principal : null);

const holdsOneOf = (credential: Credential, scopes: readonly Scope[]): boolean =>
  credential.scopes.some((scope) => scopes.includes(scope));

/** Messages, and what is known of domains: for all but keys that may only send. */
export const readsMessages = (credential: Credential): boolean =>
  holdsOneOf(credential, ["read", "oversight", "admin"]);

/** The log, and how long it is kept: for those who decide or operate. */
export const readsLog = (credential: Credential): boolean => holdsOneOf(credential, ["oversight", "admin"]);

/** `true` when the credential is not confined to other mailboxes. */
export const reaches = (credential: Credential, mailbox: string): boolean =>
  credential.mailboxes === null || credential.mailboxes.includes(mailbox);
