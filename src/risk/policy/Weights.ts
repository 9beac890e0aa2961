/**
 * Every finding our own sources can make: how much it weighs, which flag it raises, how long it may be believed.
 * @spec OV-96
 *
 * How the numbers were chosen, against the default hold threshold of 7000 (held when *over* it):
 * - a strong finding holds alone: every weight of a named danger is 7500 or more;
 * - not knowing never counts as clean (2000), and never holds by itself at the default threshold, not even when four
 *   sources are unknown at once (1 - 0.8^4 = 0.59); an operator who wants that has `isHeld`'s `holdUnknown`;
 * - what an honest and settled domain may show (`HABITS`) stays below 2500 altogether;
 * - between them stand traces that prove nothing alone and add up with others: a domain some weeks old, a hacked page;
 * - what cannot be parsed as a domain holds: a person should see what we cannot read.
 *
 * **Gotchas**
 * - The table of weights in `spec/scoring.md` is the same, and a test holds the two together.
 * - `keepFor` is in seconds: 24 h for an answer, 1 h for a negative answer, 5 min for a failure (see `CACHE_SECONDS`).
 */
import type { Flag } from "../RiskVerdict.ts";

/** How long an answer may be reused, in seconds. */
export const CACHE_SECONDS = { positive: 86_400, negative: 3_600, failure: 300 } as const;

/** The score over which a message waits for a person in every mode, unless policy sets another. */
export const DEFAULT_HOLD_THRESHOLD = 7_000;

export interface Weighing {
  /** Basis points. */
  readonly weight: number;
  readonly flag: Flag | null;
  /** Seconds. */
  readonly keepFor: number;
}

const { positive, negative, failure } = CACHE_SECONDS;
const clean: Weighing = { weight: 0, flag: null, keepFor: positive };

