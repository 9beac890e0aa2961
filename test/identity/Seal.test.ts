import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Effect, type Layer } from "effect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keyFromFile, layerKey, layerSource, parseSealingKey, Seal, type SealError } from "../../src/identity/Seal.ts";

const KID = "key_01J00000000000000000MBX000";
const secret = Uint8Array.from({ length: 138 }, (_, i) => i);
const key = (byte: number) => new Uint8Array(32).fill(byte);

const withSeal = <A>(
  layer: Layer.Layer<Seal, SealError>,
  use: (seal: Seal["Service"]) => Effect.Effect<A, SealError>,
) => Effect.runPromise(Effect.flatMap(Seal, use).pipe(Effect.provide(layer)));
const reason = async (
  layer: Layer.Layer<Seal, SealError>,
  use: (seal: Seal["Service"]) => Effect.Effect<unknown, SealError>,
) =>
  Effect.runPromise(
    Effect.flatMap(Seal, use).pipe(
      Effect.provide(layer),
      Effect.match({ onFailure: (error) => error.reason as string, onSuccess: () => "accepted" }),
    ),
  );
const seal = (kid: string) => withSeal(layerKey(key(1)), (it) => it.seal(kid, secret));
const openReason = (kid: string, sealed: string, byte = 1) => reason(layerKey(key(byte)), (it) => it.open(kid, sealed));

describe("OV-57 private-keys-sealed: Seal", () => {
  it("opens what it sealed, for the same row", async () => {
    const sealed = await seal(KID);
    expect(sealed).toMatch(/^seal1\.[0-9a-f]{8}\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]+$/);
    expect(await withSeal(layerKey(key(1)), (it) => it.open(KID, sealed))).toEqual(secret);
    expect(await seal(KID)).not.toBe(sealed);
  });

  it("a sealed key moved to another row does not open", async () => {
    expect(await openReason("key_01J00000000000000000MBX001", await seal(KID))).toBe("cannot_open");
  });

  it("any changed character is noticed", async () => {
    const sealed = await seal(KID);
    for (let at = 0; at < sealed.length; at++) {
      const char = sealed[at] === "A" ? "B" : "A";
      const bent = sealed.slice(0, at) + char + sealed.slice(at + 1);
      // The last character of base64url may hold bits that mean nothing.
      const same = Buffer.from(bent.split(".").at(-1)!, "base64url").equals(
        Buffer.from(sealed.split(".").at(-1)!, "base64url"),
      );
      if (at < sealed.lastIndexOf(".") || !same)
        expect([at, await openReason(KID, bent)]).not.toEqual([at, "accepted"]);
    }
    expect(await openReason(KID, sealed.slice(0, -8))).toBe("cannot_open");
  });

  it("tells a wrong sealing key and an unknown format from damage", async () => {
    const sealed = await seal(KID);
    expect(await openReason(KID, sealed, 2)).toBe("wrong_key");
    for (const odd of ["", "x", sealed.replace("seal1", "seal2"), `${sealed}.x`]) {
      expect(await openReason(KID, odd)).toBe("unknown_format");
    }
  });

  it("reads 32 bytes in hex, base64 and base64url, and nothing else", async () => {
    const bytes = Buffer.alloc(32, 0xfb);
    for (const encoding of ["hex", "base64", "base64url"] as const) {
      expect(await Effect.runPromise(parseSealingKey(` ${bytes.toString(encoding)}\n`))).toEqual(
        Uint8Array.from(bytes),
      );
    }
    for (const odd of [
      "short",
      "0".repeat(63),
      "g".repeat(64),
      Buffer.alloc(31).toString("base64"),
      Buffer.alloc(33).toString("base64"),
    ]) {
      expect(await reason(layerSource({ value: odd, file: "/nowhere" }), () => Effect.void)).toBe("bad_key");
    }
    expect(await reason(layerKey(new Uint8Array(31)), () => Effect.void)).toBe("bad_key");
  });
});

describe("the key file", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "countersign-seal-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("is made with mode 600, whole, once, and used again", async () => {
    const file = join(folder, "new", "countersign.key");
    const keys = await Promise.all(Array.from({ length: 8 }, () => Effect.runPromise(keyFromFile(file))));
    expect(new Set(keys.map((one) => Buffer.from(one).toString("hex"))).size).toBe(1);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, "new"))).toEqual(["countersign.key"]);
    expect(await Effect.runPromise(keyFromFile(file))).toEqual(keys[0]);
    const sealed = await withSeal(layerSource({ file }), (it) => it.seal(KID, secret));
    expect(await withSeal(layerSource({ value: "", file }), (it) => it.open(KID, sealed))).toEqual(secret);
  });

  it.each([0o640, 0o604, 0o660, 0o610, 0o601, 0o622, 0o777])(
    "is refused with mode %o, saying what to do",
    async (mode) => {
      const file = join(folder, `exposed-${mode}`);
      await writeFile(file, Buffer.alloc(32, 1).toString("base64"), { mode: 0o600 });
      await chmod(file, mode);
      const error = await Effect.runPromise(Effect.flip(keyFromFile(file)));
      expect(error.reason).toBe("key_file_exposed");
      expect(error.hint).toContain(`chmod 600 ${file}`);
      await chmod(file, 0o400);
      expect((await Effect.runPromise(keyFromFile(file))).length).toBe(32);
    },
  );

  it("a link to an exposed file, a folder, or half a key are refused; the file is left as it is", async () => {
    const exposed = join(folder, "exposed");
    await writeFile(exposed, Buffer.alloc(32, 1).toString("base64"), { mode: 0o600 });
    await chmod(exposed, 0o644);
    await symlink(exposed, join(folder, "link"));
    expect((await Effect.runPromise(Effect.flip(keyFromFile(join(folder, "link"))))).reason).toBe("key_file_exposed");
    await mkdir(join(folder, "folder"), { mode: 0o700 });
    expect((await Effect.runPromise(Effect.flip(keyFromFile(join(folder, "folder"))))).reason).toBe(
      "key_file_unusable",
    );
    const half = join(folder, "half");
    await writeFile(half, "c2hvcnQ=", { mode: 0o600 });
    const error = await Effect.runPromise(Effect.flip(keyFromFile(half)));
    expect(error.reason).toBe("bad_key");
    expect(await readFile(half, "utf8")).toBe("c2hvcnQ=");
    expect(JSON.stringify(error)).not.toContain("c2hvcnQ");
  });

  it("a value from the environment comes first, and makes no file", async () => {
    const file = join(folder, "unused");
    await withSeal(layerSource({ value: Buffer.alloc(32, 3).toString("hex"), file }), (it) => it.seal(KID, secret));
    expect(await readdir(folder)).not.toContain("unused");
  });
});
