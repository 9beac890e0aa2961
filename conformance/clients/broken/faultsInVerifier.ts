/**
 * Verifiers of exports that overlook one thing each: the one a certain attack counts on. Each is right about every export in which that thing
 * does not happen.
 */
import { operations, type Answer } from "../reference/answer.ts";
import { inOperation, type Fault } from "./fault.ts";

// What an export holds is looked at without a type: it may be anything.
// oxlint-disable-next-line typescript/no-explicit-any
type Members = any;

interface Export {
  readonly header: Members;
  readonly lines: readonly Members[];
  readonly leaves: readonly Members[];
}

const parsed = (text: string): Members => {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
};

const exportIn = (text: string): Export => {
  const [header, ...lines] = text.split("\n").filter((line) => line !== "");
  const entries = lines.map(parsed);
  return { header: parsed(header ?? ""), lines: entries, leaves: entries.map(({ leaf }) => parsed(leaf ?? "{}")) };
};

/** In an export that `happens` is true of, faults of this kind are not found. */
const overlooks = (
  name: string,
  violates: string,
  attack: string | null,
  kind: string,
  happens: (it: Export) => boolean,
): Fault =>
  inOperation(name, violates, attack, "verify_export", operations, {
    answer: (answer, it): Answer => {
      if (!("ok" in answer)) return answer;
      const { status, checks } = answer.ok as {
        readonly status: string;
        readonly checks: Readonly<Record<string, string>>;
      };
      if (checks[kind] === undefined || !happens(exportIn(it["export"] as string))) return answer;
      const { [kind]: _, ...left } = checks;
      return { ok: { status: Object.keys(left).length === 0 ? "sound" : status, checks: left } };
    },
  });

/** Exports that `happens` is true of, and that are sound, are not believed. */
const disbelieves = (name: string, violates: string, kind: string, happens: (it: Export) => boolean): Fault =>
  inOperation(name, violates, null, "verify_export", operations, {
    answer: (answer, it): Answer =>
      "ok" in answer &&
      (answer.ok as { readonly status: string }).status === "sound" &&
      happens(exportIn(it["export"] as string))
        ? { ok: { status: "unsound", checks: { [kind]: "found" } } }
        : answer,
  });

const some =
  (is: (leaf: Members, all: readonly Members[]) => boolean) =>
  ({ leaves }: Export): boolean =>
    leaves.some((leaf) => is(leaf, leaves));
const has = (value: Members, ...names: readonly string[]): boolean =>
  names.some((name) => typeof value === "object" && value !== null && Object.hasOwn(value, name));
const more = (value: Members, ...names: readonly string[]): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).some((name) => !names.includes(name));

// --- what a leaf says ---------------------------------------------------------------------------------------------------

const members =
  "v index at actor tenant mailbox message type event outcome refusal from to mode commands evidence personal previous";
const readings: readonly Fault[] = [
  overlooks(
    "members-of-the-entry-again-in-its-event",
    "60 74",
    "G3",
    "malformed_leaf",
    some(({ event }) => has(event, "at", "actor", "tenant", "mailbox", "message")),
  ),
  overlooks(
    "an-event-may-bring-its-own-message",
    "60 74",
    "G3",
    "malformed_leaf",
    some(
      ({ event, message, mailbox }) =>
        (message === null && has(event, "message")) || (mailbox === null && has(event, "mailbox")),
    ),
  ),
  overlooks(
    "leaves-may-hold-more",
    "60 74",
    "G3",
    "malformed_leaf",
    some((leaf) => more(leaf, ...members.split(" "))),
  ),
  overlooks(
    "actors-may-hold-more",
    "60 74",
    "G3",
    "malformed_leaf",
    some(({ actor }) => more(actor, "role", "principal", "credential")),
  ),
  overlooks(
    "events-may-hold-more",
    "60 74",
    "G3",
    "malformed_leaf",
    some(({ event }) => has(event, "approved") || has(event?.verdict, "approved")),
  ),
  overlooks(
    "leaves-may-hold-less",
    "60 74",
    "G3",
    "malformed_leaf",
    some((leaf) => has(leaf, "v") && !has(leaf, "personal")),
  ),
  overlooks("leaves-of-any-version", "74", "D3", "unknown_version", () => true),
];

// --- approvals and contents ---------------------------------------------------------------------------------------------

const reports = ["delivered", "failed", "deferred", "lost"];
const isHandOver = ({ type, to }: Members): boolean => type === "dispatch" && to === "dispatching";
/** What the message is by then. */
const digestOf = ({ message, index }: Members, all: readonly Members[]): string | undefined =>
  all.findLast((one) => one.message === message && one.index <= index && ["submit", "revise"].includes(one.type))?.event
    .digest;
const otherContent =
  (...types: readonly string[]) =>
  (leaf: Members, all: readonly Members[]): boolean =>
    types.includes(leaf.type) &&
    typeof leaf.evidence.content_digest === "string" &&
    leaf.evidence.content_digest !== digestOf(leaf, all);
/** Who approved it, whatever the entries say of that. */
const approversOf = ({ message }: Members, all: readonly Members[]): string =>
  JSON.stringify(
    all
      .filter(({ type, outcome, message: own }) => own === message && type === "approve" && outcome === "accepted")
      .map(({ actor }) => actor.principal)
      .sort(),
  );

