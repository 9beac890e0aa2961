/** What an operator does with tenants: creates them, and turns the stop switch. */
import { Effect } from "effect";
import { mintKey } from "../../accounts/ApiKey.ts";
import { forbidden, invalid } from "../../contracts/errors.ts";
import type { Credential } from "../../model/Credential.ts";
import { firstTenant } from "../../model/tenant.ts";
import { newId } from "../commit/ids.ts";
import { keyProposal, operatorKey, tenantProposal } from "./Credentials.ts";
import { makeOperating, tenantOf } from "./operatorActs.ts";
import { isPlainName } from "./plainName.ts";

export const makeTenants = Effect.gen(function* () {
  const { commit, operator, tenantOperator } = yield* makeOperating;

  const createTenant = Effect.fn("Oversight.createTenant")(function* (credential: Credential, name: string) {
    const actor = yield* operator(credential);
    if (actor.role !== "operator" || credential.tenant !== firstTenant || credential.mailboxes !== null) {
      return yield* forbidden(
        "Only the installation's operator creates tenants.",
        `Use an admin key of the tenant ${firstTenant}.`,
      );
    }
    if (!isPlainName(name, 128)) {
      return yield* invalid("name", "A tenant's name has 1 to 128 characters on one line.", "Give such a name.");
    }
    const tenant = yield* newId("tnt");
    const id = yield* newId("ak");
    const { key } = mintKey();
    yield* commit(tenantProposal(tenant, name, actor), keyProposal(id, tenant, operatorKey, key, actor));
    return { id: tenant, key };
  });

  const onTenant = Effect.fnUntraced(function* (credential: Credential, type: "halt" | "resume") {
    const actor = yield* tenantOperator(credential);
    const [made] = yield* commit({ event: { type, at: 0, actor, tenant: credential.tenant } });
    return tenantOf(made!);
  });

  return {
    createTenant,
    halt: (credential: Credential) => onTenant(credential, "halt"),
    resume: (credential: Credential) => onTenant(credential, "resume"),
  };
});
