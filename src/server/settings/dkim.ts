/**
 * The three settings of DKIM. What cannot sign is refused when it is read: a server that starts with it would queue its mail for ever.
 */
import { createPrivateKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { Result } from "effect";
import { algorithmOf, MIN_RSA_BITS, selectorProblem } from "../../mail/Dkim.ts";
import type { DkimKey } from "../../contracts/settings.ts";
import { listOf } from "./readers.ts";
import { optional, preset, type Problems, type Reader, refused } from "./Setting.ts";
import { domain } from "./values.ts";

export interface KeyInFile extends Pick<DkimKey, "algorithm" | "privateKey"> {
  readonly file: string;
}

const forms = `RSA of ${MIN_RSA_BITS} bits or more, or Ed25519`;

const keyInFile: Reader<KeyInFile> = (file) => {
  let pem: Buffer;
  try {
    pem = readFileSync(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
    return refused(`${file} cannot be read (${code}). Name a PEM file that this process may read.`);
  }
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch {
    return refused(`${file} holds no private key in PEM that opens without a passphrase. Name one, ${forms}.`);
  }
  return Result.match(algorithmOf(privateKey), {
    onSuccess: (algorithm) => Result.succeed({ file, algorithm, privateKey }),
    onFailure: ({ message }) => refused(`${file}: ${message} Make one, ${forms}.`),
  });
};

export const dkimDomain = optional({
  name: "COUNTERSIGN_DKIM_DOMAIN",
  default: "none",
  meaning: "Sign with DKIM for this domain",
  reader: domain,
});

export const dkimSelectors = preset({
  name: "COUNTERSIGN_DKIM_SELECTOR",
  default: "countersign",
  meaning: "DKIM selector; for two keys: rsa-selector,ed25519-selector",
  reader: listOf({
    of: "selectors",
    item: (text): Result.Result<string, Problems> => {
      const problem = selectorProblem(text);
      return problem === null
        ? Result.succeed(text)
        : refused(`${JSON.stringify(text)}: ${problem.message} ${problem.hint}`);
    },
    identity: (selector) => selector.toLowerCase(),
  }),
});

export const dkimKeys = optional({
  name: "COUNTERSIGN_DKIM_KEY_FILE",
  default: "none",
  meaning: `Comma-separated PEM files: RSA of ${MIN_RSA_BITS} bits or more, Ed25519`,
  reader: listOf({ of: "PEM files", item: keyInFile, identity: ({ file }) => file }),
});

/** What does not fit together, as far as it could be read: `undefined` could not, `null` is not set. */
export const dkimContradictions = (
  domain: string | null | undefined,
  selectors: readonly string[] | undefined,
  keys: readonly KeyInFile[] | null | undefined,
  isSet: (name: string) => boolean,
): readonly string[] => {
  const given = [dkimDomain, dkimSelectors, dkimKeys].find(({ name }) => isSet(name));
  if (given === undefined) return [];
  const missing = [dkimDomain, dkimKeys].filter(({ name }) => !isSet(name));
  if (missing.length > 0)
    return missing.map(({ name }) => `${given.name} is set, but ${name} is not. Set both, or neither.`);
  if (domain === undefined || selectors === undefined || keys === undefined || keys === null) return [];
  return selectors.length === keys.length
    ? []
    : [
        `${dkimSelectors.name} must name one selector for each file of ${dkimKeys.name}: ` +
          `${keys.length} in the same order, not ${selectors.length}.`,
      ];
};

/** The keys, each with its selector. */
export const dkimKeysOf = (
  domain: string | null,
  selectors: readonly string[],
  keys: readonly KeyInFile[] | null,
): readonly DkimKey[] =>
  domain === null || keys === null
    ? []
    : keys.map(({ algorithm, privateKey }, i) => ({ domain, selector: selectors[i]!, algorithm, privateKey }));
