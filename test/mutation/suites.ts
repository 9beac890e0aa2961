/** The folders under mutation test, with the tests that must kill their mutants. */

export interface Suite {
  readonly name: string;
  /** Globs of source files, from the top of the repository. */
  readonly mutate: readonly string[];
  /** Globs of test files. Those that test the tests (`bites`) are not among them: they would kill by accident. */
  readonly tests: readonly string[];
}

export const suites: readonly Suite[] = [
  {
    name: "machine",
    mutate: ["src/machine/*.ts"],
    tests: ["test/machine/{exhaustive,facts,properties,records,refusals,spec}.test.ts"],
  },
  {
    name: "risk",
    mutate: ["src/risk/policy/{score,Weights}.ts"],
    tests: ["test/risk/policy/{highest,score,Weights}.test.ts"],
  },
  {
    name: "bytes",
    mutate: ["src/bytes/*.ts"],
    tests: ["test/{bytes,identity,mail}/**/*.test.ts", "test/audit/{leaf/Leaf,verify/badInput}.test.ts"],
  },
  {
    name: "identity",
    mutate: ["src/identity/*.ts"],
    tests: ["test/identity/*.test.ts"],
  },
  {
    name: "mail",
    mutate: ["src/mail/**/*.ts"],
    tests: ["test/mail/**/*.test.ts"],
  },
];

/** Throws for a name that is none of them. */
export const suiteNamed = (name: string): Suite => {
  const suite = suites.find((one) => one.name === name);
  if (suite === undefined) throw new Error(`No folder ${name}; there are ${suites.map((one) => one.name).join(", ")}.`);
  return suite;
};
