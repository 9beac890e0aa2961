import { defineConfig } from "vitest/config";

/** `fast`: everything without a process of its own, for `npm run check`. `slow`: real stores, servers, kills. */
const slow = [
  "test/store/**",
  "test/e2e/**",
  "test/log/**",
  "test/cli/**",
  "test/readme/**",
  "test/proofs/**",
  "test/conformance/**",
];

export default defineConfig({
  test: {
    projects: [
      { test: { name: "fast", include: ["test/**/*.test.ts"], exclude: slow, testTimeout: 30_000 } },
      {
        test: {
          name: "slow",
          include: slow.map((folder) => `${folder}/*.test.ts`),
          globalSetup: ["test/support/postgres.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxConcurrency: 4,
          maxWorkers: 2,
        },
      },
    ],
  },
});
