/**
 * What the environment says, read once and checked as a whole: every problem is reported at once, none is guessed around.
 * The table below is the one place where a variable, its meaning and its default stand; `countersign serve --help` prints it.
 */
import { readFileSync } from "node:fs";
import { createPrivateKey } from "node:crypto";
import { dirname, join, resolve } from "node:path";
import { defaultDisclosure, defaultPolicy, type DkimKey } from "../contracts/settings.ts";
import type { Policy } from "../model/Event.ts";
import { readRiskSettings, type RiskSettings, riskVariables } from "../risk/RiskSettings.ts";

export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly smtp: string;
  readonly operatorKey: string | null;
  readonly operatorDomain: string;
  readonly origin: string;
  readonly sealingKey: { readonly value?: string; readonly file: string };
  readonly holdAbove: number;
  readonly holdUnknown: boolean;
  /** Which sources are asked about recipients' domains. */
  readonly risk: RiskSettings;
  readonly knownDomains: readonly string[];
  readonly disclosure: string | null;
  readonly leaseSeconds: number;
  readonly claimSeconds: number;
  readonly policy: Policy;
  readonly dkim: readonly DkimKey[];
  readonly smtpConnections: number;
  readonly skipLogCheck: boolean;
  /** Where the newest checkpoint is kept beside the database; `null` = nowhere. */
  readonly checkpointFile: string | null;
  readonly logEntriesPublic: boolean;
  /** As written: URLs and keys. */
  readonly witnesses: string;
}

/** Variable, default, meaning. */
export const variables: readonly (readonly [name: string, fallback: string, meaning: string])[] = [
  ["SMTP_URL", "(required)", "Where mail is handed over: smtp://user:password@host:587, smtps://host:465"],
  ["PORT", "8787", "TCP port of the REST API"],
  ["HOST", "127.0.0.1", "Address to listen on"],
  ["DATABASE_URL", "countersign.db", "A file for SQLite, or postgres://user:password@host/database"],
  [
    "COUNTERSIGN_OPERATOR_KEY",
    "(made once)",
    "The operator's API key, mm_live_ and 8 to 248 visible characters; without it one is made and printed once",
  ],
  ["COUNTERSIGN_OPERATOR_DOMAIN", "countersign.localhost", "The operator's domain, issuer of the signed headers"],
  ["COUNTERSIGN_LOG_ORIGIN", "<domain>/log", "The name of the log, for receipts"],
  ["COUNTERSIGN_KEY", "(none)", "32 bytes, base64 or hex, that encrypt private keys at rest"],
  [
    "COUNTERSIGN_KEY_FILE",
    "beside the database",
    "Used without COUNTERSIGN_KEY: a file with that key, made with mode 600",
  ],
  ["COUNTERSIGN_QUORUM", "1", "How many people must approve, for mailboxes that do not say"],
  ["COUNTERSIGN_DECISION_WINDOW", "604800", "Seconds a message waits for a decision"],
  ["COUNTERSIGN_APPROVAL_MAX_AGE", "86400", "Seconds an approval stays good before hand-over"],
  ["COUNTERSIGN_HOLD_ABOVE", "0.7", "Risk score above which a person must look, whatever the mode"],
  ["COUNTERSIGN_HOLD_UNKNOWN", "off", "on = also hold what a risk source could not judge"],
  ...riskVariables,
  ["COUNTERSIGN_KNOWN_DOMAINS", "(none)", "Comma-separated domains that others must not look like"],
  ["COUNTERSIGN_DISCLOSURE", "on", "off, or a footer with {agent} and {operator}"],
  ["COUNTERSIGN_LEASE_SECONDS", "30", "How long a dead process holds up what it was handing over"],
  ["COUNTERSIGN_CLAIM_SECONDS", "5", "How often to look for what is due, or left behind by a dead process"],
  ["COUNTERSIGN_SMTP_CONNECTIONS", "10", "Connections to the SMTP server"],
  ["COUNTERSIGN_DKIM_DOMAIN", "(none)", "Sign with DKIM for this domain"],
  ["COUNTERSIGN_DKIM_SELECTOR", "countersign", "DKIM selector; for two keys: rsa-selector,ed25519-selector"],
  ["COUNTERSIGN_DKIM_KEY_FILE", "(none)", "Comma-separated PEM files: RSA of 2048 bits or more, Ed25519"],
  ["COUNTERSIGN_LOG_CHECK", "on", "off = do not replay the whole log at start"],
  [
    "COUNTERSIGN_CHECKPOINT_FILE",
    "<database>.checkpoint",
    "Keeps the newest signed checkpoint where a restored backup does not reach it; PostgreSQL: beside the key file, if there is one",
  ],
  [
    "COUNTERSIGN_LOG_ENTRIES",
    "private",
    "public = anybody may read the log's leaves (ids, digests, decisions; no content)",
  ],
  [
    "COUNTERSIGN_WITNESSES",
    "(none)",
    "Witnesses that cosign the log, comma-separated: URL, key, and private if its address is not public, with blanks between",
  ],
];