export const WEIGHTS = {
  // --- any source -------------------------------------------------------------------------------------------------
  /** The source failed, timed out or gave nonsense. Never clean. */
  source_failed: { weight: 2_000, flag: "unknown", keepFor: failure },

  // --- public suffix list -----------------------------------------------------------------------------------------
  registrable: clean,
  /** Under a suffix that a company rents out (github.io, web.app): cheap, but mostly honest. */
  private_suffix: { weight: 500, flag: null, keepFor: positive },
  /** The suffix is on no list: a private network, a reserved name, or a new TLD. */
  unlisted_suffix: { weight: 2_000, flag: "unknown", keepFor: positive },
  /** One label only, such as `localhost`. */
  single_label: { weight: 2_000, flag: "unknown", keepFor: positive },
  /** The address is directly at a public suffix, such as `co.uk`. */
  bare_suffix: { weight: 2_000, flag: "unknown", keepFor: positive },
  /** `user@[192.0.2.1]`: no name, so no reputation; in an agent's mail a sign of something else. */
  address_literal: { weight: 7_500, flag: "unknown", keepFor: positive },
  /** Not a domain by any reading (RFC 1034 § 3.5, UTS #46). */
  unreadable_domain: { weight: 7_500, flag: "unknown", keepFor: positive },

  // --- disposable list --------------------------------------------------------------------------------------------
  not_disposable: clean,
  disposable: { weight: 8_000, flag: "disposable", keepFor: positive },
  /** A relay in front of a person's lasting mailbox; listed or not, it is not a throwaway. Re-read hourly: it may expire. */
  privacy_relay: { weight: 0, flag: null, keepFor: negative },

  // --- lookalike --------------------------------------------------------------------------------------------------
  no_lookalike: clean,
  /** Reads the same: confusable letters or digits. */
  lookalike_confusable: { weight: 8_500, flag: "lookalike", keepFor: positive },
  /** One slip of the keyboard away. */
  lookalike_near: { weight: 7_500, flag: "lookalike", keepFor: positive },
  /** The same name under another suffix. */
  lookalike_suffix: { weight: 7_500, flag: "lookalike", keepFor: positive },
  /** A whole known domain as the left part of a foreign one: `acme.com.evil.net`. */
  lookalike_embedded: { weight: 8_500, flag: "lookalike", keepFor: positive },
  /** A known name with a word that lures, as one label: `paypal-login.com`. */
  lookalike_combined: { weight: 7_500, flag: "lookalike", keepFor: positive },
  /** One label mixes scripts that no language writes together (UTS #39 § 5). */
  mixed_script: { weight: 7_500, flag: "lookalike", keepFor: positive },
  /** A label in a foreign script made only of letters that read as Latin, under a Latin suffix. */
  whole_script_confusable: { weight: 7_500, flag: "lookalike", keepFor: positive },

  // --- mail exchange ----------------------------------------------------------------------------------------------
  mail_exchange: clean,
  /** No MX, but an address record: mail goes there (RFC 5321 § 5.1). Rare among domains that expect mail. */
  implicit_mail_exchange: { weight: 500, flag: null, keepFor: positive },
  /** The domain declares that it takes no mail (RFC 7505). */
  null_mail_exchange: { weight: 9_000, flag: "no_mail_exchange", keepFor: negative },
  /** The domain exists, with neither MX nor address. */
  no_mail_exchange: { weight: 9_000, flag: "no_mail_exchange", keepFor: negative },
  /** The domain does not exist. */
  no_such_domain: { weight: 9_000, flag: "no_mail_exchange", keepFor: negative },

  // --- mail policy ------------------------------------------------------------------------------------------------
  /** The domain declares who may send for it (SPF, RFC 7208). */
  sender_policy: clean,
  no_sender_policy: { weight: 100, flag: null, keepFor: positive },
  /** It, or the domain above it, declares what becomes of forgeries (DMARC). */
  dmarc_policy: clean,
  no_dmarc_policy: { weight: 100, flag: null, keepFor: positive },

  // --- registration -----------------------------------------------------------------------------------------------
  /** A year ago or more. */
  settled_registration: clean,
  /** 90 … 364 days ago. */
  young_registration: { weight: 500, flag: null, keepFor: positive },
  /** 30 … 89 days ago. */
  recently_registered: { weight: 2_500, flag: null, keepFor: positive },
  /** 7 … 29 days ago. */
  newly_registered: { weight: 7_500, flag: "newly_registered", keepFor: positive },
  /** Less than 7 days ago. */
  registered_this_week: { weight: 8_500, flag: "newly_registered", keepFor: positive },
  /** The registry publishes no date, or has no RDAP. Common for country suffixes, so no flag. */
  registration_undisclosed: { weight: 300, flag: null, keepFor: positive },
  /** The registry knows no such domain: not registered, or hidden. */
  registration_not_found: { weight: 2_000, flag: "unknown", keepFor: negative },
  /** A date before 1985 or in the future. */
  registration_implausible: { weight: 2_000, flag: "unknown", keepFor: negative },

  // --- threat feeds -----------------------------------------------------------------------------------------------
  not_threat_listed: { weight: 0, flag: null, keepFor: failure },
  threat_listed: { weight: 9_000, flag: "threat_listed", keepFor: negative },
  /** Some page or host of the domain is listed, not the domain: often a hacked site of an honest owner. */
  threat_on_domain: { weight: 3_000, flag: null, keepFor: negative },
  /** Listed, but shared by so many parties that the listing proves nothing about this one. */
  threat_on_shared_host: { weight: 0, flag: null, keepFor: negative },

  // --- DNS block lists --------------------------------------------------------------------------------------------
  not_block_listed: { weight: 0, flag: null, keepFor: negative },
  /** Phishing, malware, botnet control. */
  block_listed_threat: { weight: 9_000, flag: "threat_listed", keepFor: negative },
  /** Spam, or low reputation. */
  block_listed_spam: { weight: 7_500, flag: "threat_listed", keepFor: negative },
  /** A good domain that is being abused, or one that is only suspected. */
  block_listed_abused: { weight: 3_000, flag: null, keepFor: negative },
  /** Seen for the first time within a day. */
  newly_observed: { weight: 7_500, flag: "newly_registered", keepFor: negative },

  // --- history ----------------------------------------------------------------------------------------------------
  known_correspondent: { weight: 0, flag: null, keepFor: 0 },
  /** The tenant has never written to the domain or heard from it. */
  first_contact: { weight: 300, flag: null, keepFor: 0 },
  /** Mail to this recipient, or much of it to the domain, came back. */
  past_bounces: { weight: 1_500, flag: null, keepFor: 0 },
  /** Somebody there complained of mail from this tenant. */
  past_complaints: { weight: 5_000, flag: null, keepFor: 0 },
  /** Many times more mail to the domain than is usual. */
  sudden_volume: { weight: 2_500, flag: null, keepFor: 0 },
} as const satisfies Record<string, Weighing>;

export type SignalName = keyof typeof WEIGHTS;

/** What a domain may show that has nothing against it. Together below 2500. */
export const HABITS: readonly SignalName[] = [
  "private_suffix",
  "implicit_mail_exchange",
  "no_sender_policy",
  "no_dmarc_policy",
  "young_registration",
  "registration_undisclosed",
  "first_contact",
];

/** Findings that the answer is unknown, of any source that may fail. Four together stay below the hold threshold. */
export const NOT_KNOWING: readonly SignalName[] = [
  "source_failed",
  "unlisted_suffix",
  "single_label",
  "bare_suffix",
  "registration_not_found",
  "registration_implausible",
];
