/** The geometry of the charts: what is drawn stays in the picture, in proportion, and no label lies on another. */
import fc from "fast-check";
import { assert, describe, it } from "vitest";
import { documentOf } from "../../src/report/Compose.ts";
import type { Chart } from "../../src/report/Document.ts";
import { chartWidth, drawing, widthOf } from "../../src/report/Svg.ts";
import { hostileText } from "../siem/hostile.ts";
import { october } from "../support/tenantLog.ts";
import { busy, counted } from "./histories.ts";
import { reportOn } from "./reportOn.ts";

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rects: readonly (Box & { readonly tone: string })[];
  readonly texts: readonly (Box & { readonly text: string })[];
}

const unescaped = (text: string): string =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");

/** Reads a drawing strictly: every number finite, every shape one that is known. */
const read = (svg: string): Picture => {
  const shape =
    /^<svg class="chart" role="img" viewBox="0 0 ([\d.]+) ([\d.]+)" aria-labelledby="(\S+) (\S+)">\n([\s\S]*)\n<\/svg>$/;
  const whole = shape.exec(svg);
  assert.isNotNull(whole, svg.slice(0, 200));
  const [, width, height, titleId, descId, body] = whole!;
  const rects: Picture["rects"][number][] = [];
  const texts: Picture["texts"][number][] = [];
  const [title, desc, ...lines] = body!.split("\n");
  assert.match(title!, new RegExp(`^<title id="${titleId}">[^<]+</title>$`));
  assert.match(desc!, new RegExp(`^<desc id="${descId}">[^<]+</desc>$`));
  for (const line of lines) {
    const rect = /^<rect class="t-(\w+)" x="(-?[\d.]+)" y="(-?[\d.]+)" width="([\d.]+)" height="([\d.]+)"\/>$/.exec(
      line,
    );
    const text = /^<text x="(-?[\d.]+)" y="(-?[\d.]+)" text-anchor="(start|middle|end)">([^<]*)<\/text>$/.exec(line);
    if (rect !== null) {
      const [x, y, w, h] = rect.slice(2).map(Number) as [number, number, number, number];
      rects.push({ tone: rect[1]!, x, y, width: w, height: h });
    } else if (text !== null) {
      const written = unescaped(text[4]!);
      const wide = widthOf(written);
      const at = Number(text[1]);
      const x = text[3] === "start" ? at : text[3] === "end" ? at - wide : at - wide / 2;
      texts.push({ text: written, x, y: Number(text[2]) - 10, width: wide, height: 13 });
    } else assert.match(line, /^<line class="(grid|axis)" x1="[\d.]+" y1="[\d.]+" x2="[\d.]+" y2="[\d.]+"\/>$/);
  }
  return { width: Number(width), height: Number(height), rects, texts };
};

const inside = ({ width, height, rects, texts }: Picture): void => {
  for (const box of [...rects, ...texts]) {
    const fits =
      box.x >= -0.02 && box.y >= -0.02 && box.x + box.width <= width + 0.02 && box.y + box.height <= height + 0.02;
    if (!fits) assert.fail(`out of the picture: ${JSON.stringify(box)}`);
  }
};

const slack = 0.05;
const meet = (a: Box, b: Box): boolean =>
  a.x + slack < b.x + b.width &&
  b.x + slack < a.x + a.width &&
  a.y + slack < b.y + b.height &&
  b.y + slack < a.y + a.height;

/** None of the ones lies on one of the others. Words for a failure only when there is one: there are many pairs. */
const clear = (ones: readonly Box[], others: readonly Box[]): void => {
  for (const a of ones) for (const b of others) if (a !== b && meet(a, b)) assert.fail(JSON.stringify([a, b]));
};
const apart = (boxes: readonly Box[]): void => clear(boxes, boxes);

const tones = ["good", "bad", "edit", "idle"] as const;
const amounts = fc.oneof(fc.nat(3), fc.nat(1000), fc.nat(100_000_000));

