/**
 * Does this domain imitate one that the operator owns or knows, or is it written to deceive by itself? Needs no network
 * and cannot fail.
 *
 * **Gotchas**
 * - The signal's `note` names the domain that is imitated, which may be a known correspondent of another mailbox of the
 *   same tenant.
 */
import { Effect } from "effect";
import type { DomainUnderReview } from "../ReadDomain.ts";
import { finding, type Finding, type RiskSource } from "../RiskSource.ts";
import { isMixedScript, readsAsLatin, SKELETON_VERSION } from "../lookalike/skeleton.ts";

const evidence = { source: "lookalike", version: SKELETON_VERSION };

/** Suffixes whose readers expect such letters, so that a label made only of them is ordinary. */
const AT_HOME: ReadonlySet<string> = new Set([
  "ru",
  "su",
  "ua",
  "by",
  "bg",
  "kz",
  "kg",
  "mn",
  "mk",
  "rs",
  "gr",
  "cy",
  "am",
]);

const assess = (domain: DomainUnderReview): readonly Finding[] => {
  if (domain.registrable === null || domain.label === null || domain.suffix === null) return [];
  if (domain.watched.isOwn(domain.registrable)) return [finding("no_lookalike", evidence)];

  const found: Finding[] = [];
  const resemblance = domain.watched.resembles(domain);
  if (resemblance !== null) {
    const note = `resembles ${resemblance.of}${resemblance.isBrand === true ? " (brand)" : ""}`;
    found.push(finding(`lookalike_${resemblance.how}`, { ...evidence, note }));
  }
  const mixed = domain.unicode.split(".").find(isMixedScript);
  if (mixed !== undefined) found.push(finding("mixed_script", { ...evidence, note: `${mixed} mixes scripts` }));
  else if (readsAsForeignLatin(domain.label, domain.suffix)) {
    found.push(finding("whole_script_confusable", { ...evidence, note: `${domain.label} reads as Latin` }));
  }
  return found.length === 0 ? [finding("no_lookalike", evidence)] : found;
};

/** No letter is Latin, all read as Latin, and the suffix does not explain it. `łódź.pl` has Latin letters: ordinary. */
const readsAsForeignLatin = (label: string, suffix: string): boolean =>
  readsAsLatin(label) &&
  !/\p{Script=Latin}/u.test(label) &&
  !suffix.split(".").some((part) => part.startsWith("xn--") || AT_HOME.has(part));

export const lookalike: RiskSource = {
  name: evidence.source,
  assess: (domain) => Effect.sync(() => assess(domain)),
};
