/**
 * The public side of the identity keys: what anyone may ask for without a credential, and whether a statement was made with one.
 *
 * - A key's document names its agent, mailbox and operator and whether it still holds; retired and revoked ones stay readable. @spec OV-48
 * - The operator's keys as JWK: one bare key for verifiers that expect one, and a set that also holds what was replaced.
 *
 * **Gotchas**
 * - Built field by field: the sealed private key in the stored row never comes along.
 * - `statementsHold` checks who, not what: the signature over `agent:ts`, made by a key of that mailbox that is not revoked.
 */
import { createPublicKey, verify } from "node:crypto";
import { Context, Effect, Layer } from "effect";
import { Records } from "../store/Records.ts";
import { ServiceError, notFound, missing, fromRead } from "../contracts/errors.ts";

/** A published key, for any caller that has its kid. Times in seconds since the epoch. */
export interface KeyDocument {
  readonly kid: string;
  readonly public_key_pem: string;
  readonly agent: string | null;
  readonly mailbox: string | null;
  readonly operator: string;
  readonly status: "active" | "retired" | "revoked";
  readonly valid_from: number;
  readonly valid_to: number | null;
}

/** RFC 7517, the public part of a P-256 key. */
export interface OperatorJwk {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: "ES256";
  readonly use: "sig";
}

/** An agent's statement about itself at submit, and who must have made it. */
export interface Statement {
  /** `v=1; kid=…; agent=…; ts=…; sig=…` */
  readonly header: string;
  /** Mailbox id. */
  readonly mailbox: string;
  readonly agent: string;
}

export class IdentityDirectory extends Context.Service<
  IdentityDirectory,
  {
    /** Fails with `not_found` for an unknown kid. */
    readonly findKey: (kid: string) => Effect.Effect<KeyDocument, ServiceError>;
    /** The operator's active key. Fails with `not_found` while there is none. */
    readonly signingKey: Effect.Effect<OperatorJwk, ServiceError>;
    /** The operator's keys, newest first, without revoked ones. */
    readonly jwks: Effect.Effect<readonly OperatorJwk[], ServiceError>;
    /** For each: is the header a statement of this agent, signed with a key of this mailbox that is not revoked? */
    readonly statementsHold: (statements: readonly Statement[]) => Effect.Effect<readonly boolean[], ServiceError>;
  }
>()("countersign/accounts/IdentityDirectory") {}

const KID = /^key_[0-9A-HJKMNP-TV-Z]{26}$/;

const noKey = notFound("key", "Take kid from the X-MultiMail-Agent-Identity header as it stands.");

const noSigningKey = missing("This installation has no signing key yet.", "It is made when the first message leaves.");

const jwkOf = (kid: string, pem: string): OperatorJwk => {
  const { x, y } = createPublicKey(pem).export({ format: "jwk" });
  if (x === undefined || y === undefined) throw new Error(`the key ${kid} is not a point on P-256`);
  return { kty: "EC", crv: "P-256", x, y, kid, alg: "ES256", use: "sig" };
};

/** Fields split at `;` and at the first `=`, as every reader of this header does. */
const fieldsOf = (header: string): ReadonlyMap<string, string> =>
  new Map(
    header.split(";").map((part) => {
      const at = part.indexOf("=");
      return at < 0 ? [part.trim(), ""] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    }),
  );

export const layer: Layer.Layer<IdentityDirectory, never, Records> = Layer.effect(
  IdentityDirectory,
  Effect.gen(function* () {
    const records = yield* Records;

    const find = (kid: string) =>
      KID.test(kid) ? records.findKey(kid).pipe(Effect.catch(fromRead)) : Effect.succeed(null);
    type Found = Effect.Success<ReturnType<typeof find>>;

    const findKey = Effect.fnUntraced(function* (kid: string) {
      const key = yield* find(kid);
      if (key === null) return yield* noKey;
      const document: KeyDocument = {
        kid: key.kid,
        public_key_pem: key.publicKeyPem,
        agent: key.agent,
        mailbox: key.mailbox,
        operator: key.operator,
        status: key.status,
        valid_from: key.validFrom,
        valid_to: key.validTo,
      };
      return document;
    });

    const operatorKeys = Effect.gen(function* () {
      const keys = yield* records.listKeys("operator").pipe(Effect.catch(fromRead));
      return keys.filter((key) => key.status !== "revoked").toReversed();
    });

    const signingKey = Effect.gen(function* () {
      const active = (yield* operatorKeys).find((key) => key.status === "active");
      return active === undefined ? yield* noSigningKey : jwkOf(active.kid, active.publicKeyPem);
    });

    const jwks = Effect.map(operatorKeys, (keys) => keys.map((key) => jwkOf(key.kid, key.publicKeyPem)));

    const statementsHold = Effect.fnUntraced(function* (statements: readonly Statement[]) {
      const read = statements.map((statement) => ({ ...statement, fields: fieldsOf(statement.header) }));
      const keys = new Map<string, Found>();
      for (const kid of new Set(read.map(({ fields }) => fields.get("kid") ?? ""))) keys.set(kid, yield* find(kid));
      return read.map(({ fields, mailbox, agent }) => {
        const key = keys.get(fields.get("kid") ?? "");
        const ts = fields.get("ts") ?? "";
        return (
          key !== undefined &&
          key !== null &&
          fields.get("v") === "1" &&
          fields.get("agent") === agent &&
          /^[0-9]{1,12}$/.test(ts) &&
          key.mailbox === mailbox &&
          key.agent === agent &&
          key.status !== "revoked" &&
          verify(
            "sha256",
            Buffer.from(`${agent}:${ts}`),
            key.publicKeyPem,
            Buffer.from(fields.get("sig") ?? "", "base64"),
          )
        );
      });
    });

    return IdentityDirectory.of({ findKey, signingKey, jwks, statementsHold });
  }),
);
