/** The log as anyone may follow it: keys, checkpoint, tiles; a receipt for an entry; the theorems. */
import { Effect, Result } from "effect";
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { openCheckpoint } from "../../src/audit/tree/Checkpoint.ts";
import {
  consistencyProof,
  inclusionProof,
  verifyConsistency,
  verifyInclusion,
} from "../../src/audit/tree/MerkleProof.ts";
import { parseReceipt, verifyReceipt } from "../../src/audit/tree/Receipt.ts";
import { parseVerifierKey, type NoteKey } from "../../src/audit/tree/SignedNote.ts";
import { parseEntryBundle, tilePath, tilesOf } from "../../src/audit/tree/Tiles.ts";
import { append, emptyFrontier, leafHash, nodeHash, rootOf } from "../../src/audit/tree/Tree.ts";
import { operator } from "../support/credentials.ts";
import { furnish } from "../support/people.ts";
import { isError, startRest, type RestServer } from "../support/rest.ts";
import { operatorKey } from "../support/credentials.ts";
import { eventually } from "../support/time.ts";

let served: RestServer;
let keys: Awaited<ReturnType<typeof furnish>>;
let noteKeys: readonly NoteKey[];

const bytes = async (path: string, key: string | null = null) => {
  const response = await fetch(`${served.url}/v1/log/${path}`, {
    headers: key === null ? {} : { authorization: `Bearer ${key}` },
  });
  return { status: response.status, headers: response.headers, body: new Uint8Array(await response.arrayBuffer()) };
};

const checkpoint = async () => {
  const note = await served.call("GET", "/v1/log/checkpoint", { key: null });
  assert.strictEqual(note.status, 200, note.text);
  return { headers: note.headers, ...Result.getOrThrow(await openCheckpoint(note.text, noteKeys)).checkpoint };
};

/** Waits until what there is now is signed. */
const signed = async () => {
  const { size } = await Effect.runPromise(served.oversight.head);
  return eventually(checkpoint, (now) => now.size >= size);
};

beforeAll(async () => {
  served = await startRest();
  keys = await furnish(served);
  const published = await served.call("GET", "/v1/log/keys", { key: null });
  assert.strictEqual(published.body.origin, "acme.example/log");
  noteKeys = published.body.keys.map(({ vkey }: any) => Result.getOrThrow(parseVerifierKey(vkey)));
  // Enough for a full tile and a partial one.
  for (let i = 0; i < 300; i += 50) {
    await Effect.runPromise(
      Effect.forEach(Array.from({ length: 50 }), () => Effect.result(served.oversight.resume(operator)), {
        concurrency: "unbounded",
        discard: true,
      }),
    );
  }
});
afterAll(() => served.close());

describe("the log's keys", () => {
  it("are one Ed25519 and one P-256, named as the log, and the checkpoint is signed by both", async () => {
    assert.deepEqual(
      noteKeys.map(({ name, type }) => [name, type]),
      [
        ["acme.example/log", 1],
        ["acme.example/log", 2],
      ],
    );
    for (const key of noteKeys) {
      const note = await served.call("GET", "/v1/log/checkpoint", { key: null });
      assert.isTrue(Result.isSuccess(await openCheckpoint(note.text, [key])));
    }
    assert.match((await checkpoint()).headers.get("cache-control") ?? "", /^public, max-age=[1-5]$/);
  });
});

