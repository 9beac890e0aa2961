/**
 * Signals in words for people: one plain sentence each, with the domain in Unicode beside its ASCII form where they
 * differ. For reviewers' pages, answers over REST, and the command line.
 *
 * - `explain` names what was found and, where it is old, how sure that is; weights and scores are left to the number.
 * - Characters that change how a line is shown (controls, direction marks, invisible ones) are made visible as U+FFFD.
 *
 * **Gotchas**
 * - The sentences are for reading, not for parsing: their words may change in any release. Names and flags do not.
 * @spec OV-113
 */
import { readDomain } from "./ReadDomain.ts";
import type { DomainSignal } from "./RiskVerdict.ts";
import type { SignalName } from "./policy/Weights.ts";

/** Nothing that hides, reverses or breaks a line. */
const visible = (text: string): string => text.replace(/[\p{C}\p{Z}]/gu, (one) => (one === " " ? one : "\ufffd"));

/** `münchen.de (xn--mnchen-3ya.de)`, or the domain alone where there is but one form. */
export const showDomain = (domain: string): string => {
  const { host, unicode } = readDomain(domain);
  return visible(unicode === host ? host : `${unicode} (${host})`);
};

type Sentence = (domain: string, note: string | undefined) => string;

const withNote =
  (sentence: (domain: string) => string): Sentence =>
  (domain, note) =>
    note === undefined ? `${sentence(domain)}.` : `${sentence(domain)}: ${note}.`;
const plain =
  (sentence: (domain: string) => string): Sentence =>
  (domain) =>
    `${sentence(domain)}.`;

/** `resembles paypal.com`, with both forms of what is resembled. */
const imitated = (note: string | undefined): string =>
  showDomain((note ?? "").replace(/^resembles /, "").split(" ")[0] ?? "");
const brand = (note: string | undefined): string => (/ \((brand)\)$/.test(note ?? "") ? " (a known brand)" : "");

const SENTENCES: Readonly<Record<SignalName, Sentence>> = {
  source_failed: (domain) => `${domain} could not be checked.`,

  registrable: plain((domain) => `${domain} is an ordinary domain name`),
  private_suffix: plain((domain) => `${domain} is rented from a hosting company, not registered`),
  unlisted_suffix: plain((domain) => `${domain} ends in a suffix that no public list knows`),
  single_label: plain((domain) => `${domain} is a single word, not a domain on the Internet`),
  bare_suffix: plain((domain) => `${domain} is a public suffix under which others register, not a domain of somebody`),
  address_literal: plain((domain) => `${domain} is a bare network address instead of a domain name`),
  unreadable_domain: plain((domain) => `${domain} cannot be read as a domain name`),

  not_disposable: plain((domain) => `${domain} is on no list of throwaway mail services`),
  disposable: withNote((domain) => `${domain} is a throwaway mail service`),
  privacy_relay: withNote((domain) => `${domain} is not counted as a throwaway mail service`),

  no_lookalike: plain((domain) => `${domain} imitates no domain that you own or know`),
  lookalike_confusable: (domain, note) =>
    `${domain} reads like ${imitated(note)}${brand(note)}, but is another domain.`,
  lookalike_near: (domain, note) => `${domain} differs from ${imitated(note)}${brand(note)} by one letter.`,
  lookalike_suffix: (domain, note) => `${domain} has the name of ${imitated(note)}${brand(note)} under another suffix.`,
  lookalike_embedded: (domain, note) =>
    `${domain} has ${imitated(note)}${brand(note)} in its name, but belongs to somebody else.`,
  lookalike_combined: (domain, note) =>
    `${domain} joins the name of ${imitated(note)}${brand(note)} with another word, as forgers do.`,
  mixed_script: withNote((domain) => `${domain} mixes letters of different scripts in one word`),
  whole_script_confusable: withNote((domain) => `${domain} is written in foreign letters that read as Latin ones`),

  mail_exchange: plain((domain) => `${domain} receives mail`),
  implicit_mail_exchange: plain((domain) => `${domain} names no mail server; mail goes to its web address`),
  null_mail_exchange: plain((domain) => `${domain} says that it takes no mail`),
  no_mail_exchange: plain((domain) => `${domain} exists, but has nowhere for mail to go`),
  no_such_domain: plain((domain) => `${domain} does not exist`),

  sender_policy: plain((domain) => `${domain} says who may send mail for it (SPF)`),
  no_sender_policy: plain((domain) => `${domain} does not say who may send mail for it (SPF)`),
  dmarc_policy: plain((domain) => `${domain} says what becomes of forged mail (DMARC)`),
  no_dmarc_policy: plain((domain) => `${domain} does not say what becomes of forged mail (DMARC)`),

  settled_registration: withNote((domain) => `${domain} has existed for a year or more`),
  young_registration: withNote((domain) => `${domain} is some months old`),
  recently_registered: withNote((domain) => `${domain} is some weeks old`),
  newly_registered: withNote((domain) => `${domain} is less than 30 days old`),
  registered_this_week: withNote((domain) => `${domain} is less than a week old`),
  registration_undisclosed: withNote((domain) => `When ${domain} was registered is not public`),
  registration_not_found: withNote((domain) => `When ${domain} was registered could not be found out`),
  registration_implausible: withNote((domain) => `${domain} has no believable registration date`),

  not_threat_listed: plain((domain) => `${domain} is not on this list of dangerous sites`),
  threat_listed: withNote((domain) => `${domain} is on a list of dangerous sites`),
  threat_on_domain: withNote(
    (domain) => `A page at ${domain} is on a list of dangerous sites, perhaps because it was hacked`,
  ),
  threat_on_shared_host: withNote(
    (domain) => `A page at ${domain} is on a list of dangerous sites, which says nothing about its other users`,
  ),

  not_block_listed: plain((domain) => `${domain} is not on this block list`),
  block_listed_threat: withNote((domain) => `${domain} is on a block list as dangerous`),
  block_listed_spam: withNote((domain) => `${domain} is on a block list for spam`),
  block_listed_abused: withNote(
    (domain) => `${domain} is on a block list as a good or unproven domain that is being abused`,
  ),
  newly_observed: withNote((domain) => `${domain} was never seen before today`),

  known_correspondent: withNote((domain) => `You have written with ${domain} before`),
  first_contact: plain((domain) => `Nobody here has written with ${domain} before`),
  past_bounces: withNote((domain) => `Mail to ${domain} came back`),
  past_complaints: withNote((domain) => `People at ${domain} complained of your mail`),
  sudden_volume: withNote((domain) => `Far more mail than usual is going to ${domain}`),
};

const isOurs = (name: string): name is SignalName => Object.hasOwn(SENTENCES, name);

/** One signal in one sentence, and what to think of its evidence. Total: names of other sources are read out. */
export const explain = (signal: DomainSignal): string => {
  const domain = showDomain(signal.domain);
  const note = signal.note === undefined ? undefined : visible(signal.note);
  const sentence = isOurs(signal.name)
    ? SENTENCES[signal.name](domain, note)
    : `${domain}: ${visible(signal.name.replaceAll("_", " "))}${note === undefined ? "" : ` (${note})`}.`;
  const source = visible(signal.source);
  if (signal.error !== undefined) return `${sentence.slice(0, -1)} by ${source} (${visible(signal.error)}).`;
  return signal.stale ? `${sentence} This rests on old data of ${source}.` : sentence;
};
