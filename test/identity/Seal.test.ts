import { execFileSync } from "node:child_process";
import { createCipheriv, createHash } from "node:crypto";
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Effect, type Layer } from "effect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keyFromFile, layerKey, layerSource, parseSealingKey, Seal, type SealError } from "../../src/identity/Seal.ts";

import { fieldLayout } from "./fieldLayout.ts";
import { spansOf } from "./spans.ts";

const KID = "key_01J00000000000000000MBX000";
const secret = Uint8Array.from({ length: 138 }, (_, i) => i);
const key = (byte: number) => new Uint8Array(32).fill(byte);

type Use<A> = (seal: Seal["Service"]) => Effect.Effect<A, SealError>;

const used = <A>(layer: Layer.Layer<Seal, SealError>, use: Use<A>) =>
  Effect.flatMap(Seal, use).pipe(Effect.provide(layer));
const withSeal = <A>(layer: Layer.Layer<Seal, SealError>, use: Use<A>) => Effect.runPromise(used(layer, use));
/** What the operator is told. */
const failure = (layer: Layer.Layer<Seal, SealError>, use: Use<unknown>) =>
  Effect.runPromise(Effect.map(Effect.flip(used(layer, use)), (error) => [error.reason, error.message, error.hint]));
const reason = (layer: Layer.Layer<Seal, SealError>, use: Use<unknown>) =>
  Effect.runPromise(
    Effect.match(used(layer, use), {
      onFailure: (error) => error.reason as string,
      onSuccess: () => "accepted",
    }),
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
    expect(await failure(layerKey(key(2)), (it) => it.open(KID, sealed))).toEqual([
      "wrong_key",
      "The key was sealed with another sealing key.",
      "Start with the sealing key this store was made with.",
    ]);
    for (const odd of ["", "x", sealed.replace("seal1", "seal2"), `${sealed}.x`, `x${sealed}`, `${sealed} `]) {
      expect(await failure(layerKey(key(1)), (it) => it.open(KID, odd))).toEqual([
        "unknown_format",
        "The sealed key is in no format this version knows.",
        "Run the version that wrote it, or restore the row.",
      ]);
    }
    expect(await failure(layerKey(key(1)), (it) => it.open("key_01J00000000000000000MBX001", sealed))).toEqual([
      "cannot_open",
      "The sealed key was changed, or belongs to another key record.",
      "Restore the key's row from a backup.",
    ]);
  });

  it("opens what is sealed by the words of the format alone, with a whole tag only", async () => {
    const id = createHash("sha256")
      .update(fieldLayout("countersign/seal-key-id/v1", key(1)))
      .digest("hex")
      .slice(0, 8);
    const sealed = (plain: Uint8Array, authTagLength: number) => {
      const nonce = Buffer.alloc(12, 5);
      const cipher = createCipheriv("aes-256-gcm", key(1), nonce, { authTagLength }).setAAD(
        fieldLayout("countersign/seal/v1", "seal1", id, KID),
      );
      const octets = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
      return `seal1.${id}.${nonce.toString("base64url")}.${octets.toString("base64url")}`;
    };
    expect(await withSeal(layerKey(key(1)), (it) => it.open(KID, sealed(secret, 16)))).toEqual(secret);
    // A short tag is guessed sooner.
    for (const length of [4, 8, 12, 15]) {
      expect(await openReason(KID, sealed(new Uint8Array(0), length))).toBe("cannot_open");
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
      "0".repeat(66),
      `x${"0".repeat(64)}`,
      `${"0".repeat(64)}x`,
      "g".repeat(64),
      Buffer.alloc(31).toString("base64"),
      Buffer.alloc(33).toString("base64"),
      `A${bytes.toString("base64")}`,
      `${bytes.toString("base64")}A`,
      `${bytes.toString("base64")}=`,
    ]) {
      expect(await failure(layerSource({ value: odd, file: "/nowhere" }), () => Effect.void)).toEqual([
        "bad_key",
        "The sealing key is not 32 bytes in hex or base64.",
        "Make one with: openssl rand -base64 32",
      ]);
    }
    for (const length of [0, 31, 33]) {
      expect(await failure(layerKey(new Uint8Array(length)), () => Effect.void)).toEqual([
        "bad_key",
        "The sealing key is not 32 bytes long.",
        "Make one with: openssl rand -base64 32",
      ]);
    }
  });
});

/** Links in /proc of what this process has open below the folder. */
const heldOpen = async (folder: string): Promise<readonly string[]> => {
  const names = await readdir("/proc/self/fd");
  // What was open for this very look is gone by now.
  const paths = await Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => "")));
  return paths.filter((path) => path.startsWith(folder));
};