const domainPattern = /^(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+$/;
export const keyPattern = /^mm_live_[A-Za-z0-9_-]{8,128}$/;

/** Reads the environment. `problems` is empty exactly when `config` may be used. */
export const readConfig = (
  env: Readonly<Record<string, string | undefined>>,
): { readonly config: ServerConfig; readonly problems: readonly string[] } => {
  const problems: string[] = [];
  const text = (name: string): string | null => {
    const value = env[name]?.trim();
    return value === undefined || value === "" ? null : value;
  };
  const number = (name: string, fallback: number, least: number, most: number): number => {
    const value = text(name);
    if (value === null) return fallback;
    const parsed = Number(value);
    if (Number.isFinite(parsed) && parsed >= least && parsed <= most) return parsed;
    problems.push(`${name} must be a number from ${least} to ${most}; it is ${JSON.stringify(value)}.`);
    return fallback;
  };
  const whole = (name: string, fallback: number, least: number, most: number): number => {
    const value = number(name, fallback, least, most);
    if (!Number.isInteger(value)) problems.push(`${name} must be a whole number.`);
    return value;
  };
  const onOff = (name: string, fallback: boolean): boolean => {
    const value = text(name);
    if (value === null) return fallback;
    if (value === "on" || value === "off") return value === "on";
    problems.push(`${name} must be on or off; it is ${JSON.stringify(value)}.`);
    return fallback;
  };
  const list = (name: string): readonly string[] =>
    (text(name) ?? "")
      .split(",")
      .map((item) => item.trim().toLowerCase())
      .filter((item) => item !== "");

  const database = text("DATABASE_URL") ?? "countersign.db";
  const smtp = text("SMTP_URL");
  if (smtp === null) {
    problems.push("SMTP_URL is not set: say where mail is handed over, for example SMTP_URL=smtp://127.0.0.1:25.");
  }
  const operatorKey = text("COUNTERSIGN_OPERATOR_KEY");
  if (operatorKey !== null && !keyPattern.test(operatorKey)) {
    problems.push("COUNTERSIGN_OPERATOR_KEY must be mm_live_ and 8 to 128 of A-Z a-z 0-9 _ -.");
  }
  const operatorDomain = (text("COUNTERSIGN_OPERATOR_DOMAIN") ?? "countersign.localhost").toLowerCase();
  if (!domainPattern.test(operatorDomain))
    problems.push("COUNTERSIGN_OPERATOR_DOMAIN must be a domain, such as mail.example.com.");
  const sealing = text("COUNTERSIGN_KEY");
  const beside = /^postgres(ql)?:/.test(database)
    ? "."
    : dirname(resolve(database.replace(/^(sqlite|file):(\/\/)?/, "")));
  const onPostgres = /^postgres(ql)?:/.test(database);
  const besideDatabase = database.includes(":memory:")
    ? null
    : `${resolve(database.replace(/^(sqlite|file):(\/\/)?/, ""))}.checkpoint`;
  const besideKey = sealing === null ? join(beside, "countersign.checkpoint") : null;
  const origin = text("COUNTERSIGN_LOG_ORIGIN") ?? `${operatorDomain}/log`;
  if (origin.length > 255 || !/^[!-*,-~]+$/.test(origin))
    problems.push(
      "COUNTERSIGN_LOG_ORIGIN is a URL without its scheme, such as mail.example.com/log; no blanks, no plus sign.",
    );
  const entriesShown = text("COUNTERSIGN_LOG_ENTRIES") ?? "private";
  if (entriesShown !== "public" && entriesShown !== "private")
    problems.push(`COUNTERSIGN_LOG_ENTRIES must be public or private; it is ${JSON.stringify(entriesShown)}.`);
  const disclosure = text("COUNTERSIGN_DISCLOSURE") ?? "on";
  const risk = readRiskSettings(env);
  problems.push(...risk.problems);

  const dkim: DkimKey[] = [];
  const dkimDomain = text("COUNTERSIGN_DKIM_DOMAIN");
  const keyFiles = (text("COUNTERSIGN_DKIM_KEY_FILE") ?? "").split(",").filter((file) => file.trim() !== "");
  if (dkimDomain !== null && keyFiles.length === 0)
    problems.push("COUNTERSIGN_DKIM_DOMAIN is set, but COUNTERSIGN_DKIM_KEY_FILE is not.");
  if (dkimDomain === null && keyFiles.length > 0)
    problems.push("COUNTERSIGN_DKIM_KEY_FILE is set, but COUNTERSIGN_DKIM_DOMAIN is not.");
  if (dkimDomain !== null) {
    const selectors = (text("COUNTERSIGN_DKIM_SELECTOR") ?? "countersign").split(",").map((item) => item.trim());
    if (new Set(selectors).size < keyFiles.length) {
      problems.push("COUNTERSIGN_DKIM_SELECTOR must name one selector for each file of COUNTERSIGN_DKIM_KEY_FILE.");
    }
    for (const [i, file] of keyFiles.entries()) {
      try {
        const privateKey = createPrivateKey(readFileSync(file.trim()));
        const bits = privateKey.asymmetricKeyDetails?.modulusLength ?? 0;
        const algorithm =
          privateKey.asymmetricKeyType === "ed25519"
            ? "ed25519-sha256"
            : privateKey.asymmetricKeyType === "rsa" && bits >= 2048
              ? "rsa-sha256"
              : null;
        if (algorithm === null)
          problems.push(`${file.trim()} must hold an Ed25519 key or an RSA key of at least 2048 bits.`);
        else dkim.push({ domain: dkimDomain, selector: selectors[i] ?? "", algorithm, privateKey });
      } catch (error) {
        problems.push(
          `The DKIM key ${file.trim()} cannot be read: ${(error as NodeJS.ErrnoException).code ?? "it is not a PEM private key"}.`,
        );
      }
    }
  }

  return {
    problems,
    config: {
      host: text("HOST") ?? "127.0.0.1",
      port: whole("PORT", 8787, 0, 65_535),
      database,
      smtp: smtp ?? "",
      operatorKey,
      operatorDomain,
      origin,
      sealingKey: {
        ...(sealing === null ? {} : { value: sealing }),
        file: text("COUNTERSIGN_KEY_FILE") ?? join(beside, "countersign.key"),
      },
      holdAbove: Math.round(number("COUNTERSIGN_HOLD_ABOVE", 0.7, 0, 1) * 10_000),
      holdUnknown: onOff("COUNTERSIGN_HOLD_UNKNOWN", false),
      risk: risk.settings,
      knownDomains: list("COUNTERSIGN_KNOWN_DOMAINS"),
      disclosure: disclosure === "off" ? null : disclosure === "on" ? defaultDisclosure : disclosure,
      leaseSeconds: whole("COUNTERSIGN_LEASE_SECONDS", 30, 1, 3600),
      claimSeconds: number("COUNTERSIGN_CLAIM_SECONDS", 5, 0.1, 3600),
      policy: {
        quorum: whole("COUNTERSIGN_QUORUM", defaultPolicy.quorum, 1, 16),
        decisionWindow: whole("COUNTERSIGN_DECISION_WINDOW", defaultPolicy.decisionWindow, 60, 366 * 86_400),
        approvalMaxAge: whole("COUNTERSIGN_APPROVAL_MAX_AGE", defaultPolicy.approvalMaxAge, 60, 366 * 86_400),
      },
      dkim,
      smtpConnections: whole("COUNTERSIGN_SMTP_CONNECTIONS", 10, 1, 100),
      skipLogCheck: !onOff("COUNTERSIGN_LOG_CHECK", true),
      checkpointFile: text("COUNTERSIGN_CHECKPOINT_FILE") ?? (onPostgres ? besideKey : besideDatabase),
      logEntriesPublic: entriesShown === "public",
      witnesses: text("COUNTERSIGN_WITNESSES") ?? "",
    },
  };
};
