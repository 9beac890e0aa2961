/**
 * The vectors as they lie in `vectors/`: read, checked against their closed schema, and made into requests.
 *
 * **Gotchas**: Wycheproof's files are kept as they were published, in `vectors/wycheproof/`; their tests get ids here
 * (`wycheproof-der-12`) and the consequences their authors wrote.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { problems, type Schema } from "./schema.ts";
import type { Level, Note } from "./report.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** What the client must answer: a value, or an error class. */
export type Expectation = { readonly ok: Json } | { readonly error: string };

export interface Test {
  readonly id: string;
  readonly comment: string;
  readonly requirements: readonly string[];
  readonly flags: readonly string[];
  readonly features: readonly string[];
  readonly input: JsonObject;
  readonly result: "valid" | "invalid";
  readonly expect: Expectation;
}

export interface Group {
  readonly level: Level;
  readonly op: string;
  readonly given: JsonObject;
  readonly tests: readonly Test[];
}

export interface Suite {
  readonly $schema: string;
  readonly suite: string;
  readonly spec: string;
  readonly description: string;
  readonly notes: Readonly<Record<string, Note>>;
  readonly groups: readonly Group[];
}

/** One test with what its group and suite say. */
export interface Vector extends Test {
  readonly level: Level;
  readonly op: string;
  readonly given: JsonObject;
}

export interface VectorSet {
  readonly spec: string;
  readonly vectors: readonly Vector[];
  readonly notes: Readonly<Record<string, Note>>;
}

/** The folder `conformance/`: two up from `conformance/runner`, three from the built `dist/conformance/runner`. */
export const home: URL = (() => {
  const near = new URL("../", import.meta.url);
  return existsSync(new URL("vectors/", near)) ? near : new URL("../../../conformance/", import.meta.url);
})();

const json = (file: URL): unknown => JSON.parse(readFileSync(file, "utf8"));
const schema = (name: string): Schema => json(new URL(`schema/${name}.schema.json`, home)) as Schema;

/** Thrown for a vector set that cannot be used: the suite's fault, never the client's. */
export class UnusableVectors extends Error {}

/** One suite, as a text, read and checked. `name` is for the message. */
export const readSuite = (text: string, name: string): Suite => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UnusableVectors(`${name} is not JSON: ${(cause as Error).message}`);
  }
  const wrong = problems(schema("vectors"), value);
  if (wrong.length > 0) throw new UnusableVectors(`${name} is not a vector file: ${wrong.slice(0, 3).join("; ")}`);
  return value as Suite;
};

const flatten = (suites: readonly Suite[]): VectorSet => {
  const vectors = suites.flatMap(({ groups }) =>
    groups.flatMap(({ tests, level, op, given }) => tests.map((test) => ({ ...test, level, op, given }))),
  );
  const seen = new Set<string>();
  for (const { id } of vectors) {
    if (seen.has(id)) throw new UnusableVectors(`two vectors are called ${id}`);
    seen.add(id);
  }
  const notes: Record<string, Note> = {};
  for (const suite of suites) Object.assign(notes, suite.notes);
  for (const { id, flags } of vectors) {
    const unknown = flags.find((flag) => notes[flag] === undefined);
    if (unknown !== undefined) throw new UnusableVectors(`${id} has the flag ${unknown}, which no note explains`);
  }
  const spec = suites[0]?.spec ?? "";
  if (suites.some((suite) => suite.spec !== spec))
    throw new UnusableVectors("the suites are of different specifications");
  return { spec, vectors, notes };
};

interface Wycheproof {
  readonly notes: Readonly<
    Record<string, { readonly bugType: string; readonly description?: string; readonly effect?: string }>
  >;
  readonly testGroups: readonly {
    readonly publicKeyPem: string;
    readonly tests: readonly {
      readonly tcId: number;
      readonly comment: string;
      readonly flags: readonly string[];
      readonly msg: string;
      readonly sig: string;
      readonly result: "valid" | "invalid";
    }[];
  }[];
}

const base64 = (hex: string): string => Buffer.from(hex, "hex").toString("base64");