describe("tiles", () => {
  it("give every hash of the tree that was signed, for ever", async () => {
    const { size, root } = await signed();
    assert.isAbove(size, 256);
    const hashes = new Map<string, Uint8Array>();
    for (const tile of tilesOf(size)) {
      const { status, headers, body } = await bytes(tilePath(tile));
      assert.strictEqual(status, 200, tilePath(tile));
      assert.strictEqual(headers.get("content-type"), "application/octet-stream");
      assert.match(headers.get("cache-control") ?? "", /^public, .*immutable$/);
      assert.strictEqual(body.length, tile.width * 32);
      for (let i = 0; i < tile.width; i++) {
        hashes.set(`${Number(tile.level) * 8} ${tile.index * 256 + i}`, body.slice(i * 32, (i + 1) * 32));
      }
    }
    const leaves = Array.from({ length: size }, (_, i) => hashes.get(`0 ${i}`)!);
    assert.deepEqual(Buffer.from(rootOf(append(emptyFrontier, leaves))), Buffer.from(root));
    // A monitor proves with nothing but tiles.
    const nodeAt = (level: number, index: number): Uint8Array =>
      hashes.get(`${level} ${index}`) ?? nodeHash(nodeAt(level - 1, index * 2), nodeAt(level - 1, index * 2 + 1));
    assert.isTrue(
      verifyInclusion({ leafHash: leaves[7]!, index: 7, size, path: inclusionProof(7, size, nodeAt), root }),
    );
    const oldRoot = rootOf(append(emptyFrontier, leaves.slice(0, 200)));
    const path = consistencyProof(200, size, nodeAt);
    assert.isTrue(verifyConsistency({ oldSize: 200, oldRoot, size, root, path }));
    // A narrower tile than there is now is a tile still.
    assert.strictEqual((await bytes("tile/0/000.p/5")).body.length, 160);
  });

  it.each([
    "tile/0/000.p/257",
    "tile/0/000.p/0",
    "tile/0/000.p/256",
    "tile/0/000.p/05",
    "tile/0/0",
    "tile/0/x000/000",
    "tile/0/999",
    "tile/1/000",
    "tile/64/000",
    "tile/00/000",
    "tile/-1/000",
    "tile/0/000/",
    "tile/0/..%2f..%2fetc",
    "tile/0/%30%30%30.p/1",
    "tile/entries",
    `tile/0/${"x999/".repeat(300)}999`,
    "tile/",
  ])("are not there: %s", async (path) => {
    const answer = await served.call("GET", `/v1/log/${path}`, { key: null });
    assert.include([403, 404], answer.status, answer.text);
    assert.isTrue(isError(answer), answer.text);
  });
});

describe("entry bundles", () => {
  it("OV-82 leaves-are-not-public: are for the installation's operators and reviewers, and hold the leaves", async () => {
    const { size } = await signed();
    const { status, headers, body } = await bytes("tile/entries/000", operatorKey);
    assert.strictEqual(status, 200);
    assert.match(headers.get("cache-control") ?? "", /no-store/);
    const leaves = Result.getOrThrow(parseEntryBundle(body));
    const tile = (await bytes("tile/0/000")).body;
    assert.lengthOf(leaves, 256);
    for (const [i, leaf] of leaves.entries()) {
      assert.deepEqual(Buffer.from(leafHash(leaf)), Buffer.from(tile.slice(i * 32, (i + 1) * 32)));
    }
    assert.strictEqual((await bytes(`tile/entries/001.p/${size - 256}`, keys.alice)).status, 200);
    for (const key of [null, keys.agent]) assert.strictEqual((await bytes("tile/entries/000", key)).status, 403);
    assert.strictEqual((await bytes("tile/entries/000", "mm_live_wrong")).status, 401);
    const tenant = (await served.call("POST", "/v1/tenants", { body: { name: "Other" } })).body;
    assert.strictEqual((await bytes("tile/entries/000", tenant.key)).status, 403);
  });

  it("are for everybody where the operator says so", async () => {
    const open = await startRest({ COUNTERSIGN_LOG_ENTRIES: "public" });
    try {
      await open.call("GET", "/v1/audit-log/export");
      const answer = await fetch(`${open.url}/v1/log/tile/entries/000.p/2`);
      assert.strictEqual(answer.status, 200);
      assert.lengthOf(Result.getOrThrow(parseEntryBundle(new Uint8Array(await answer.arrayBuffer()))), 2);
    } finally {
      await open.close();
    }
  });
});

