/** What is no export gets a clear verdict: no exception, no end of memory, and never "sound". */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { transition } from "../../../src/machine/transition.ts";
import { verifyExport } from "../../../src/audit/verify/verifyExport.ts";
import { exported, inPieces, manifest, verify } from "../../support/logExport.ts";
import { logKeys } from "../../support/logKeys.ts";
import { sampleLog } from "../../support/sampleLog.ts";

const { leaves } = sampleLog();
const lines = await exported(leaves);
const whole = lines.join("");
const bytes = new TextEncoder().encode(whole);

const because = async (input: string | Uint8Array) => {
  const verdict = await verify(input);
  expect(verdict.faults).toEqual([]);
  expect(verdict.status).toBe("cannot_tell");
  return verdict.unchecked.join();
};

describe("what cannot be read as an export", () => {
  it("OV-72 bad-input-is-told: empty, binary, another file, another version, a byte order mark, CRLF, NUL", async () => {
    expect(await because("")).toMatch(/empty/);
    expect(await because("\n")).toMatch(/empty/);
    expect(await because(Uint8Array.from({ length: 4096 }, (_, i) => (i * 7919) % 256))).toMatch(/UTF-8/);
    expect(await because("leaf_index,type\n0,submit\n")).toMatch(/not JSON/);
    expect(await because("[1,2,3]\n")).toMatch(/no JSON object/);
    expect(await because('{"type":"header"}\n')).toMatch(/no header/);
    expect(await because(whole.slice(lines[0]!.length))).toMatch(/no header/);
    expect(await because(whole.replace('"v":1', '"v":2'))).toMatch(/version/);
    expect(await because(whole.replace('"from":0', '"from":-1'))).toMatch(/lacks/);
    expect(await because(`\ufeff${whole}`)).toMatch(/byte order mark/);
    expect(await because(whole.replaceAll("\n", "\r\n"))).toMatch(/CRLF/);
    expect(await because(`\0${whole}`)).toMatch(/NUL/);
    expect(await because(whole.replace("{", '{"v":1,'))).toMatch(/twice/);
    expect(await because(lines[0]!.slice(0, 100))).toMatch(/breaks off/);
    // What a compressed download looks like.
    expect(await because(Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3))).toMatch(/UTF-8/);
    const utf16 = new Uint8Array(Buffer.from(`\ufeff${whole}`, "utf16le"));
    expect(await because(utf16)).toMatch(/UTF-8/);
  });

  it("OV-72 bad-input-is-told: the same further on is a fault of its line", async () => {
    const spoilt: readonly (readonly [string, RegExp])[] = [
      [lines[9]!.replace("\n", "\r\n"), /CRLF/],
      ["\n", /empty/],
      ["{}\n", /which entry/],
      ["null\n", /no JSON object/],
      ['{"leaf_index":1e400}\n', /which entry/],
      ['{"leaf_index":8,"leaf_hash":"zz"}\n', /leaf_hash/],
      [`{"leaf_index":8,"leaf_hash":"${"0".repeat(64)}"}\n`, /neither/],
      [`${"[".repeat(100_000)}\n`, /not JSON/],
      [`{"leaf_index":8,"x":${"[".repeat(100_000)}${"]".repeat(100_000)}}\n`, /nested/],
      [`{"leaf_index":8,"x":${"[".repeat(1000)}${"]".repeat(1000)}}\n`, /nested/],
      [lines[9]!.replace('"leaf":', '"__proto__":{},"leaf":'), /not what the leaf says/],
      [lines[9]!.replace("}\n", ',"leaf_index":8}\n'), /twice/],
      [lines[9]!.replace('"leaf_hash"', '"leaf_\\u0068ash":"","leaf_hash"'), /twice/],
    ];
    for (const [line, words] of spoilt) {
      const verdict = await verify(lines.with(9, line).join(""));
      expect(verdict.status).toBe("unsound");
      const [first] = verdict.faults;
      expect(first?.message, JSON.stringify(verdict.faults)).toMatch(words);
      expect([first?.index, first?.line]).toEqual([8, 10]);
    }
  });

  it("OV-171 ends-of-files-vary: without its last newline, or with empty lines at its end, it is what it was", async () => {
    const verdict = await verify(whole);
    expect(verdict.status).toBe("sound");
    for (const saved of [whole.slice(0, -1), `${whole}\n`, `${whole}\n\n\n`])
      expect(await verify(saved)).toEqual(verdict);
    const [first] = (await verify(`${lines.slice(0, 9).join("")}\n\n${lines.slice(9).join("")}`)).faults;
    expect([first?.kind, first?.line]).toEqual(["unreadable", 10]);
    // A line that lacks more than its newline breaks off.
    for (const cut of [2, 3, 40]) expect((await verify(whole.slice(0, -cut))).faults[0]?.kind).toBe("truncated");
  });

  it("OV-72 bad-input-is-told: a line of a gigabyte ends it, in the memory of one line", async () => {
    const piece = new Uint8Array(1 << 20).fill(0x61);
    let given = 0;
    async function* gigabyte(first: string) {
      yield new TextEncoder().encode(first);
      for (; given < 1024; given += 1) yield piece;
    }
    const options = { keys: logKeys, transition, manifest };
    expect(await verifyExport(gigabyte(""), options)).toMatchObject({ status: "cannot_tell" });
    expect(given).toBeLessThan(3);
    given = 0;
    const verdict = await verifyExport(gigabyte(lines.slice(0, 5).join("")), options);
    expect(verdict.faults[0]).toMatchObject({ kind: "unreadable", index: 4, line: 6 });
    expect(given).toBeLessThan(3);
  });

  it("OV-72 bad-input-is-told: no cut, no changed byte and no noise makes it throw, and none of them is sound", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 2), fc.integer({ min: 1, max: 255 }), async (at, twist) => {
        const changed = bytes.slice();
        changed[at]! ^= twist;
        const verdict = await verify(changed);
        // In the header some things say nothing about the log: the list of keys, of theorems.
        if (at >= lines[0]!.length) expect(verdict.status, `byte ${at} ^ ${twist}`).toBe("unsound");
        // Without its last newline it is whole.
        expect((await verify(bytes.slice(0, at))).status).not.toBe("sound");
      }),
      { numRuns: 60 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.json(), fc.string(), fc.constantFrom(...lines)), { maxLength: 8 }),
        async (parts) => {
          expect((await verify(parts.join("\n"))).status).not.toBe("sound");
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  it("OV-72 bad-input-is-told: it is the same however the bytes arrive", async () => {
    const verdict = await verify(whole);
    for (const size of [1, 7, 100_000]) {
      const again = await verifyExport(inPieces(whole, size), { keys: logKeys, transition, manifest });
      expect({ ...again, unchecked: [], keys: [] }).toEqual({ ...verdict, unchecked: [], keys: [] });
    }
  });
});