const evidence: readonly Fault[] = [
  overlooks(
    "approvers-of-deliveries-are-believed",
    "70",
    "G3",
    "evidence_changed",
    some(
      (leaf, all) => reports.includes(leaf.type) && JSON.stringify(leaf.evidence.approvers) !== approversOf(leaf, all),
    ),
  ),
  overlooks(
    "approvers-are-believed-where-none-was-needed",
    "70",
    "G3",
    "evidence_changed",
    some((leaf) => isHandOver(leaf) && leaf.mode === "autonomous" && leaf.evidence.approvers?.length > 0),
  ),
  overlooks(
    "approvers-of-decisions-are-believed",
    "70",
    "G3",
    "evidence_changed",
    some(
      (leaf, all) =>
        ["submit", "approve"].includes(leaf.type) &&
        JSON.stringify(leaf.evidence.approvers) !== approversOf(leaf, all.slice(0, leaf.index)),
    ),
  ),
  overlooks(
    "a-name-may-stand-twice",
    "70",
    "C5",
    "evidence_changed",
    some(
      ({ evidence: { approvers } = {} as Members }) =>
        Array.isArray(approvers) && new Set(approvers).size < approvers.length,
    ),
  ),
  overlooks(
    "hand-overs-may-be-silent-on-approvers",
    "70",
    "G3",
    "evidence_changed",
    some((leaf) => isHandOver(leaf) && !Array.isArray(leaf.evidence.approvers)),
  ),
  overlooks(
    "hand-overs-may-be-silent-on-content",
    "70",
    "A1",
    "evidence_changed",
    some((leaf) => isHandOver(leaf) && leaf.evidence.content_digest === undefined),
  ),
  overlooks(
    "submissions-may-be-silent-on-content",
    "70",
    "A1",
    "evidence_changed",
    some((leaf) => leaf.type === "submit" && leaf.evidence.content_digest === undefined),
  ),
  overlooks(
    "contents-beside-submissions-are-believed",
    "70",
    "A1",
    "approval_of_other_content",
    some(otherContent("submit", "revise")),
  ),
  overlooks(
    "contents-beside-decisions-are-believed",
    "70",
    "A2",
    "approval_of_other_content",
    some(otherContent("approve")),
  ),
  overlooks(
    "contents-beside-deliveries-are-believed",
    "70",
    "A1",
    "approval_of_other_content",
    some(otherContent(...reports)),
  ),
  disbelieves(
    "reports-are-held-against-who-counts-now",
    "70",
    "evidence_changed",
    some(({ type }, all) => type === "revoke" && all.some((one) => reports.includes(one.type))),
  ),
];

// --- credentials --------------------------------------------------------------------------------------------------------

const scopeOf: Readonly<Record<string, string>> = { agent: "send", reviewer: "oversight", operator: "admin" };
const made = (credential: string | null, all: readonly Members[]): Members =>
  all.find(({ type, outcome, event }) => type === "create_key" && outcome === "accepted" && event.key === credential);
const acting =
  (is: (actor: Members, leaf: Members, all: readonly Members[]) => boolean) =>
  ({ leaves }: Export): boolean =>
    leaves.some((leaf) => leaf.actor !== undefined && leaf.actor.role !== "system" && is(leaf.actor, leaf, leaves));

const credentials: readonly Fault[] = [
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

// --- parts of a log -----------------------------------------------------------------------------------------------------

const isPart = ({ header: { from, lines } }: Export): boolean => from > 0 && lines === "every";
const rootsIn = ({ header }: Export): number => header.first_frontier.length;
const rootsDue = ({ header }: Export): number => (header.from as number).toString(2).replaceAll("0", "").length;
const isHash = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);

const parts: readonly Fault[] = [
  overlooks("the-beginning-of-a-part-is-believed", "61 74", "G2", "tree_mismatch", isPart),
  overlooks(
    "a-part-between-checkpoints-is-believed",
    "61 74",
    "G2",
    "tree_mismatch",
    (it) => isPart(it) && it.header.first_checkpoint === null,
  ),
  overlooks("a-part-may-lack-roots", "61 74", "G2", "tree_mismatch", (it) => isPart(it) && rootsIn(it) < rootsDue(it)),
  overlooks(
    "a-part-may-have-roots-to-spare",
    "61 74",
    "G2",
    "tree_mismatch",
    (it) => isPart(it) && rootsIn(it) > rootsDue(it),
  ),
  overlooks(
    "roots-of-any-length",
    "61 74",
    "G2",
    "tree_mismatch",
    (it) => isPart(it) && !it.header.first_frontier.every(isHash),
  ),
  overlooks(
    "a-part-after-any-checkpoint",
    "61 74",
    "G2",
    "tree_mismatch",
    (it) =>
      isPart(it) &&
      it.header.first_checkpoint !== null &&
      it.header.first_checkpoint.split("\n")[1] !== `${it.header.from}`,
  ),
  disbelieves(
    "a-part-needs-a-first-checkpoint",
    "61",
    "tree_mismatch",
    (it) => isPart(it) && it.header.first_checkpoint === null,
  ),
  disbelieves("a-log-begins-at-its-first-entry", "61", "missing", isPart),
];

const matching: readonly Fault[] = [
  overlooks("entries-need-not-be-proven", "61", "G3", "inclusion", () => true),
  overlooks("proofs-may-be-left-out", "61", "G3", "inclusion", ({ lines }) =>
    lines.some((line) => !has(line, "inclusion_proof")),
  ),
  disbelieves("entries-alone-prove-nothing", "61", "missing", ({ header }) => header.lines === "matching"),
  overlooks("what-matches-may-be-withheld", "86", "G2", "withheld", ({ header }) => header.lines === "matching"),
];

export const faultsInVerifier: readonly Fault[] = [...readings, ...evidence, ...credentials, ...parts, ...matching];
