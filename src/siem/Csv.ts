/**
 * The export as CSV (RFC 4180): a header, then one record a line of the export; fields in a fixed order, CRLF at each end.
 *
 * - `null` is an empty field; an empty text is `""`. Lists are JSON. Text is always quoted, numbers never.
 * - Against formulas (OWASP "CSV Injection"): a spreadsheet runs a cell that begins with `=`, `+`, `-`, `@`, a tab or a line
 *   break, and some programs split cells at other separators than the comma. So a `'` is put before each of these, before
 *   their full-width forms, and before `'` itself, where a cell begins and after anything that may begin one for such a
 *   program (`,` `;` `|` `"` white space). Because `'` is treated alike, `readCell` gets the very text back.
 * - The leaf is not in it: a cell of a spreadsheet holds 32,767 characters, a leaf up to 65,535 bytes. `leaf_hash` names it.
 */
import { actorOf, type SiemLine } from "./SiemLine.ts";

const columns: readonly (readonly [name: string, value: (line: SiemLine) => string | number | null])[] = [
  ["leaf_index", (line) => line.leaf_index],
  ["timestamp", (line) => line.timestamp],
  ["type", (line) => line.type],
  ["outcome", (line) => line.outcome],
  ["refusal", (line) => line.refusal],
  ["mailbox_id", (line) => line.mailbox_id],
  ["message_id", (line) => line.message_id],
  ["agent_id", (line) => line.agent_id],
  ["actor_role", (line) => actorOf(line).role],
  ["actor_principal", (line) => actorOf(line).principal],
  ["actor_credential", (line) => actorOf(line).credential],
  ["oversight_mode", (line) => line.oversight_mode],
  ["decision", (line) => line.decision],
  ["approver_id", (line) => line.approver_id],
  ["approvers", (line) => JSON.stringify(line.approvers)],
  ["from_status", (line) => line.from_status],
  ["to_status", (line) => line.to_status],
  ["domain_risk_score", (line) => line.domain_risk_score],
  ["content_hash", (line) => line.content_hash],
  ["identity_key_id", (line) => line.identity_key_id],
  ["identity_signature", (line) => line.identity_signature],
  ["lean4_proof_ref", (line) => line.lean4_proof_ref],
  ["leaf_hash", (line) => line.leaf_hash],
];

/** The names of the columns, in order. */
export const csvColumns: readonly string[] = columns.map(([name]) => name);

// `\s` holds tab, line breaks and the blanks of other scripts; one character back, so that time stays linear.
const begins = /(?<=^|[,;|"\s])(?=[=+\-@'\t\r\n\uff1d\uff0b\uff0d\uff20])/g;
const guarded = /(?<=^|[,;|"\s])'/g;

/** The text as it stands in a cell, before quoting: no program takes it, or a part of it, for a formula. */
export const writeCell = (text: string): string => text.toWellFormed().replace(begins, "'");

/** The text that `writeCell` was given (with lone surrogates replaced). */
export const readCell = (cell: string): string => cell.replace(guarded, "");

const field = (value: string | number | null): string =>
  value === null ? "" : typeof value === "number" ? String(value) : `"${writeCell(value).replaceAll('"', '""')}"`;

/** The first record, with its CRLF. */
export const csvHeader = (): string => `${csvColumns.join(",")}\r\n`;

/** One record, with its CRLF. */
export const csvRow = (line: SiemLine): string => `${columns.map(([, value]) => field(value(line))).join(",")}\r\n`;
