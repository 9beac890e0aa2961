/** Witnesses over loopback: one that checks as C2SP tlog-witness says, and some that do not behave. */
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Effect, Result } from "effect";
import { afterEach, assert, describe, it } from "vitest";
import { openCheckpoint } from "../../src/audit/tree/Checkpoint.ts";
import { verifyConsistency } from "../../src/audit/tree/MerkleProof.ts";
import { parseReceipt, verifyReceipt } from "../../src/audit/tree/Receipt.ts";
import {
  cosignedBytes,
  formatVerifierKey,
  noteKey,
  parseVerifierKey,
  type NoteKey,
} from "../../src/audit/tree/SignedNote.ts";
import { type Installation, withInstallation, configFor } from "../support/installation.ts";
import { keysOf, grow } from "./grow.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { operator } from "../support/credentials.ts";
import { parseWitness } from "../../src/log/Witnesses.ts";

interface Seen {
  readonly old: number;
  readonly size: number;
  readonly status: number;
}

interface Reply {
  readonly status: number;
  readonly type?: string;
  readonly body: string;
  readonly location?: string;
}

interface Witness {
  readonly url: string;
  readonly key: NoteKey;
  readonly vkey: string;
  readonly seen: Seen[];
  /** What it knows of the log. */
  known: { size: number; root: Uint8Array };
  /** Answers instead of it. */
  instead: ((body: string) => Reply | null) | null;
  keys: readonly NoteKey[];
  readonly secret: KeyObject;
}

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** The signature line of a witness over a note's text. */
const cosign = ({ key, secret }: Witness, text: string, time = Math.floor(Date.now() / 1000)): string => {
  const bytes = Buffer.alloc(76);
  bytes.writeUInt32BE(key.id, 0);
  bytes.writeBigUInt64BE(BigInt(time), 4);
  sign(null, cosignedBytes(text, time), secret).copy(bytes, 12);
  return `\u2014 ${key.name} ${bytes.toString("base64")}\n`;
};