describe("the key file", () => {
  const text = Buffer.alloc(32, 1).toString("base64");
  const plain = /^it is not a plain file of at most 4096 bytes\.$/;
  const gone = /^it is a link to nothing, or was taken away again\.$/;
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
      expect([error.reason, error.message, error.hint]).toEqual([
        "key_file_exposed",
        `The key file ${file} has mode ${mode.toString(8)}: others than its owner can read or change it.`,
        `Run chmod 600 ${file}; if others may have read it, replace the keys sealed with it.`,
      ]);
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

  const odd: readonly (readonly [string, string, (path: string) => Promise<unknown>, RegExp])[] = [
    ["a folder", "a folder", (path: string) => mkdir(path, { mode: 0o700 }), plain],
    ["a FIFO", "a FIFO", async (path: string) => void execFileSync("mkfifo", ["-m", "600", path]), plain],
    ["too long a file", "long", (path: string) => writeFile(path, text.padEnd(4097), { mode: 0o600 }), plain],
    ["a link to nothing", "dangling", (path: string) => symlink(`${path}-gone`, path), gone],
    ["a link to itself", "circle", (path: string) => symlink(path, path), /ELOOP: .*, open '/],
    ["a path below a file", "file/key", (path: string) => writeFile(dirname(path), text), /ENOTDIR: .*, open '/],
    ["a path that ends in a slash", "slash/", async () => {}, /ENOENT: .*, link '/],
  ];
  it.each(odd)("%s is no key file: it is refused, and nothing is left behind", async (_, name, make, why) => {
    const home = await mkdtemp(join(folder, "odd-"));
    const file = `${home}/${name}`;
    await make(file);
    const before = await readdir(home);
    const error = await Effect.runPromise(Effect.flip(keyFromFile(file)));
    expect([error.reason, error.hint]).toEqual([
      "key_file_unusable",
      "Check the path, or give the sealing key in the environment.",
    ]);
    const prefix = `The key file ${file} cannot be used: `;
    expect(error.message.slice(0, prefix.length)).toBe(prefix);
    expect(error.message.slice(prefix.length)).toMatch(why);
    expect(await readdir(home)).toEqual(before);
    expect(await heldOpen(home)).toEqual([]);
  });

  it("may be as long as 4096 bytes with the blanks around the key", async () => {
    const file = join(folder, "padded");
    await writeFile(file, text.padStart(4000).padEnd(4096, "\n"), { mode: 0o600 });
    expect(await Effect.runPromise(keyFromFile(file))).toEqual(key(1));
  });

  it("is closed again, and once it is there nothing more is written beside it", async () => {
    const home = await mkdtemp(join(folder, "home-"));
    const file = join(home, "countersign.key");
    const made = await Effect.runPromise(keyFromFile(file));
    expect(await heldOpen(home)).toEqual([]);
    await utimes(home, 1, 1);
    expect(await Effect.runPromise(keyFromFile(file))).toEqual(made);
    expect((await stat(home)).mtimeMs).toBe(1000);
    expect(await heldOpen(home)).toEqual([]);
  });

  it("has no mode to look at on Windows", async () => {
    const file = join(folder, "windows");
    await writeFile(file, text, { mode: 0o600 });
    await chmod(file, 0o666);
    const platform = Object.getOwnPropertyDescriptor(process, "platform")!;
    Object.defineProperty(process, "platform", { ...platform, value: "win32" });
    try {
      expect(await Effect.runPromise(keyFromFile(file))).toEqual(key(1));
    } finally {
      Object.defineProperty(process, "platform", platform);
    }
    expect((await Effect.runPromise(Effect.flip(keyFromFile(file)))).reason).toBe("key_file_exposed");
  });

  it("is read in a span of its own", async () => {
    const file = join(folder, "span");
    await writeFile(file, text, { mode: 0o600 });
    expect(await Effect.runPromise(spansOf(keyFromFile(file)))).toEqual(["Seal.keyFromFile"]);
  });

  it("a blank value from the environment is none", async () => {
    const file = join(folder, "blank");
    await writeFile(file, text, { mode: 0o600 });
    const sealed = await withSeal(layerSource({ value: " \n", file }), (it) => it.seal(KID, secret));
    expect(await openReason(KID, sealed)).toBe("accepted");
  });

  it("a value from the environment comes first, and makes no file", async () => {
    const file = join(folder, "unused");
    await withSeal(layerSource({ value: Buffer.alloc(32, 3).toString("hex"), file }), (it) => it.seal(KID, secret));
    expect(await readdir(folder)).not.toContain("unused");
  });
});
