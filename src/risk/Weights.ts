/**
 * Every finding our own sources can make: how much it weighs, which flag it raises, how long it may be believed.
 *
 * How the numbers were chosen, against the default hold threshold of 7000 (held when *over* it):
 * - a strong finding holds alone: every weight of a named danger is 7500 or more;
 * - not knowing never counts as clean (2000), and never holds by itself at the default threshold, not even when four
 *   sources are unknown at once (1 - 0.8^4 = 0.59); an operator who wants that has `isHeld`'s `holdUnknown`;
 * - a domain with nothing against it scores 0 … 1200: the small weights are habits of throwaway infrastructure, and all
 *   of them together stay below 1200;
 * - what cannot be parsed as a domain holds: a person should see what we cannot read.
 *
 * **Gotchas**
 * - `keepFor` is in seconds: 24 h for an answer, 1 h for a negative answer, 5 min for a failure (see `CACHE_SECONDS`).
 */
import type { Flag } from "./Verdict.ts";

/** How long an answer may be reused, in seconds. */
export const CACHE_SECONDS = { positive: 86_400, negative: 3_600, failure: 300 } as const;

/** The score over which a message waits for a person in every mode, unless policy says otherwise. */
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
  /** One label mixes scripts that no language writes together (UTS #39 § 5). */
  mixed_script: { weight: 7_500, flag: "lookalike", keepFor: positive },
  /** A label in a foreign script made only of letters that read as Latin, under a Latin suffix. */
  whole_script_confusable: { weight: 7_500, flag: "lookalike", keepFor: positive },

  // --- mail exchange ----------------------------------------------------------------------------------------------
  mail_exchange: clean,
  /** No MX, but an address record: mail goes there (RFC 5321 § 5.1). Rare among domains that expect mail. */
  implicit_mail_exchange: { weight: 500, flag: null, keepFor: positive },
  /** The domain says that it takes no mail (RFC 7505). */
  null_mail_exchange: { weight: 9_000, flag: "no_mail_exchange", keepFor: negative },
  /** The domain exists, with neither MX nor address. */
  no_mail_exchange: { weight: 9_000, flag: "no_mail_exchange", keepFor: negative },
  /** The domain does not exist. */
  no_such_domain: { weight: 9_000, flag: "no_mail_exchange", keepFor: negative },
} as const satisfies Record<string, Weighing>;

export type SignalName = keyof typeof WEIGHTS;
