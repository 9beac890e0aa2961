/**
 * Who acts in a log: a credential that the log made before, for the principal it acts as, with the scope its role needs. @spec OV-71
 *
 * **Gotchas**: a credential that was revoked while its last request was under way may still appear once; that it acts after its revocation
 * is therefore no fault here. It grows with the credentials, not with the log.
 */
import type { Event } from "../../model/Event.ts";
import type { LogRecord } from "../../model/LogRecord.ts";

const scopeOf = { agent: "send", reviewer: "oversight", operator: "admin" } as const;

export class CredentialChecks {
  readonly #made = new Map<
    string,
    { readonly tenant: string; readonly principal: string; readonly scopes: ReadonlySet<string> }
  >();

  /** Tenants that have a credential. */
  readonly #keyed = new Set<string>();

  /** What is wrong with who acts, or `null`. `whole`: the log is seen from its beginning, with every tenant's entries. */
  take(event: Event | LogRecord, accepted: boolean, whole: boolean): string | null {
    const { actor } = event;
    const problem = actor.role === "system" ? this.#system(event) : this.#acting(event, whole);
    if (event.type !== "create_key" || !accepted) return problem;
    const { key, tenant, principal, scopes } = event;
    // Made again, it could be another's from then on.
    if (this.#made.has(key)) return problem ?? "it makes a credential that the log made before";
    this.#made.set(key, { tenant, principal, scopes: new Set(scopes) });
    this.#keyed.add(tenant);
    return problem;
  }

  #system({ actor }: Event | LogRecord): string | null {
    return actor.principal === "system" && actor.credential === null
      ? null
      : "it acts as the system and names somebody else";
  }

  #acting({ type, tenant, actor }: Event | LogRecord, whole: boolean): string | null {
    if (actor.role === "system") return null;
    if (actor.credential === null) return "it names no credential";
    const made = this.#made.get(actor.credential);
    // A tenant is made, and given its first key, by an operator of the first tenant.
    const byAnother = type === "create_tenant" || (type === "create_key" && !this.#keyed.has(tenant));
    if (made === undefined) return whole || !byAnother ? "it names a credential that the log never made" : null;
    if (made.principal !== actor.principal) return "the credential it names is another principal's";
    if (!made.scopes.has(scopeOf[actor.role])) return `the credential it names may not act as ${actor.role}`;
    return made.tenant === tenant || byAnother ? null : "the credential it names is another tenant's";
  }
}
