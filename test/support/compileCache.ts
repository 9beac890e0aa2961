import { fileURLToPath } from "node:url";

/** Where Node keeps what it compiled, for the workers, threads and servers of later runs: they start in about half the time. */
export const compileCache = fileURLToPath(new URL("../../node_modules/.cache/countersign-tests", import.meta.url));