describe("a receipt", () => {
  it("OV-78 receipt-verifies-alone: of a decision is verified with the file and the keys alone", async () => {
    const sent = (
      await served.call("POST", "/v1/send", {
        key: keys.agent,
        body: { mailbox: "support@acme.example", to: "carol@customer.example", subject: "S", body: "B" },
      })
    ).body;
    const decided = (
      await served.call("POST", "/v1/oversight/decide", {
        key: keys.alice,
        body: { pending_id: sent.pending_id, decision: "reject", reason: "No" },
      })
    ).body;
    const path = `/v1/audit-log/${encodeURIComponent(decided.audit_ref)}/receipt`;
    const answer = await served.call("GET", path, { key: keys.alice });
    assert.strictEqual(answer.status, 200, answer.text);
    assert.match(answer.headers.get("content-type") ?? "", /^text\/plain/);
    assert.match(answer.headers.get("content-disposition") ?? "", /\.tlog-proof"$/);
    const receipt = Result.getOrThrow(parseReceipt(answer.text));
    const verified = Result.getOrThrow(await verifyReceipt(receipt, noteKeys));
    const leaf = JSON.parse(new TextDecoder().decode(verified.leaf!));
    assert.deepInclude(leaf, { type: "reject", outcome: "accepted", message: sent.id });
    assert.strictEqual(leaf.actor.principal, "alice");
    const asJson = await served.call("GET", path, { key: keys.alice, headers: { accept: "application/json" } });
    assert.deepInclude(asJson.body, { audit_ref: decided.audit_ref, leaf_index: receipt.index });
    // One bit of it changed, and it is none.
    const other = { ...receipt, extra: new TextEncoder().encode(JSON.stringify({ ...leaf, outcome: "refused" })) };
    assert.isTrue(Result.isFailure(await verifyReceipt(other, noteKeys)));
  });

  it("is for who may see the entry", async () => {
    const tenant = (await served.call("POST", "/v1/tenants", { body: { name: "Third" } })).body;
    assert.strictEqual((await served.call("GET", "/v1/audit-log/0/receipt", { key: tenant.key })).status, 404);
    assert.strictEqual((await served.call("GET", "/v1/audit-log/0/receipt", { key: keys.agent })).status, 403);
    for (const ref of ["-1", "01", "1e3", "x", "acme.example%2Flog", "other.example%2Flog%2F0", "9".repeat(15)]) {
      assert.strictEqual((await served.call("GET", `/v1/audit-log/${ref}/receipt`)).status, 404, ref);
    }
  });
});

describe("theorems", () => {
  it("OV-79 references-resolve: those that entries name are told, others are not there", async () => {
    const exported = (await served.call("GET", "/v1/audit-log/export")).text.trim().split("\n").slice(1);
    const refs = new Set<string>(exported.flatMap((line) => JSON.parse(line).lean4_proof_refs ?? []));
    assert.isAbove(refs.size, 1);
    const all = (await served.call("GET", "/v1/proofs", { key: null })).body;
    assert.isAbove(all.theorems.length, 40);
    for (const ref of refs) {
      const found = await served.call("GET", `/v1/proofs/${encodeURIComponent(ref)}`, { key: null });
      assert.strictEqual(found.status, 200, ref);
      assert.deepInclude(found.body, { ref, source: all.source, lean: all.lean });
      assert.isTrue(all.theorems.some((theorem: any) => theorem.ref === ref));
    }
    const [ref] = refs;
    for (const wrong of [
      "no_such_theorem@" + ref!.split("@")[1],
      ref!.replace(/.$/, (last) => (last === "0" ? "1" : "0")),
      ref!.split("@")[0]!,
      "@",
      "constructor@" + ref!.split("@")[1],
    ]) {
      const answer = await served.call("GET", `/v1/proofs/${encodeURIComponent(wrong)}`, { key: null });
      assert.strictEqual(answer.status, 404, wrong);
      assert.isTrue(isError(answer));
    }
  });
});
