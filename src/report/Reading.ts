/**
 * What a report reads of an entry: the leaf alone, for that is what was hashed. The flat members of an export's line are not
 * looked at, so they cannot differ from the log.
 */
import { leafMembers, type Members, members, textOf, textsOf } from "../audit/leaf/members.ts";

export interface Reading {
  readonly index: number;
  /** Seconds. */
  readonly at: number;
  readonly tenant: string;
  readonly mailbox: string | null;
  readonly message: string | null;
  readonly type: string;
  readonly accepted: boolean;
  readonly refusal: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly mode: string | null;
  readonly role: string;
  readonly principal: string;
  readonly event: Members;
  readonly evidence: Members;
  readonly commands: readonly string[];
}

/** The last moment with a year of four digits, seconds. */
const lastMoment = 253_402_300_799;

/** Reads a leaf; `null` when it is not one. */
export const readingOf = (index: number, leaf: string): Reading | null => {
  const { at, tenant, type, actor, outcome, mailbox, message, refusal, from, to, mode, event, evidence, commands } =
    leafMembers(leaf);
  const { role, principal } = members(actor);
  if (typeof at !== "number" || !Number.isSafeInteger(at) || at < 0 || at > lastMoment) return null;
  if (typeof tenant !== "string" || typeof type !== "string") return null;
  if (typeof role !== "string" || typeof principal !== "string") return null;
  if (outcome !== "accepted" && outcome !== "refused") return null;
  return {
    index,
    at,
    tenant,
    mailbox: textOf(mailbox),
    message: textOf(message),
    type,
    accepted: outcome === "accepted",
    refusal: textOf(refusal),
    from: textOf(from),
    to: textOf(to),
    mode: textOf(mode),
    role,
    principal,
    event: members(event),
    evidence: members(evidence),
    commands: textsOf(commands),
  };
};
