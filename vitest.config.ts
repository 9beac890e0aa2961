import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { compileCache } from "./test/support/compileCache.ts";

// Workers inherit it, and so do their threads.
process.env["NODE_COMPILE_CACHE"] = compileCache;

/**
 * `fast`: everything without a server of its own, for `npm run check`. `slow`: real stores, servers, kills; what is tested on both stores
 * is there once more, with PostgreSQL.
 */
const slow = ["store", "e2e", "log", "cli", "readme", "proofs", "conformance"].map(
  (room) => `test/${room}/**/*.test.ts`,
);
const onBothStores = ["test/server/CorrespondenceHistory.test.ts", "test/oversight/judgement/Judgement.test.ts"];

/** They load modules again under other globals, which Node's own loader does not do. */
const reloading = ["test/bytes/encodeFields.test.ts", "test/bytes/octets.test.ts", "test/mail/Digest.test.ts"];

/** That of a thousand random logs is longer than any other file; started last, it would run alone. Vitest knows that from its second run on. */
const longest = "test/audit/verify/verifyExport.test.ts";

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLongest = ({ moduleId }: TestSpecification) => moduleId.endsWith(longest);
    const sorted = await super.sort(files);
    return [...sorted.filter(isLongest), ...sorted.filter((file) => !isLongest(file))];
  }
}

export default defineConfig({
  test: {
    maxWorkers: "100%",
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "fast",
          include: ["test/**/*.test.ts"],
          exclude: [...slow, ...reloading],
          env: { TEST_STORES: "SQLite" },
          testTimeout: 30_000,
          // Node itself loads the modules, as in production, and once for all files of a worker.
          isolate: false,
          experimental: { viteModuleRunner: false, nodeLoader: false },
        },
      },
      { test: { name: "fast, reloading", include: reloading } },
      {
        test: {
          name: "slow",
          include: [...slow, ...onBothStores],
          globalSetup: ["test/support/postgres.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxConcurrency: 4,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
