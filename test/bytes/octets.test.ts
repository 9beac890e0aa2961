/** Octets and hashes on each of their two ways: with Node's Buffer and crypto, and with neither, as in a browser. */
import { createHash } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";

const all = Uint8Array.from({ length: 20_000 }, (_, i) => (i * 7) % 256);
const view = Uint8Array.from({ length: 300 }, (_, i) => i).subarray(10, 290);
const texts = ["", "a", "Zoë 😀 日本", "x".repeat(9000)];
const RealBuffer = Buffer;
const RealUint8Array = Uint8Array;

afterEach(() => {
  vi.unstubAllGlobals();
});

const load = async () => {
  vi.resetModules();
  return import("../../src/bytes/octets.ts");
};

/** All that the module makes of these octets and texts. */
const made = (octets: Awaited<ReturnType<typeof load>>) => {
  const hex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  return {
    utf8: texts.map((text) => hex(octets.utf8(text))),
    length: texts.map((text) => octets.utf8Length(text)),
    written: texts.map((text) => {
      const room = new RealUint8Array(9100).fill(255);
      octets.writeUtf8(text, room.subarray(20, 9080), 7);
      return hex(room);
    }),
    binary: [all, view, new RealUint8Array(0), all.subarray(0, 8192), all.subarray(0, 8193)].map((bytes) => {
      const text = octets.toBinaryString(bytes);
      return [text, hex(octets.fromBinaryString(text))];
    }),
    base64: [all, view].map(octets.toBase64),
    hex: [all, view].map(octets.toHex),
  };
};

describe("octets", () => {
  it("are the same without Buffer as with it", async () => {
    const with_ = made(await load());
    vi.stubGlobal("Buffer", undefined);
    const without = made(await load());
    vi.unstubAllGlobals();
    expect(without).toEqual(with_);
    expect(with_.length).toEqual([0, 1, 16, 9000]);
    expect(with_.base64[1]).toBe(RealBuffer.from(view).toString("base64"));
    expect(with_.hex[1]).toBe(RealBuffer.from(view).toString("hex"));
    expect(with_.written[1]!.slice(0, 60)).toBe(`${"ff".repeat(27)}61ffff`);
    expect(with_.binary[0]![0]).toBe(RealBuffer.from(all).toString("latin1"));
    expect(with_.binary[0]![1]).toBe(with_.hex[0]);
  });

  it("go through Buffer where there is one, each time", async () => {
    let used = 0;
    const counted = <A extends unknown[], B>(method: (...args: A) => B) => {
      return (...args: A): B => {
        used++;
        return method(...args);
      };
    };
    vi.stubGlobal("Buffer", {
      from: counted(RealBuffer.from.bind(RealBuffer) as (...args: unknown[]) => Buffer),
      byteLength: counted(RealBuffer.byteLength.bind(RealBuffer)),
    });
    const octets = await load();
    const times = (body: () => unknown): number => {
      used = 0;
      body();
      return used;
    };
    const counts = [
      times(() => octets.utf8Length("ä")),
      times(() => octets.writeUtf8("ä", new RealUint8Array(2), 0)),
      times(() => octets.toBinaryString(view)),
      times(() => octets.fromBinaryString("ä")),
      times(() => octets.toBase64(view)),
      times(() => octets.toHex(view)),
    ];
    vi.unstubAllGlobals();
    expect(counts).toEqual([1, 1, 1, 1, 1, 1]);
  });
});

describe("SHA-256", () => {
  const wanted = createHash("sha256").update(all).digest("hex");
  const hashed = async () => {
    vi.resetModules();
    const { sha256 } = await import("../../src/bytes/sha256.ts");
    return RealBuffer.from(sha256(all.subarray(0, 9), all.subarray(9))).toString("hex");
  };

  it("is node:crypto's where there is one", async () => {
    const asked: string[] = [];
    vi.stubGlobal("process", {
      getBuiltinModule: (name: string) => {
        asked.push(name);
        return {
          createHash: (algorithm: string) => {
            asked.push(algorithm);
            return createHash(algorithm);
          },
        };
      },
    });
    const given = await hashed();
    vi.unstubAllGlobals();
    expect(given).toBe(wanted);
    expect(asked).toEqual(["node:crypto", "sha256"]);
  });

  it.each([
    ["no process", undefined],
    ["a process of another kind", {}],
    ["a process without that module", { getBuiltinModule: () => undefined }],
  ])("is the same with %s", async (_, process) => {
    vi.stubGlobal("process", process);
    const given = await hashed();
    vi.unstubAllGlobals();
    expect(given).toBe(wanted);
  });

  it("shows nothing but itself through its buffer", async () => {
    const { createSha256 } = await import("../../src/bytes/sha256.ts");
    expect(createSha256().digest().buffer.byteLength).toBe(32);
  });
});
