/**
 * The risk policy of a mailbox, read again for every judgement: a threshold that an operator lowers holds from the next message on,
 * in every process.
 *
 * **Gotchas**: a stored policy that does not decode counts as the strictest there is, and the server's log reports it. The defaults
 * never stand in for it. @spec OV-4
 */
import { Context, Effect, Layer, Option, Schema } from "effect";
import {
  MailboxRisk,
  STRICTEST,
  TenantRisk,
  tenantPolicy,
  tightened,
  type RiskPolicy,
} from "../../risk/policy/RiskPolicy.ts";
import { RiskPolicyRow } from "../../model/records/operator.ts";
import { ServiceError, fromStore } from "../../contracts/errors.ts";
import { RiskRecords } from "../../store/RiskRecords.ts";
import { OversightSettings } from "../../contracts/settings.ts";
import { coalesced } from "./coalesced.ts";

const decodeTenant = Schema.decodeUnknownOption(Schema.fromJsonString(TenantRisk));
const decodeMailbox = Schema.decodeUnknownOption(Schema.fromJsonString(MailboxRisk));

export interface StoredPolicies {
  readonly tenant: RiskPolicyRow | null;
  readonly mailbox: RiskPolicyRow | null;
  /** The stored policy, decoded; `null` when it cannot be read. */
  readonly tenantRisk: TenantRisk | null;
  readonly mailboxRisk: MailboxRisk | null;
  /** What counts for the mailbox, or for the tenant when none is named. */
  readonly policy: RiskPolicy;
  /** What counts for the tenant. */
  readonly tenantPolicy: RiskPolicy;
}

export class RiskPolicies extends Context.Service<
  RiskPolicies,
  {
    readonly of: (tenant: string, mailbox: string | null) => Effect.Effect<StoredPolicies, ServiceError>;
  }
>()("countersign/oversight/RiskPolicies") {}

export const layerRiskPolicies = Layer.effect(
  RiskPolicies,
  Effect.gen(function* () {
    const records = yield* RiskRecords;
    const { holdAbove, holdUnknown } = yield* OversightSettings;
    /** What a text was read as: the same text is the same policy, and the assessor recognises what it has seen. */
    const kept = new Map<string, StoredPolicies>();

    const read = (rows: readonly RiskPolicyRow[]): StoredPolicies => {
      const tenant = rows.find((row) => row.mailbox === "") ?? null;
      const mailbox = rows.find((row) => row.mailbox !== "") ?? null;
      const key = JSON.stringify([tenant, mailbox]);
      const known = kept.get(key);
      if (known !== undefined) return known;
      const tenantRisk = tenant === null ? {} : Option.getOrNull(decodeTenant(tenant.policy));
      const mailboxRisk = mailbox === null ? {} : Option.getOrNull(decodeMailbox(mailbox.policy));
      const ofTenant = tenantRisk === null ? STRICTEST : tenantPolicy({ holdAbove, holdUnknown }, tenantRisk);
      const policies: StoredPolicies = {
        tenant,
        mailbox,
        tenantRisk,
        mailboxRisk,
        policy: tightened(ofTenant, mailboxRisk),
        tenantPolicy: ofTenant,
      };
      if (kept.size >= 2_000) kept.clear();
      kept.set(key, policies);
      return policies;
    };

    const now = Effect.fnUntraced(function* ({
      tenant,
      mailbox,
    }: {
      readonly tenant: string;
      readonly mailbox: string | null;
    }) {
      const policies = read(yield* records.policies(tenant, mailbox).pipe(Effect.catch(fromStore)));
      if (policies.tenantRisk === null || policies.mailboxRisk === null) {
        yield* Effect.logError(
          `The risk policy of ${tenant}${mailbox === null ? "" : ` ${mailbox}`} cannot be read; everything is held.`,
        );
      }
      return policies;
    });

    const shared = coalesced(({ tenant, mailbox }) => JSON.stringify([tenant, mailbox]), now);
    return RiskPolicies.of({ of: (tenant, mailbox) => shared({ tenant, mailbox }) });
  }),
);
