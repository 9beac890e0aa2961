/** The service level as its users meet it: a server started by `countersign serve`, on each store, and the command line around it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { startReference, type ReferenceServer } from "../../../conformance/service/reference.ts";
import { startPostgres } from "../../support/postgres.ts";

const main = fileURLToPath(new URL("../../../conformance/service/main.ts", import.meta.url));

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

const run = async (...args: readonly string[]): Promise<Ended> => {
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const [status] = (await once(child, "close")) as [number | null];
  return { status, out, err };
};

const against = ({ base, admin, smtp }: ReferenceServer): readonly string[] =>
  `--url ${base} --admin-key ${admin} --smtp-listen ${smtp.host}:${smtp.port}`.split(" ");

const stores = [
  { name: "SQLite", open: async () => ({ database: undefined, close: async () => {} }) },
  {
    name: "PostgreSQL",
    open: async () => {
      const server = await startPostgres();
      return { database: await server.freshDatabase(), close: server.stop };
    },
  },
];

for (const store of stores) {
  describe(`a server on ${store.name}`, () => {
    let server: ReferenceServer;
    let close: () => Promise<void>;
    let folder: string;
    beforeAll(async () => {
      const opened = await store.open();
      close = opened.close;
      server = await startReference(opened.database === undefined ? {} : { database: opened.database });
      folder = mkdtempSync(join(tmpdir(), "countersign-report-"));
    });
    afterAll(async () => {
      await server?.stop();
      await close?.();
      rmSync(folder, { recursive: true, force: true });
    });

    it("conforms", { timeout: 600_000 }, async () => {
      const { status, out, err } = await run(...against(server), "--out", folder);
      assert.match(out, /^conforms to 0\.1\.0: yes\n/, `${out}\n${err}`);
      assert.strictEqual(status, 0, out);
      assert.match(err, /set SMTP_URL/);
      const report = JSON.parse(readFileSync(join(folder, "report.json"), "utf8"));
      assert.strictEqual(report.counts.fail + report.counts.unsupported, 0);
      assert.isAbove(report.counts.pass, 200);
      assert.match(readFileSync(join(folder, "report.md"), "utf8"), /\| OV-39 \| no-gated-bypass \|/);
      assert.match(readFileSync(join(folder, "junit.xml"), "utf8"), /<testsuite name="service"/);
    });

    it("a check that is listed as failing, and passes, fails the run", { timeout: 60_000 }, async () => {
      const list = join(folder, "list.xfail");
      writeFileSync(list, "service-modes-0013  # not true\n");
      const { out } = await run(...against(server), "--quiet", "--only", "service-modes-0013", "--xfail", list);
      assert.match(out, /xpass \*\*service-modes-0013\*\*/);
    });
  });
}

describe("what cannot be tested is status 2, and says why", () => {
  it("wrong arguments", { timeout: 120_000 }, async () => {
    for (const [args, words] of [
      [[], /--url is missing/],
      [["--url", "http://127.0.0.1:1"], /--admin-key is missing/],
      [["--url", "ftp://x", "--admin-key", "k"], /not an http URL/],
      [["--url", "http://127.0.0.1:1", "--admin-key", "k", "--smtp-listen", "25x"], /not host:port/],
      [["--url", "http://127.0.0.1:1", "--admin-key", "k", "--only", "service-none"], /no check service-none/],
      [["--url", "http://127.0.0.1:1", "--admin-key", "k", "--parallel", "0"], /--parallel/],
      [["--bogus"], /bogus/],
    ] as const) {
      const { status, err } = await run(...args);
      assert.strictEqual(status, 2, err);
      assert.match(err, words);
    }
  });

  it("nobody there, and somebody else there", { timeout: 180_000 }, async () => {
    const silent = createServer((socket) => {
      socket.on("error", () => {});
      socket.unref();
      socket.end("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi");
    }).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const smtp = (taken.address() as AddressInfo).port;
    for (const [url, listen, words] of [
      ["http://127.0.0.1:9", "127.0.0.1:0", /not host:port/],
      [`http://127.0.0.1:${port}`, `127.0.0.1:${smtp}`, /EADDRINUSE/],
    ] as const) {
      const { status, err } = await run("--url", url, "--admin-key", "k", "--smtp-listen", listen, "--quiet");
      assert.strictEqual(status, 2, err);
      assert.match(err, words);
    }
    await new Promise((done) => taken.close(done));
    for (const url of [`http://127.0.0.1:${port}`, "http://127.0.0.1:9"]) {
      const { status, out } = await run(
        "--url",
        url,
        "--admin-key",
        "k",
        "--smtp-listen",
        `127.0.0.1:${smtp}`,
        "--quiet",
      );
      assert.strictEqual(status, 2, out);
      assert.match(out, /cannot be tested/);
    }
    silent.close();
  });
});
