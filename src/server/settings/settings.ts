/**
 * The settings: every variable of the environment, its default, its meaning, its reader. `countersign serve --help`, the table in
 * README.md and what the server is started with all come from this list, in its order.
 */
import { defaultDispatcher } from "../../delivery/Dispatcher.ts";
import { defaultLimits } from "../../delivery/SmtpSettings.ts";
import { policyBounds } from "../../model/Event.ts";
import { defaultPolicy } from "../../contracts/settings.ts";
import { budgetBounds, RISK_OFF, zoneNames } from "../../risk/RiskSettings.ts";
import { dkimDomain, dkimKeys, dkimSelectors } from "./dkim.ts";
import { number, oneOf, onOff, text, whole } from "./readers.ts";
import { optional, preset, required } from "./Setting.ts";
import {
  blockLists,
  disclosure,
  domain,
  feeds,
  logOrigin,
  nameServers,
  operatorKey,
  operatorKeyForm,
  registries,
  sealingKey,
  smtpUrl,
  storeUrl,
  watchedDomains,
  witnesses,
} from "./values.ts";

const seconds = whole(policyBounds.seconds.minimum, policyBounds.seconds.maximum);

export const settings = {
  smtp: required({
    name: "SMTP_URL",
    example: "smtp://127.0.0.1:25",
    meaning: "Where mail is handed over: smtp://user:password@host:587, smtps://host:465",
    reader: smtpUrl,
  }),
  port: preset({ name: "PORT", default: "8787", meaning: "TCP port of the REST API", reader: whole(0, 65_535) }),
  host: preset({ name: "HOST", default: "127.0.0.1", meaning: "Address to listen on", reader: text }),
  database: preset({
    name: "DATABASE_URL",
    default: "countersign.db",
    meaning: "A file for SQLite, or postgres://user:password@host/database",
    reader: storeUrl,
  }),
  operatorKey: optional({
    name: "COUNTERSIGN_OPERATOR_KEY",
    default: "made once",
    meaning: `The operator's API key, ${operatorKeyForm}; without it one is made and printed once`,
    reader: operatorKey,
  }),
  operatorDomain: preset({
    name: "COUNTERSIGN_OPERATOR_DOMAIN",
    default: "countersign.localhost",
    meaning: "The operator's domain, issuer of the signed headers",
    reader: domain,
  }),
  origin: optional({
    name: "COUNTERSIGN_LOG_ORIGIN",
    default: "<domain>/log",
    meaning: "The name of the log, for receipts",
    reader: logOrigin,
  }),
  sealingKey: optional({
    name: "COUNTERSIGN_KEY",
    default: "none",
    meaning: "32 bytes, base64 or hex, that encrypt private keys at rest",
    reader: sealingKey,
  }),
  sealingKeyFile: optional({
    name: "COUNTERSIGN_KEY_FILE",
    default: "beside the database",
    meaning: "Used without COUNTERSIGN_KEY: a file with that key, made with mode 600",
    reader: text,
  }),
  quorum: preset({
    name: "COUNTERSIGN_QUORUM",
    default: String(defaultPolicy.quorum),
    meaning: "How many people must approve, for mailboxes that do not say",
    reader: whole(policyBounds.quorum.minimum, policyBounds.quorum.maximum),
  }),
  decisionWindow: preset({
    name: "COUNTERSIGN_DECISION_WINDOW",
    default: String(defaultPolicy.decisionWindow),
    meaning: "Seconds a message waits for a decision",
    reader: seconds,
  }),
  approvalMaxAge: preset({
    name: "COUNTERSIGN_APPROVAL_MAX_AGE",
    default: String(defaultPolicy.approvalMaxAge),
    meaning: "Seconds an approval stays good before hand-over",
    reader: seconds,
  }),
  holdAbove: preset({
    name: "COUNTERSIGN_HOLD_ABOVE",
    default: "0.7",
    meaning: "Risk score above which a person must look, whatever the mode",
    reader: number(0, 1),
  }),
  holdUnknown: preset({
    name: "COUNTERSIGN_HOLD_UNKNOWN",
    default: "off",
    meaning: "on = also hold what a risk source could not judge",
    reader: onOff,
  }),
  dns: preset({
    name: "COUNTERSIGN_DNS",
    default: "on",
    meaning: "off = ask DNS nothing about recipients: no mail exchangers, SPF, DMARC",
    reader: onOff,
  }),
  dnsServers: optional({
    name: "COUNTERSIGN_DNS_SERVERS",
    default: "the system's",
    meaning: "Comma-separated name servers, address or address:port",
    reader: nameServers,
  }),
  zones: optional({
    name: "COUNTERSIGN_DNSBL",
    default: "none",
    meaning: `Block lists: ${zoneNames.join(", ")}, each with =zone if yours differs`,
    reader: blockLists,
  }),
  rdap: preset({
    name: "COUNTERSIGN_RDAP",
    default: "off",
    meaning: "on = ask registries how old a domain is; or the URL of another bootstrap registry",
    reader: registries,
  }),
  feeds: optional({
    name: "COUNTERSIGN_FEEDS",
    default: "none",
    meaning: "Threat feeds: name=format:file-or-URL, separated by blanks; or a .json file with a list of them",
    reader: feeds,
  }),
  feedFolder: optional({
    name: "COUNTERSIGN_FEED_FOLDER",
    default: "none",
    meaning: "Where copies of the feeds are kept, for the next start",
    reader: text,
  }),
  budgetMillis: preset({
    name: "COUNTERSIGN_RISK_BUDGET_MS",
    default: String(RISK_OFF.budgetMillis),
    meaning: "Milliseconds a verdict may take; what is late counts as unknown",
    reader: whole(budgetBounds.least, budgetBounds.most),
  }),
  knownDomains: optional({
    name: "COUNTERSIGN_KNOWN_DOMAINS",
    default: "none",
    meaning: "Comma-separated domains that others must not look like",
    reader: watchedDomains,
  }),
  disclosure: preset({
    name: "COUNTERSIGN_DISCLOSURE",
    default: "on",
    meaning: "off, or a footer with {agent} and {operator}",
    reader: disclosure,
  }),
  leaseSeconds: preset({
    name: "COUNTERSIGN_LEASE_SECONDS",
    default: "30",
    meaning: "How long a dead process holds up what it was handing over",
    reader: whole(1, 3600),
  }),
  claimSeconds: preset({
    name: "COUNTERSIGN_CLAIM_SECONDS",
    default: String(defaultDispatcher.claimSeconds),
    meaning: "How often to look for what is due, or left behind by a dead process",
    reader: number(0.1, 3600),
  }),
  smtpConnections: preset({
    name: "COUNTERSIGN_SMTP_CONNECTIONS",
    default: String(defaultLimits.maxConnections),
    meaning: "Connections to the SMTP server",
    reader: whole(1, 100),
  }),
  dkimDomain,
  dkimSelectors,
  dkimKeys,
  logCheck: preset({
    name: "COUNTERSIGN_LOG_CHECK",
    default: "on",
    meaning: "off = do not replay the whole log at start",
    reader: onOff,
  }),
  checkpointFile: optional({
    name: "COUNTERSIGN_CHECKPOINT_FILE",
    default: "<database>.checkpoint",
    meaning:
      "Keeps the newest signed checkpoint where a restored backup does not reach it; PostgreSQL: beside the key file, if there is one",
    reader: text,
  }),
  logEntries: preset({
    name: "COUNTERSIGN_LOG_ENTRIES",
    default: "private",
    meaning: "public = anybody may read the log's leaves (ids, digests, decisions; no content)",
    reader: oneOf("private", "public"),
  }),
  witnesses: optional({
    name: "COUNTERSIGN_WITNESSES",
    default: "none",
    meaning:
      "Witnesses that cosign the log, comma-separated: URL, key, and private if its address is not public, with blanks between",
    reader: witnesses,
  }),
  apiKey: optional({
    name: "COUNTERSIGN_API_KEY",
    default: "none",
    meaning: "For the command line alone: the key of countersign export --url, unless --api-key gives one",
    reader: text,
  }),
};
