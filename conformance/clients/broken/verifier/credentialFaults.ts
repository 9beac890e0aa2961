/** Credentials are believed that are not the actor's to use (OV-69, OV-71). */
import type { Fault } from "../fault.ts";
import { disbelieves, overlooks, some, type Export, type Members } from "./overlooks.ts";

const scopeOf: Readonly<Record<string, string>> = { agent: "send", reviewer: "oversight", operator: "admin" };
const made = (credential: string | null, all: readonly Members[]): Members =>
  all.find(({ type, outcome, event }) => type === "create_key" && outcome === "accepted" && event.key === credential);
const acting =
  (is: (actor: Members, leaf: Members, all: readonly Members[]) => boolean) =>
  ({ leaves }: Export): boolean =>
    leaves.some((leaf) => leaf.actor !== undefined && leaf.actor.role !== "system" && is(leaf.actor, leaf, leaves));

export const credentialFaults: readonly Fault[] = [
  overlooks(
    "decisions-without-a-credential",
    "71",
    "C1",
    "credential",
    acting(({ credential }) => credential === null),
  ),
  overlooks(
    "credentials-nobody-made",
    "71",
    "C1",
    "credential",
    acting(({ credential }, _, all) => credential !== null && made(credential, all) === undefined),
  ),
  overlooks(
    "credentials-of-others",
    "71",
    "C1",
    "credential",
    acting(({ credential, principal }, _, all) => {
      const key = made(credential, all);
      return key !== undefined && key.event.principal !== principal;
    }),
  ),
  overlooks(
    "credentials-in-any-role",
    "71",
    "C1",
    "credential",
    acting(({ credential, role }, _, all) => made(credential, all)?.event.scopes.includes(scopeOf[role]) === false),
  ),
  overlooks(
    "credentials-of-any-tenant",
    "71",
    "C10",
    "credential",
    acting(({ credential }, { tenant, type }, all) => {
      const key = made(credential, all);
      return key !== undefined && key.tenant !== tenant && !["create_tenant", "create_key"].includes(type);
    }),
  ),
  overlooks(
    "credentials-made-by-any-tenant",
    "71",
    "C10",
    "credential",
    acting(({ credential }, { tenant, type, index }, all) => {
      const key = made(credential, all);
      const first = all.find((one) => one.type === "create_key" && one.tenant === tenant);
      return type === "create_key" && key !== undefined && key.tenant !== tenant && first.index !== index;
    }),
  ),
  overlooks(
    "credentials-made-anew",
    "71",
    "C5",
    "credential",
    some(({ type, event, index }, all) => type === "create_key" && made(event.key, all)?.index !== index),
  ),
  overlooks(
    "credentials-made-afterwards",
    "71",
    "G1",
    "credential",
    acting(({ credential }, { index }, all) => made(credential, all)?.index > index),
  ),
  overlooks(
    "programs-under-any-name",
    "71",
    "F4",
    "credential",
    some(({ actor }) => actor?.role === "system" && (actor.principal !== "system" || actor.credential !== null)),
  ),
  disbelieves(
    "nothing-may-follow-a-revocation",
    "71",
    "credential",
    some(
      ({ type, event, index }, all) =>
        type === "revoke_key" && all.some((one) => one.index > index && one.actor.credential === event.key),
    ),
  ),
  disbelieves(
    "nobody-gives-a-tenant-its-first-credential",
    "71",
    "credential",
    acting(
      ({ credential, role }, { tenant, type }, all) =>
        role === "operator" && type === "create_key" && made(credential, all)?.tenant !== tenant,
    ),
  ),
  overlooks(
    "revoked-reviewers-approve-in-the-log",
    "69",
    "C6",
    "not_entitled",
    some(
      ({ type, outcome, actor }, all) =>
        type === "approve" &&
        outcome === "accepted" &&
        all.some((one) => one.type === "revoke_reviewer" && one.event.reviewer === actor.principal),
    ),
  ),
  overlooks(
    "credentials-with-both-scopes",
    "69",
    "C1",
    "not_entitled",
    some(
      ({ type, event }) =>
        type === "create_key" && ["send", "oversight"].every((scope) => event.scopes.includes(scope)),
    ),
  ),
];