/** `add-checkpoint`, with every check the protocol asks of a witness. */
const startWitness = async (name = "witness.example/w1"): Promise<Witness> => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = new Uint8Array(publicKey.export({ format: "der", type: "spki" }).subarray(-32));
  const key = Result.getOrThrow(noteKey(name, 4, raw));
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts).toString("utf8");
      void answer(request.url ?? "", body).then(({ status, type = "text/plain", body: text, location }) => {
        response.writeHead(status, { "content-type": type, ...(location === undefined ? {} : { location }) });
        response.end(text);
      });
    });
  });
  const answer = async (path: string, body: string): Promise<Reply> => {
    const instead = witness.instead?.(body) ?? null;
    if (instead !== null) return instead;
    if (path !== "/prefix/add-checkpoint") return { status: 404, body: "" };
    const end = body.indexOf("\n\n");
    const [first, ...lines] = body.slice(0, end).split("\n");
    const note = body.slice(end + 2);
    const old = /^old (0|[1-9]\d*)$/.exec(first!)?.[1];
    const opened = await openCheckpoint(note, witness.keys);
    const done = (status: number, text = "", type = "text/plain") => {
      witness.seen.push({
        old: Number(old),
        size: Result.isSuccess(opened) ? opened.success.checkpoint.size : -1,
        status,
      });
      return { status, type, body: text };
    };
    if (old === undefined || lines.length > 63) return done(400);
    if (Result.isFailure(opened)) return done(opened.failure.reason === "wrong_origin" ? 404 : 403);
    const { size, root } = opened.success.checkpoint;
    if (Number(old) > size) return done(400);
    if (Number(old) !== witness.known.size) return done(409, `${witness.known.size}\n`, "text/x.tlog.size");
    const proof = lines.map((line) => new Uint8Array(Buffer.from(line, "base64")));
    const sound =
      Number(old) === 0
        ? proof.length === 0
        : verifyConsistency({ oldSize: Number(old), oldRoot: witness.known.root, size, root, path: proof });
    if (!sound) return done(422);
    witness.known = { size, root };
    return done(200, cosign(witness, opened.success.note.text));
  };
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const witness: Witness = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/prefix/`,
    key,
    vkey: formatVerifierKey(key),
    seen: [],
    known: { size: 0, root: new Uint8Array(32) },
    instead: null,
    keys: [],
    secret: privateKey,
  };
  return witness;
};

const settingFor = (...witnesses: readonly Witness[]) => ({
  COUNTERSIGN_WITNESSES: witnesses.map(({ url, vkey }) => `${url} ${vkey} private`).join(", "),
});

/** The checkpoint as soon as `count` witnesses have cosigned it, for `millis` at most. */
const cosigned = (installation: Installation, witnesses: readonly Witness[], count: number, millis = 10_000) =>
  Effect.gen(function* () {
    const keys = [...(yield* keysOf(installation.log)), ...witnesses.map(({ key }) => key)];
    const until = Date.now() + millis;
    for (;;) {
      const opened = yield* Effect.flatMap(installation.log.checkpoint, (note) =>
        Effect.flatMap(
          Effect.promise(() => openCheckpoint(note, keys)),
          (result) => Effect.fromResult(result),
        ),
      );
      if (opened.witnesses.length >= count || Date.now() > until) return opened;
      yield* Effect.sleep(50);
    }
  });

const trusting = (installation: Installation, ...witnesses: readonly Witness[]) =>
  Effect.map(keysOf(installation.log), (keys) => {
    for (const witness of witnesses) witness.keys = keys;
  });

const fresh = (): string => join(temporaryFolder(), "log.db");

describe("witnesses", () => {
  it("cosign what is served, from where they know the log on, and receipts carry it", async () => {
    const [one, two] = [await startWitness(), await startWitness("witness.example/w2")];
    await withInstallation(
      fresh(),
      (installation) =>
        Effect.gen(function* () {
          yield* trusting(installation, one, two);
          yield* installation.log.ready;
          const first = yield* cosigned(installation, [one, two], 2);
          assert.lengthOf(first.witnesses, 2);
          yield* grow(installation, 10);
          yield* installation.log.ready;
          const second = yield* cosigned(installation, [one, two], 2);
          assert.isAbove(second.checkpoint.size, first.checkpoint.size);
          assert.lengthOf(second.witnesses, 2);
          assert.deepInclude(one.seen.at(-1), { old: first.checkpoint.size, status: 200 });
          const { text } = yield* installation.log.receipt(operator, "3");
          const receipt = Result.getOrThrow(parseReceipt(text));
          const keys = [...(yield* keysOf(installation.log)), one.key, two.key];
          const verified = Result.getOrThrow(yield* Effect.promise(() => verifyReceipt(receipt, keys)));
          assert.lengthOf(verified.witnesses, 2);
        }),
      settingFor(one, two),
    );
  });

  it("that know another size say so, and get the proof from there", async () => {
    const witness = await startWitness();
    await withInstallation(
      fresh(),
      (installation) =>
        Effect.gen(function* () {
          yield* grow(installation, 5);
          yield* installation.log.ready;
          const { size, root } = yield* installation.journal.head;
          // It has seen the log before; this server does not know of it.
          witness.known = { size, root };
          yield* grow(installation, 6);
          yield* installation.log.ready;
          yield* trusting(installation, witness);
          const { witnesses } = yield* cosigned(installation, [witness], 1);
          assert.lengthOf(witnesses, 1);
          assert.deepEqual(
            witness.seen
              .filter(({ status }) => status !== 403 && status !== 404)
              .slice(0, 2)
              .map(({ status, old }) => [status, old]),
            [
              [409, 0],
              [200, size],
            ],
          );
        }),
      settingFor(witness),
    );
  });

  it("OV-85 witness-believed-by-key: that refuse, lie, stall or are gone hold up nothing and add nothing", async () => {
    const witness = await startWitness();
    const other = await startWitness("witness.example/w2");
    const text = (body: string): string => body.slice(body.indexOf("\n\n") + 2).split("\n\n")[0]! + "\n";
    const behaviours: readonly (readonly [string, Witness["instead"]])[] = [
      ["404", () => ({ status: 404, body: "" })],
      ["403", () => ({ status: 403, body: "" })],
      ["422", () => ({ status: 422, body: "" })],
      ["500", () => ({ status: 500, body: "" })],
      ["409 with no size", () => ({ status: 409, body: "12\n" })],
      ["409 with a size beyond the log", () => ({ status: 409, type: "text/x.tlog.size", body: "999999\n" })],
      ["nonsense", () => ({ status: 200, body: "all fine\n" })],
      ["too much", () => ({ status: 200, body: "x".repeat(200_000) })],
      ["another's signature", (body) => ({ status: 200, body: cosign(other, text(body)) })],
      ["a signature over something else", () => ({ status: 200, body: cosign(witness, "log\n1\nAAAA\n") })],
      ["a signature from another time", (body) => ({ status: 200, body: cosign(witness, text(body), 1_000_000) })],
      ["a redirect", () => ({ status: 307, body: "" })],
      ["a redirect to another place", () => ({ status: 307, body: "", location: "/prefix/add-checkpoint" })],
    ];
    await withInstallation(
      fresh(),
      (installation) =>
        Effect.gen(function* () {
          for (const [name, instead] of behaviours) {
            witness.instead = instead;
            let asked = 0;
            const before = witness.instead;
            witness.instead = (body) => {
              asked++;
              return before?.(body) ?? null;
            };
            yield* grow(installation, 1);
            yield* installation.log.ready;
            const until = Date.now() + 8000;
            while (asked === 0 && Date.now() < until) yield* Effect.sleep(20);
            yield* Effect.sleep(150);
            // Once: no redirect is followed.
            assert.strictEqual(asked, 1, name);
            const { witnesses } = yield* cosigned(installation, [witness], 1, 0);
            assert.lengthOf(witnesses, 0, name);
            const kept = yield* installation.records.witnessed({ origin: "acme.example/log", witness: witness.vkey });
            assert.strictEqual(kept, 0, name);
          }
          // Gone altogether: the log goes on.
          for (const server of servers) server.closeAllConnections();
          yield* grow(installation, 1);
          assert.match((yield* installation.log.receipt(operator, "1")).text, /^c2sp/);
        }),
      settingFor(witness),
    );
  }, 60_000);

  it("OV-111 only-asked-hosts: are not asked at an address that is not public, unless the operator writes so", async () => {
    const witness = await startWitness();
    let asked = 0;
    witness.instead = () => (asked++, null);
    await withInstallation(
      fresh(),
      (installation) =>
        Effect.gen(function* () {
          yield* trusting(installation, witness);
          yield* grow(installation, 1);
          yield* installation.log.ready;
          const { witnesses } = yield* cosigned(installation, [witness], 1, 2_500);
          assert.lengthOf(witnesses, 0);
          assert.strictEqual(asked, 0);
        }),
      { COUNTERSIGN_WITNESSES: `${witness.url} ${witness.vkey}` },
    );
  });

  it("are off unless named, and named in one way only", () => {
    assert.deepEqual(configFor("none.db").witnesses, []);
    const key = "witness.example/w1+";
    const { publicKey } = generateKeyPairSync("ed25519");
    const raw = new Uint8Array(publicKey.export({ format: "der", type: "spki" }).subarray(-32));
    const good = formatVerifierKey(Result.getOrThrow(noteKey("witness.example/w1", 4, raw)));
    assert.deepEqual(
      [`https://w.example/ ${good}`, `http://10.0.0.1 ${good} private`].map((text) => {
        const { url, isPrivate } = Result.getOrThrow(parseWitness(text));
        return [url, isPrivate];
      }),
      [
        ["https://w.example", false],
        ["http://10.0.0.1", true],
      ],
    );
    for (const wrong of [
      "https://w.example",
      "w.example key",
      "ftp://w.example x+00000000+AA==",
      `https://w.example ${key}`,
      "https://w.example a b c",
      `https://w.example ${good} public`,
      `https://w.example ${good} private private`,
    ]) {
      assert.isTrue(Result.isFailure(parseWitness(wrong)), wrong);
      assert.throws(() => configFor("none.db", { COUNTERSIGN_WITNESSES: wrong }), /^COUNTERSIGN_WITNESSES: [^\n]+$/);
    }
    const log = Result.getOrThrow(
      parseVerifierKey("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
    );
    assert.match(
      Result.getOrThrow(Result.flip(parseWitness(`https://w.example ${formatVerifierKey(log)}`))),
      /not one that cosigns/,
    );
  });
});
