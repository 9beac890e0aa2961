/** What an operator does with mailboxes: creates them, with the key that their agent signs with. */
import { Effect, Result } from "effect";
import { KeyRing } from "../../identity/KeyRing.ts";
import { checkOperatorLine } from "../../identity/OperatorIdentity.ts";
import { parseAddress } from "../../mail/address/Address.ts";
import { MAX_DISPLAY_NAME } from "../../mail/compose/limits.ts";
import type { Credential } from "../../model/Credential.ts";
import type { NewMailbox } from "../../contracts/Oversight.ts";
import { conflict, fromStore, invalid } from "../../contracts/errors.ts";
import { OversightSettings } from "../../contracts/settings.ts";
import { MailboxRow } from "../../model/records/account.ts";
import { Records } from "../../store/Records.ts";
import { newId } from "../commit/ids.ts";
import { fromKeyRing, fromMail, missingOversightAddress } from "../errors.ts";
import { mailboxWarnings } from "./mailboxWarnings.ts";
import { makeOperating } from "./operatorActs.ts";
import { isPlainName } from "./plainName.ts";
import { policyFlaw } from "./policyFlaw.ts";

const agentName = /^[A-Za-z0-9._-]{1,128}$/;
/** What the operator's signed statement can carry. */
const agentReference = /^[!-~](?:[ -~]{0,253}[!-~])?$/;
export const makeMailboxes = Effect.gen(function* () {
  const records = yield* Records;
  const keys = yield* KeyRing;
  const settings = yield* OversightSettings;
  const { commit, tenantOperator } = yield* makeOperating;

  /** What every message of the mailbox will carry must be fit to be written and signed, or none could ever leave. */
  const checkShown = Effect.fnUntraced(function* ({ displayName, agentRef }: NewMailbox) {
    if (displayName !== null && !isPlainName(displayName, MAX_DISPLAY_NAME)) {
      return yield* invalid(
        "display_name",
        `A display name has 1 to ${MAX_DISPLAY_NAME} characters on one line.`,
        "Give such a name, or leave it out.",
      );
    }
    if (agentRef === null) return;
    if (!agentReference.test(agentRef)) {
      return yield* invalid(
        "agent_ref",
        "An agent_ref has 1 to 255 printable ASCII characters.",
        "Give such a reference, or leave it out.",
      );
    }
    const line = checkOperatorLine({ operator: settings.operatorDomain, origin: settings.origin, agentRef });
    if (Result.isFailure(line)) return yield* invalid("agent_ref", line.failure.message, line.failure.hint);
  });

  const createMailbox = Effect.fn("Oversight.createMailbox")(function* (credential: Credential, wanted: NewMailbox) {
    const actor = yield* tenantOperator(credential);
    const address = parseAddress(wanted.address, "address");
    if (Result.isFailure(address)) return yield* fromMail(address.failure);
    if (!agentName.test(wanted.agent)) {
      return yield* invalid("agent_id", "An agent id has 1 to 128 of A-Z a-z 0-9 . _ -", "Choose such an id.");
    }
    yield* checkShown(wanted);
    const copyTo = wanted.oversightAddress === null ? null : parseAddress(wanted.oversightAddress, "oversight_address");
    if (copyTo !== null && Result.isFailure(copyTo)) return yield* fromMail(copyTo.failure);
    if (wanted.mode === "monitored" && copyTo === null) return yield* missingOversightAddress;
    const policy = { ...settings.policy, ...wanted.policy };
    const wrong = policyFlaw(policy);
    if (wrong !== null) return yield* wrong;
    const id = yield* newId("mbx");
    const creation = {
      type: "create_mailbox" as const,
      at: 0,
      actor,
      tenant: credential.tenant,
      mailbox: id,
      mode: wanted.mode,
      policy,
    };
    // The machine refuses a caller that is no operator, on the log, before anything is looked up or made.
    if (actor.role !== "operator") yield* commit({ event: creation });
    const taken = yield* records.addressTaken(address.success.addrSpec).pipe(Effect.catch(fromStore));
    if (taken) return yield* conflict("The address has a mailbox already.", "Choose another address.");
    const key = yield* keys
      .createMailboxKey({ tenant: credential.tenant, mailbox: id, agent: wanted.agent })
      .pipe(Effect.catch(fromKeyRing));
    const row = (at: number): MailboxRow => ({
      id,
      tenant: credential.tenant,
      address: address.success.addrSpec,
      agent: wanted.agent,
      agentRef: wanted.agentRef,
      displayName: wanted.displayName,
      oversightAddress: copyTo === null ? null : copyTo.success.addrSpec,
      kid: key.kid,
      createdAt: at,
    });
    const [made] = yield* commit({
      event: creation,
      evidence: { agent: wanted.agent, identity_kid: key.kid },
      rows: ({ at }: { readonly at: number }) => ({ mailboxRows: [row(at)] }),
    });
    const { addrSpec, domain } = address.success;
    const warnings = mailboxWarnings(addrSpec, domain, settings.operatorDomain);
    return {
      warnings,
      row: row(made!.at),
      state: { id, tenant: credential.tenant, mode: wanted.mode, policy, version: 1 },
    };
  });

  return { createMailbox };
});
