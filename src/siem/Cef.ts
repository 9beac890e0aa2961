/**
 * A line of the export as one CEF:0 record (ArcSight Common Event Format), without a line break: what carries it (syslog,
 * a file) adds its own.
 *
 * - In the header `|` and `\` are escaped with `\`; a line break, which cannot be escaped there, becomes a blank.
 * - In the extension `\` and `=` are escaped, CR and LF are written `\r` and `\n`.
 * - Other control characters and the line separators of Unicode have no escape in CEF, and would cut a record in two or
 *   steer a terminal: they are shown as their picture (U+2400 …) or U+FFFD. The JSON export has them as they were.
 * - Values longer than the dictionary of CEF allows end in `…`.
 */
import {
  actorOf,
  type Gravity,
  gravityOf,
  millisecondsOf,
  sentenceOf,
  type SiemContext,
  type SiemLine,
} from "./SiemLine.ts";

/** 0 … 3 is low for CEF, 4 … 6 medium, 7 and 8 high. */
const severity: Readonly<Record<Gravity, number>> = { informational: 1, low: 3, medium: 6, high: 8 };

// Controls but CR and LF, and what some readers take for a line break.
const unprintable = /[^\P{Cc}\r\n]|[\u2028\u2029]/gu;

/** The text with what CEF cannot carry made visible. CR and LF stay. */
export const printable = (text: string): string =>
  text
    .toWellFormed()
    .replace(unprintable, (found) =>
      found <= "\u001f" ? String.fromCharCode(0x2400 + found.charCodeAt(0)) : found === "\u007f" ? "\u2421" : "\ufffd",
    );

/** Counts UTF-16 units, cuts between characters. */
const within = (text: string, limit: number): string =>
  text.length <= limit ? text : `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, "")}…`;

const inHeader = (text: string, limit: number): string =>
  within(printable(text).replace(/[\r\n]/g, " "), limit).replace(/[\\|]/g, "\\$&");

const inExtension = (text: string): string =>
  text.replace(/[\\=]/g, "\\$&").replaceAll("\r", "\\r").replaceAll("\n", "\\n");

/** Longest value of each key, characters (CEF dictionary). */
const limits: Readonly<Record<string, number>> = {
  act: 63,
  outcome: 63,
  externalId: 40,
  deviceExternalId: 255,
  fileHash: 255,
  suser: 1023,
  suid: 1023,
  spriv: 1023,
  reason: 1023,
  msg: 1023,
  flexString1: 1023,
  flexString2: 1023,
};
const limitOf = (key: string): number => limits[key] ?? 4000;

/** The keys and values of the extension, in order, before escaping. */
export const cefFields = (line: SiemLine, context: SiemContext): readonly (readonly [key: string, value: string])[] => {
  const { role, principal, credential } = actorOf(line);
  const given: readonly (readonly [key: string, value: string | number | null, label?: string])[] = [
    ["rt", millisecondsOf(line)],
    ["externalId", line.leaf_index],
    ["deviceExternalId", context.origin],
    ["act", line.decision ?? line.type],
    ["outcome", line.outcome],
    ["reason", line.refusal],
    ["suser", principal],
    ["suid", credential],
    ["spriv", role],
    ["fileHash", line.content_hash],
    ["cs1", line.oversight_mode, "oversightMode"],
    ["cs2", line.mailbox_id, "mailboxId"],
    ["cs3", line.agent_id, "agentId"],
    ["cs4", line.message_id, "messageId"],
    ["cs5", line.approvers.length === 0 ? null : JSON.stringify(line.approvers), "approvers"],
    ["cs6", line.leaf_hash, "leafHash"],
    ["flexString1", line.from_status, "fromStatus"],
    ["flexString2", line.to_status, "toStatus"],
    ["cfp1", line.domain_risk_score, "domainRiskScore"],
    ["msg", sentenceOf(line)],
  ];
  return given.flatMap(([key, value, label]) =>
    value === null
      ? []
      : [
          [key, within(printable(String(value)), limitOf(key))] as const,
          ...(label === undefined ? [] : [[`${key}Label`, label] as const]),
        ],
  );
};

/** One record. */
export const cefRecord = (line: SiemLine, context: SiemContext): string => {
  const header = [
    "CEF:0",
    "Countersign",
    "Countersign",
    inHeader(context.productVersion, 31),
    inHeader(`${line.type}.${line.outcome}`, 1023),
    inHeader(`${line.type} ${line.outcome}`, 512),
    String(severity[gravityOf(line)]),
  ].join("|");
  const extension = cefFields(line, context)
    .map(([key, value]) => `${key}=${inExtension(value)}`)
    .join(" ");
  return `${header}|${extension}`;
};
