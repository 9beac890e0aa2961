/** What an installation decides once, at start. Durations in seconds. */
import { Context } from "effect";
import type { Policy } from "../model/Event.ts";

export interface DkimKey {
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: "rsa-sha256" | "ed25519-sha256";
  readonly privateKey: import("node:crypto").KeyObject;
}

export class OversightSettings extends Context.Service<
  OversightSettings,
  {
    /** The log's name: a schema-less URL, as in C2SP checkpoints. */
    readonly origin: string;
    /** The operator's domain: issuer of the signed headers. */
    readonly operatorDomain: string;
    /** Policy of a mailbox that names none. */
    readonly policy: Policy;
    /** Risk above this is held for a person, whatever the mode. Basis points. */
    readonly holdAbove: number;
    /** A message to a domain that a source could not judge is held as well. */
    readonly holdUnknown: boolean;
    /** Domains the operator writes with; others must not look like them. */
    readonly knownDomains: readonly string[];
    /** Footer that informs a recipient that an agent wrote the mail; `null` = none. `{agent}` and `{operator}` are filled in. */
    readonly disclosure: string | null;
    readonly leaseSeconds: number;
    /** The most events one transaction takes. */
    readonly batchLimit: number;
    readonly dkim: readonly DkimKey[];
  }
>()("countersign/oversight/Settings") {}

export const defaultPolicy: Policy = { quorum: 1, decisionWindow: 7 * 86_400, approvalMaxAge: 86_400 };

export const defaultDisclosure = "This message was written by an AI agent ({agent}) on behalf of {operator}.";
