/** `countersign audit`: its verdicts, its exit statuses, and where it takes exports, receipts and keys from. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { formatReceipt } from "../../src/audit/tree/Receipt.ts";
import { inclusionProof } from "../../src/audit/tree/MerkleProof.ts";
import { formatVerifierKey } from "../../src/audit/tree/SignedNote.ts";
import { appendWithNodes, emptyFrontier, leafHash } from "../../src/audit/tree/Tree.ts";
import { jwkOf, publicKeyPem } from "../../src/identity/PublicKey.ts";
import { checkpointOver, exported, manifest } from "../support/logExport.ts";
import { logKeys, logSigners, noteSigner, operatorKey, origin } from "../support/logKeys.ts";
import { find, sampleLog } from "../support/sampleLog.ts";
import { countersign, countersignHere, environment, main, scratch } from "./run.ts";

const folder = scratch();
const { leaves } = sampleLog();
const approval = find(leaves, "approve", "m1");
const put = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const vkeys = logKeys.map(formatVerifierKey);

let whole: string;
let files: Record<"whole" | "cut" | "keys" | "pem" | "jwk" | "published" | "kept" | "older", string>;

beforeAll(async () => {
  const lines = await exported(leaves);
  whole = lines.join("");
  files = {
    whole: put("whole.jsonl", whole),
    cut: put("cut.jsonl", lines.toSpliced(approval + 1, 1).join("")),
    keys: put("log.vkey", `# the log's keys\n${vkeys.join("\n")}\n`),
    pem: put("operator.pem", publicKeyPem(operatorKey.key)),
    jwk: put("operator.jwk.json", JSON.stringify(jwkOf(operatorKey.key, "key_1"))),
    published: put("operator.json", JSON.stringify([{ kid: "key_1", public_key_pem: publicKeyPem(operatorKey.key) }])),
    kept: put("kept.txt", await checkpointOver(leaves.slice(0, 20))),
    older: put("older.jsonl", (await exported(leaves.slice(0, 9))).join("")),
  };
});

const verify = (...args: readonly string[]) => countersignHere(["audit", "verify", ...args]);
const keyed = (): readonly string[] => ["--key", vkeys[0]!, "--key", vkeys[1]!, "--operator-key", files.pem];

describe("audit with a server", () => {
  let server: Server;
  let url: string;
  const asked: string[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization ?? "-"}`);
      const answers: Record<string, string> = {
        "/v1/log/keys": JSON.stringify({ origin, keys: vkeys.map((vkey) => ({ vkey, algorithm: "any" })) }),
        "/.well-known/jwks.json": JSON.stringify({ keys: [jwkOf(operatorKey.key, "key_1")] }),
        ...(request.headers.authorization === "Bearer mm_live_auditor"
          ? { "/v1/audit-log/export?format=jsonl": whole }
          : {}),
      };
      const answer = answers[request.url ?? ""];
      response.writeHead(answer === undefined ? 401 : 200).end(answer ?? "{}");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it("keys: prints what --key and --operator-key read, and says that it is trust on first use", async () => {
    const log = await countersignHere(["audit", "keys", "--url", url]);
    assert.strictEqual(log.status, 0, log.stderr);
    assert.match(log.stdout, /^# The keys of the log .*trusted on first use/);
    assert.match(log.stdout, /without TLS/);
    assert.strictEqual(log.stderr, "");
    const operator = await countersignHere(["audit", "keys", "--url", url, "--operator"]);
    assert.match(operator.stderr, /^The operator's keys, as http.*trusted on first use/);
    const kept = [put("fetched.vkey", log.stdout), put("fetched.json", operator.stdout)] as const;
    const ended = await verify(files.whole, "--key", kept[0], "--operator-key", kept[1], "--complete");
    assert.strictEqual(ended.status, 0, ended.stdout + ended.stderr);
  });

  it("verify: fetches what is not given, and says what it trusts", async () => {
    const all = await verify("--url", url, "--api-key", "mm_live_auditor");
    assert.strictEqual(all.status, 0, all.stdout + all.stderr);
    assert.match(all.stderr, /^The keys of the log .* and the operator's keys, as .*trusted on first use/);
    for (const vkey of vkeys) assert.include(all.stderr, `\n  ${vkey}\n`);
    assert.notInclude(all.stdout, "not checked");

    const fileAlone = await verify(files.cut, "--url", url);
    assert.strictEqual(fileAlone.status, 1);
    asked.length = 0;
    const keysGiven = await verify("--url", url, "--api-key", "mm_live_auditor", ...keyed());
    assert.strictEqual(keysGiven.status, 0);
    assert.strictEqual(keysGiven.stderr, "");
    assert.deepEqual(asked, ["/v1/audit-log/export?format=jsonl Bearer mm_live_auditor"]);
  });

  it("verify: says what is missing, refused or not to be had", async () => {
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [[], 2, /file of an export, or --url/],
      [["--url", url], 2, /--api-key, or better COUNTERSIGN_API_KEY/],
      [["--url", url, "--api-key", "mm_live_other"], 1, /gives no export: it answered 401/],
      [["--url", "mail.example.com"], 2, /no http: or https: URL/],
      [["--url", "http://127.0.0.1:9"], 2, /cannot be reached/],
      [["--url", `${url}/nowhere/`, "--api-key", "mm_live_other"], 1, /401/],
    ];
    for (const [args, status, says] of cases) {
      const ended = await verify(...args);
      assert.strictEqual(ended.status, status, args.join(" ") + ended.stderr);
      assert.match(ended.stderr, says);
      assert.notMatch(ended.stderr, /\n\s+at |defect/);
    }
  });
});

describe("audit verify", () => {
  it("OV-62 verifier-decides-alone: 0 and what was checked, for a sound export", async () => {
    const ended = await verify(files.whole, ...keyed());
    assert.strictEqual(ended.status, 0, ended.stderr);
    assert.match(ended.stdout, /^verdict: sound\n/);
    assert.include(ended.stdout, `${leaves.length} entries: 3 approvals, 3 hand-overs`);
    assert.notInclude(ended.stdout, "not checked");
    assert.include(ended.stdout, manifest.source);
    assert.strictEqual(ended.stderr, "");
  });

  it("OV-64 log-continues: takes a kept checkpoint or an earlier export, and keys from files in every form", async () => {
    for (const operator of [files.pem, files.jwk, files.published]) {
      const ended = await verify(
        files.whole,
        "--key",
        files.keys,
        "--operator-key",
        operator,
        "--since",
        files.kept,
        "--since",
        files.older,
        "--json",
      );
      assert.strictEqual(ended.status, 0, ended.stdout + ended.stderr);
      assert.deepInclude(JSON.parse(ended.stdout), {
        status: "sound",
        continues: [files.kept, files.older],
        unchecked: [],
      });
    }
    const forked = await verify(
      put("other.jsonl", (await exported(sampleLog().leaves.slice(0, 25))).join("")),
      ...keyed(),
      "--since",
      files.whole,
    );
    assert.strictEqual(forked.status, 1);
    assert.match(forked.stdout, /rolled_back/);
  });

  it("OV-74 fault-is-named: 1, the entry and what was done to it", async () => {
    const ended = await verify(files.cut, ...keyed());
    assert.strictEqual(ended.status, 1);
    assert.match(ended.stdout, /^verdict: UNSOUND\n/);
    assert.include(ended.stdout, `entry ${approval} (line ${approval + 2}): missing`);
    const drifted = put("theorems.json", JSON.stringify({ ...manifest, source: `sha256:${"0".repeat(64)}` }));
    const references = await verify(files.whole, ...keyed(), "--proofs", drifted);
    assert.strictEqual(references.status, 1);
    assert.match(references.stdout, /proof_reference/);
  });

  it("OV-74 fault-is-named: with another log's key, that it may be the key, with the names of those that signed and of those given", async () => {
    const label = (vkey: string): string => vkey.split("+").slice(0, 2).join("+");
    for (const [name, kind, words] of [
      [origin, "checkpoint_unsigned", "None of the keys given has signed it, or they are not the keys of this log"],
      ["other.example/log", "wrong_log", `None of the keys given is of this log: it is ${origin}`],
    ] as const) {
      const other = formatVerifierKey(noteSigner(name, 1).key);
      const ended = await verify(files.whole, "--key", other);
      assert.strictEqual(ended.status, 1);
      assert.include(ended.stdout, `${kind}: the last checkpoint: ${words}`);
      assert.include(ended.stdout, `signed by ${vkeys.map(label).join(", ")}; given: ${label(other)}.`);
    }
  });

  it("OV-73 unchecked-is-said: and 2 where completeness was asked for", async () => {
    const some = put("some.jsonl", (await exported(leaves, { tenant: "t1", lines: "matching" })).join(""));
    const said = await verify(some, ...keyed());
    assert.strictEqual(said.status, 0);
    assert.match(said.stdout, /not checked:\n {2}Whether entries that match were left out/);
    assert.strictEqual((await verify(some, ...keyed(), "--complete")).status, 2);
    assert.strictEqual((await verify(files.whole, ...keyed(), "--complete")).status, 0);
  });

  it("OV-72 bad-input-is-told: 2, in words, for what is no export, no key, no file", async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [[put("empty.jsonl", ""), ...keyed()], /it is empty/],
      [
        [
          put(
            "binary.jsonl",
            Uint8Array.from({ length: 999 }, (_, i) => i % 256),
          ),
          ...keyed(),
        ],
        /not JSON|UTF-8|NUL/,
      ],
      [[put("next.jsonl", whole.replace('"v":1', '"v":9')), ...keyed()], /version/],
      [[put("crlf.jsonl", whole.replaceAll("\n", "\r\n")), ...keyed()], /CRLF/],
      [[join(folder, "absent.jsonl"), ...keyed()], /ENOENT/],
      [[folder, ...keyed()], /EISDIR/],
      [[files.whole], /--key/],
      [[files.whole, "--key", "a+b+c"], /no verifier key/],
      [[files.whole, "--key", files.whole], /verifier key/],
      [[files.whole, "--key", put("nokeys.vkey", "# none yet\n\n")], /nokeys\.vkey holds no log key/],
      [[files.whole, ...keyed(), "--operator-key", files.keys], /no P-256 public key/],
      [[files.whole, ...keyed(), "--since", files.keys], /cannot be believed|cannot be read/],
      [[files.whole, ...keyed(), "--since", put("brace.json", "{}")], /neither a checkpoint nor an export/],
      [[files.whole, ...keyed(), "--proofs", files.keys], /theorems/],
    ];
    for (const [args, words] of cases) {
      const ended = await verify(...args);
      assert.strictEqual(ended.status, 2, `${args.join(" ")}\n${ended.stdout}${ended.stderr}`);
      assert.match(ended.stdout + ended.stderr, words);
      assert.notMatch(ended.stdout + ended.stderr, /\n\s+at |defect/);
    }
  });

  it("OV-171 ends-of-files-vary: takes a file without its last newline, or with an empty line behind it", async () => {
    for (const [name, text] of [
      ["no-newline.jsonl", whole.slice(0, -1)],
      ["empty-line.jsonl", `${whole}\n`],
    ] as const) {
      const ended = await verify(put(name, text), ...keyed());
      assert.strictEqual(ended.status, 0, ended.stdout + ended.stderr);
    }
    const broken = await verify(put("broken.jsonl", whole.slice(0, -40)), ...keyed());
    assert.strictEqual(broken.status, 1);
    assert.match(broken.stdout, /breaks off in the middle of a line/);
  });

  it("ends without a word, as by SIGPIPE, where its output is not read", async () => {
    const child = spawn(process.execPath, [main, "audit", "verify", files.whole, ...keyed(), "--json"], {
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.destroy();
    let words = "";
    child.stderr.on("data", (chunk: Buffer) => (words += chunk.toString()));
    const [status] = (await once(child, "close")) as [number | null];
    assert.deepEqual([status, words], [141, ""]);
  });

  it("OV-62 verifier-decides-alone: reads standard input, shows progress when asked, ends with the verdict's status", async () => {
    const piped = await countersign(["audit", "verify", "-", ...keyed(), "--progress"], { input: whole });
    assert.strictEqual(piped.status, 0, piped.stderr);
    assert.match(piped.stdout, /^verdict: sound/);
    const unsound = await countersign(["audit", "verify", files.cut, ...keyed(), "--json"]);
    assert.strictEqual(unsound.status, 1);
    assert.strictEqual(JSON.parse(unsound.stdout).faults[0].kind, "missing");
    assert.strictEqual(unsound.stderr, "");
  });
});

describe("audit receipt", () => {
  const receipt = async (index: number, withLeaf: boolean): Promise<string> => {
    const bytes = leaves.map((leaf) => new TextEncoder().encode(leaf));
    const at = new Map(
      appendWithNodes(emptyFrontier, bytes.map(leafHash)).nodes.map((node) => [
        `${node.level} ${node.index}`,
        node.hash,
      ]),
    );
    const path = inclusionProof(index, leaves.length, (level, i) => at.get(`${level} ${i}`)!);
    return formatReceipt({
      extra: withLeaf ? bytes[index]! : null,
      index,
      path,
      checkpoint: await checkpointOver(leaves, logSigners),
    });
  };
  const check = (...args: readonly string[]) => countersignHere(["audit", "receipt", ...args]);

  it("OV-65 receipt-stands-alone: 0 and what was decided; 1 for another; 2 for what is none", async () => {
    const file = put("one.tlog-proof", await receipt(approval, true));
    const good = await check(file, "--key", files.keys);
    assert.strictEqual(good.status, 0, good.stderr);
    assert.include(good.stdout, `entry ${approval} is in ${origin}, of ${leaves.length} entries`);
    assert.match(good.stdout, /what {6}approve, accepted\nwho {7}.*"ann"/);
    const json = JSON.parse((await check(file, "--key", files.keys, "--json")).stdout);
    assert.deepInclude(json, { status: "sound", index: approval });
    const bare = put("bare.tlog-proof", await receipt(approval, false));
    assert.strictEqual((await check(bare, "--key", files.keys)).status, 2);
    const leaf = put("leaf.json", `${leaves[approval]!}\n`);
    assert.strictEqual((await check(bare, "--key", files.keys, "--leaf", leaf)).status, 0);
    const other = put("other.json", leaves[approval + 1]!);
    assert.strictEqual((await check(bare, "--key", files.keys, "--leaf", other)).status, 1);
    const moved = put("moved.tlog-proof", (await receipt(approval, true)).replace(`index ${approval}`, "index 2"));
    assert.strictEqual((await check(moved, "--key", files.keys)).status, 1);
    const stranger = formatVerifierKey(noteSigner(origin, 1).key);
    assert.strictEqual((await check(file, "--key", stranger)).status, 1);
    for (const spoilt of ["", "x", whole, "c2sp.org/tlog-proof@v1\n"]) {
      const ended = await check(put("spoilt.tlog-proof", spoilt), "--key", files.keys);
      assert.strictEqual(ended.status, 2, ended.stderr);
      assert.notMatch(ended.stderr, /\n\s+at |defect/);
    }
    assert.strictEqual((await check(file)).status, 2);
  });
});
