/** Approvals and contents are believed that nobody gave (OV-70). */
import type { Fault } from "../fault.ts";
import { disbelieves, overlooks, some, type Members } from "./overlooks.ts";

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

export const evidenceFaults: readonly Fault[] = [
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
