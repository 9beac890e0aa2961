import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  entryBundle,
  grownTiles,
  parseEntryBundle,
  parseTilePath,
  tilePath,
  tilesOf,
  widthAt,
} from "../../../src/audit/tree/Tiles.ts";
import { must, reason } from "../../support/result.ts";

describe("tiles", () => {
  it("OV-66 tiles-are-served: the names and widths of c2sp.org/tlog-tiles", () => {
    expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe("tile/0/x001/x234/067");
    expect(tilePath({ level: "entries", index: 0, width: 5 })).toBe("tile/entries/000.p/5");
    const tiles = tilesOf(70_000);
    expect(tiles).toHaveLength(277);
    expect(tiles.filter(({ level, width }) => level === 0 && width === 256)).toHaveLength(273);
    expect(tiles.filter(({ level, width }) => level !== 0 || width < 256).map(tilePath)).toEqual([
      "tile/0/273.p/112",
      "tile/1/000",
      "tile/1/001.p/17",
      "tile/2/000.p/1",
    ]);
    expect(tilesOf(256).map(tilePath)).toEqual(["tile/0/000", "tile/1/000.p/1"]);
  });

  it("OV-66 tiles-are-served: a path is read back, and nothing else is one", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.integer({ min: 0, max: 63 }), fc.constant("entries" as const)),
        fc.integer({ min: 0, max: 10 ** 12 }),
        fc.integer({ min: 1, max: 256 }),
        (level, index, width) => {
          expect(must(parseTilePath(tilePath({ level, index, width })))).toEqual({ level, index, width });
        },
      ),
    );
    for (const path of [
      "tile/64/000",
      "tile/00/000",
      "tile/0/1",
      "tile/0/x000/001",
      "tile/0/000.p/0",
      "tile/0/000.p/256",
      "tile/0/000.p/01",
      "tile/0/001/234",
      "/tile/0/000",
      "tile/0/000/",
      "tile/0/../000",
    ])
      expect(reason(parseTilePath(path)), path).toBe("malformed_tile");
  });

  it("OV-66 tiles-are-served: what grows is told once, however the log grew", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { maxLength: 12 }), (steps) => {
        const widths = new Map<string, number>();
        let size = 0;
        for (const step of steps) {
          for (const { level, index, width } of grownTiles(size, size + step)) {
            expect(widths.get(`${level} ${index}`) ?? 0).toBeLessThan(width);
            widths.set(`${level} ${index}`, width);
          }
          size += step;
        }
        expect(widths.size).toBe(tilesOf(size).length);
        for (const tile of tilesOf(size)) {
          expect(widths.get(`${tile.level} ${tile.index}`)).toBe(tile.width);
          expect(widthAt(tile, size)).toBe(tile.width);
        }
      }),
    );
  });

  it("OV-66 tiles-are-served: a bundle is read back, and a cut one refused", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 256 }), (leaves) => {
        const bundle = entryBundle(leaves);
        expect(must(parseEntryBundle(bundle))).toEqual(leaves);
        if (bundle.length > 0) expect(reason(parseEntryBundle(bundle.subarray(0, -1)))).toBe("malformed_tile");
      }),
    );
    expect(() => entryBundle([new Uint8Array(65_536)])).toThrow(RangeError);
    expect(reason(parseEntryBundle(entryBundle(Array.from({ length: 257 }, () => new Uint8Array(1)))))).toBe(
      "malformed_tile",
    );
  });
});