/** A file of Wycheproof as a suite of `verify_signature`. */
const wycheproof = (file: URL, format: "der" | "p1363", spec: string, requirement: string): Suite => {
  const { notes, testGroups } = json(file) as Wycheproof;
  return {
    $schema: "",
    suite: `wycheproof-${format}`,
    spec,
    description: "",
    notes: Object.fromEntries(
      Object.entries(notes).map(([name, { bugType, description, effect }]) => [
        `Wycheproof${name}`,
        { kind: bugType, description: description ?? name, effect: effect ?? description ?? bugType },
      ]),
    ),
    groups: testGroups.map(({ publicKeyPem, tests }) => ({
      level: "verifier",
      op: "verify_signature",
      given: { public_key_pem: publicKeyPem, format },
      tests: tests.map(({ tcId, comment, flags, msg, sig, result }) => ({
        id: `wycheproof-${format}-${tcId}`,
        comment: comment === "" ? `published test ${tcId}` : comment,
        requirements: [requirement],
        flags: flags.map((flag) => `Wycheproof${flag}`),
        features: [],
        input: { message: base64(msg), signature: base64(sig) },
        result,
        expect: { ok: { valid: result === "valid" } },
      })),
    })),
  };
};

/** The suites in `folder` (default: `conformance/vectors/`) in the order of their names, Wycheproof's last. Throws {@link UnusableVectors}. */
export const readSuites = (folder: URL = new URL("vectors/", home)): readonly Suite[] => {
  const suites = readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => readSuite(readFileSync(new URL(name, folder), "utf8"), name));
  const spec = suites[0]?.spec ?? "";
  const published = new URL("wycheproof/", folder);
  if (!existsSync(published)) return suites;
  return [
    ...suites,
    wycheproof(new URL("ecdsa_secp256r1_sha256_test.json", published), "der", spec, "OV-44"),
    wycheproof(new URL("ecdsa_secp256r1_sha256_p1363_test.json", published), "p1363", spec, "OV-46"),
  ];
};

/** All vectors. Throws {@link UnusableVectors}. */
export const readVectors = (folder?: URL): VectorSet => flatten(readSuites(folder));

/** JSON with sorted keys: the same vector has one text. */
export const sorted = (value: Json): string =>
  Array.isArray(value)
    ? `[${value.map(sorted).join(",")}]`
    : typeof value === "object" && value !== null
      ? `{${Object.keys(value)
          .sort()
          .map((key) => `${JSON.stringify(key)}:${sorted((value as JsonObject)[key]!)}`)
          .join(",")}}`
      : JSON.stringify(value);

/** The name of everything about a vector that decides whether a client passes it: not its comment, flags or requirements. */
export const fingerprint = ({ id, level, op, given, input, features, result, expect }: Vector): string =>
  createHash("sha256")
    .update(sorted({ id, level, op, given, input, features, result, expect } as unknown as Json))
    .digest("hex");

/** `releases/<version>.json`: the vectors that count for a version of the specification. */
export interface Release {
  readonly release: string;
  readonly description: string;
  /** Fingerprints by id. */
  readonly vectors: Readonly<Record<string, string>>;
}

/** The frozen release of a version, or `null` while there is none (then every vector counts). */
export const readRelease = (spec: string, folder: URL = new URL("releases/", home)): Release | null => {
  const file = new URL(`${spec}.json`, folder);
  if (!existsSync(file)) return null;
  const value = json(file);
  const wrong = problems(schema("release"), value);
  if (wrong.length > 0) throw new UnusableVectors(`releases/${spec}.json: ${wrong.slice(0, 3).join("; ")}`);
  return value as Release;
};

/** Why the vectors are not those that were released, or nothing. Later additions are no problem. */
export const drift = (release: Release, vectors: readonly Vector[]): readonly string[] => {
  const present = new Map(vectors.map((vector) => [vector.id, vector]));
  return Object.entries(release.vectors).flatMap(([id, hash]) => {
    const vector = present.get(id);
    if (vector === undefined) return [`${id} was released with ${release.release} and is gone`];
    return fingerprint(vector) === hash ? [] : [`${id} is not what was released with ${release.release}`];
  });
};
