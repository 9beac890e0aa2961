/** A test run that fails must say so to whoever started it, with PostgreSQL loaded or not. */
import { spawnSync } from "node:child_process";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { assert, it } from "vitest";
import { eventually } from "../../support/time.ts";

const postgres = JSON.stringify(new URL("../../support/postgres.ts", import.meta.url).href);

/** Runs a program that has started a server of its own, as the process of the `globalSetup` has. */
const run = (rest: string) => {
  const { TEST_POSTGRES_URL: _, ...env } = process.env;
  const program = `
    const { startPostgres } = await import(${postgres});
    const server = await startPostgres();
    console.log(new URL(server.url).port);
    ${rest}`;
  const cwd = fileURLToPath(new URL("../..", import.meta.url));
  const ended = spawnSync(process.execPath, ["--input-type=module", "-e", program], { cwd, env, encoding: "utf8" });
  return { status: ended.status, port: Number(ended.stdout), errors: ended.stderr };
};

/** Whether somebody listens there; a server that is told to end takes a moment. */
const listens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });

it("a process that has used the test PostgreSQL keeps its exit status", () => {
  const { status, errors } = run("await server.freshDatabase(); await server.stop(); process.exitCode = 3;");
  assert.strictEqual(status, 3, errors);
  assert.strictEqual(errors, "");
}, 60_000);

it("a process that ends without stopping it leaves no server behind", async () => {
  const { status, port, errors } = run("process.exit(4);");
  assert.strictEqual(status, 4, errors);
  await eventually(
    () => listens(port),
    (listening) => !listening,
  );
}, 60_000);