const columnsChart: fc.Arbitrary<Chart> = fc
  .tuple(
    fc.integer({ min: 1, max: 62 }),
    fc.integer({ min: 1, max: 4 }),
    fc.constantFrom<"count" | "share">("count", "share"),
  )
  .chain(([labels, series, scale]) =>
    fc
      .array(fc.array(amounts, { minLength: series, maxLength: series }), { minLength: labels, maxLength: labels })
      .map((values) => ({
        kind: "columns",
        title: "T",
        describes: "D",
        labels: values.map((_, i) => new Date((october + i * 86_400) * 1000).toISOString().slice(0, 10)),
        series: tones.slice(0, series).map((tone) => ({ title: tone, tone })),
        values,
        scale,
      })),
  );

const barsChart: fc.Arbitrary<Chart> = fc
  .array(
    fc.record({
      label: fc.oneof(
        hostileText,
        hostileText.map((text) => ({ name: text })),
      ),
      value: amounts,
      tone: fc.constantFrom(...tones),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((rows) => ({
    kind: "bars",
    title: "T",
    describes: "D",
    // A plain label is our own word, on one line.
    rows: rows.map((row) => (typeof row.label === "string" ? { ...row, label: "under 10 s" } : row)),
  }));

const stripsChart: fc.Arbitrary<Chart> = fc
  .array(fc.tuple(hostileText, fc.array(fc.nat(1_000_000), { maxLength: 6 })), { minLength: 1, maxLength: 12 })
  .map((rows) => ({
    kind: "strips",
    title: "T",
    describes: "D",
    from: october,
    to: october + 1_000_000,
    series: tones.map((tone) => ({ title: tone, tone })),
    rows: rows.map(([text, cuts]) => {
      const ends = [...new Set(cuts)].sort((a, b) => a - b);
      return {
        label: { name: text },
        segments: ends.slice(1).map((end, i) => ({ from: october + ends[i]!, to: october + end, tone: tones[i % 4]! })),
      };
    }),
  }));

describe("charts", () => {
  it("keeps everything in the picture, and labels and parts apart", () => {
    fc.assert(
      fc.property(fc.oneof(columnsChart, barsChart, stripsChart), (chart) => {
        const picture = read(drawing("id", chart));
        assert.strictEqual(picture.width, chartWidth);
        inside(picture);
        apart(picture.rects);
        apart(picture.texts);
        // A label lies on no bar.
        clear(picture.texts, picture.rects);
      }),
      { numRuns: 300 },
    );
  });

  it("draws columns in proportion", () => {
    fc.assert(
      fc.property(columnsChart, (chart) => {
        if (chart.kind !== "columns" || chart.scale !== "count") return;
        const { rects } = read(drawing("id", chart));
        const shown = chart.values.flatMap((row) =>
          row.flatMap((value, s) => (value > 0 ? [[value, chart.series[s]!.tone] as const] : [])),
        );
        assert.strictEqual(rects.length, shown.length);
        const most = Math.max(0, ...shown.map(([value]) => value));
        const tallest = rects[shown.findIndex(([value]) => value === most)];
        for (const [i, [value, tone]] of shown.entries()) {
          assert.strictEqual(rects[i]!.tone, tone);
          assert.closeTo(rects[i]!.height, (tallest!.height * value) / most, 0.02);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("draws bars in proportion, with their numbers", () => {
    const { rects, texts } = read(
      drawing("id", {
        kind: "bars",
        title: "T",
        describes: "D",
        rows: [
          { label: "a", value: 1000, tone: "plain" },
          { label: "b", value: 250, tone: "plain" },
          { label: "c", value: 0, tone: "plain" },
        ],
      }),
    );
    assert.strictEqual(rects.length, 2);
    assert.closeTo(rects[1]!.width, rects[0]!.width / 4, 0.02);
    assert.deepEqual(
      texts.map(({ text }) => text),
      ["a", "1,000", "b", "250", "c", "0"],
    );
  });

  it("draws what real reports hold", () => {
    let drawn = 0;
    for (const log of [busy(), counted()]) {
      for (const { blocks } of documentOf(reportOn(log)).sections) {
        for (const block of blocks) {
          if (block.kind !== "chart") continue;
          const picture = read(drawing("id", block.chart));
          inside(picture);
          apart(picture.rects);
          apart(picture.texts);
          drawn += 1;
        }
      }
    }
    assert.strictEqual(drawn, 14);
  });
});
