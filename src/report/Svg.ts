/**
 * Charts as inline SVG: no script, nothing loaded, colours by class so that the page's style (light, dark, print) decides. Each
 * has a title and a description; the numbers stand in a table beside it.
 *
 * Labels are placed by an estimate of their width, generous for the usual fonts.
 */
import { type Chart, shown, type Text } from "./Document.ts";
import { escapeHtml } from "../bytes/escapeHtml.ts";
import { dayText } from "./Period.ts";
import { numeral } from "./articles.ts";

/** Units of the drawing; the page scales it to its column. */
export const chartWidth = 720;
const right = 16;

const r = (n: number): string => String(Math.round(n * 100) / 100);

/** About how wide a text of 12 units is drawn: capitals and some others are wide, other scripts wider. */
export const widthOf = (what: string): number => {
  let sum = 0;
  for (const one of what) sum += one >= "\u1100" ? 13 : /[A-Z_@%mwMW⟨⟩…]/.test(one) ? 9.5 : 7.4;
  return sum;
};

/** Plain text of a label, cut to so many characters. */
const label = (text: Text, limit: number): string => {
  const characters = [...(typeof text === "string" ? text : shown(text))];
  return characters.length > limit ? `${characters.slice(0, limit - 1).join("")}…` : characters.join("");
};

const svg = (id: string, chart: Chart, height: number, body: readonly string[]): string =>
  [
    `<svg class="chart" role="img" viewBox="0 0 ${chartWidth} ${r(height)}" aria-labelledby="${id}-t ${id}-d">`,
    `<title id="${id}-t">${escapeHtml(chart.title)}</title>`,
    `<desc id="${id}-d">${escapeHtml(chart.describes)} The numbers are in the table.</desc>`,
    ...body,
    "</svg>",
  ].join("\n");

const rect = (x: number, y: number, width: number, height: number, tone: string): string =>
  `<rect class="t-${tone}" x="${r(x)}" y="${r(y)}" width="${r(width)}" height="${r(height)}"/>`;

const text = (x: number, y: number, what: string, anchor: "start" | "middle" | "end"): string =>
  `<text x="${r(x)}" y="${r(y)}" text-anchor="${anchor}">${escapeHtml(what)}</text>`;

const rule = (x1: number, y1: number, x2: number, y2: number, kind: "grid" | "axis"): string =>
  `<line class="${kind}" x1="${r(x1)}" y1="${r(y1)}" x2="${r(x2)}" y2="${r(y2)}"/>`;

/** A round number of at least `most`, and how many equal steps of whole numbers it has. */
const ceiling = (most: number): readonly [top: number, ticks: number] => {
  if (most <= 5) return [Math.max(1, most), Math.max(1, most)];
  const power = 10 ** Math.floor(Math.log10(most));
  const factor =
    [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((it) => it * power >= most && Number.isInteger((it * power) / 5)) ?? 10;
  return [factor * power, 5];
};

/** Which labels of a row fit side by side: each `every`-th. */
const every = (labels: readonly string[], room: number): number => {
  const widest = Math.max(1, ...labels.map(widthOf)) + 10;
  return Math.max(1, Math.ceil((labels.length * widest) / room));
};

const columns = (id: string, chart: Extract<Chart, { readonly kind: "columns" }>): string => {
  const totals = chart.values.map((row) => row.reduce((sum, value) => sum + value, 0));
  const shares = chart.scale === "share";
  const [top, ticks] = shares ? ([1, 4] as const) : ceiling(Math.max(0, ...totals));
  const tick = (i: number): string => (shares ? `${(100 * i) / ticks} %` : numeral((top / ticks) * i));
  const left = widthOf(tick(ticks)) + 12;
  const [above, below, height] = [12, 228, 256];
  const room = chartWidth - left - right;
  const pitch = room / Math.max(1, chart.labels.length);
  const width = Math.min(40, Math.max(1, pitch * 0.78));
  const step = every(chart.labels, room);
  const out: string[] = [];
  for (let i = 0; i <= ticks; i++) {
    const y = below - ((below - above) * i) / ticks;
    out.push(rule(left, y, chartWidth - right, y, i === 0 ? "axis" : "grid"), text(left - 6, y + 4, tick(i), "end"));
  }
  for (const [place, row] of chart.values.entries()) {
    const whole = shares ? totals[place]! : top;
    const x = left + pitch * place + (pitch - width) / 2;
    let y = below;
    for (const [s, value] of row.entries()) {
      if (value <= 0 || whole <= 0) continue;
      const tall = ((below - above) * value) / whole;
      y -= tall;
      out.push(rect(x, y, width, tall, chart.series[s]!.tone));
    }
  }
  for (const [place, what] of chart.labels.entries()) {
    if (place % step !== 0) continue;
    const half = widthOf(what) / 2;
    const x = left + pitch * (place + 0.5);
    // At the edges the label is moved in, and left out if it would then meet the one before.
    if (x + half > chartWidth && place > 0) continue;
    out.push(text(Math.max(half, x), below + 18, what, "middle"));
  }
  return svg(id, chart, height, out);
};

const nameColumn = 22;

const bars = (id: string, chart: Extract<Chart, { readonly kind: "bars" }>): string => {
  const labels = chart.rows.map((row) => label(row.label, nameColumn));
  const left = Math.max(0, ...labels.map(widthOf)) + 12;
  const most = Math.max(1, ...chart.rows.map(({ value }) => value));
  const room = chartWidth - left - right - widthOf(numeral(most)) - 8;
  const out: string[] = [];
  const line = 26;
  for (const [i, { value, tone }] of chart.rows.entries()) {
    const y = 6 + line * i;
    const long = (room * value) / most;
    out.push(text(left - 8, y + 15, labels[i]!, "end"));
    if (long > 0) out.push(rect(left, y + 2, Math.max(1, long), line - 8, tone));
    out.push(text(left + Math.max(0, long) + 6, y + 15, numeral(value), "start"));
  }
  out.push(rule(left, 4, left, 8 + line * chart.rows.length - 4, "axis"));
  return svg(id, chart, 12 + line * chart.rows.length, out);
};

const strips = (id: string, chart: Extract<Chart, { readonly kind: "strips" }>): string => {
  const labels = chart.rows.map((row) => label(row.label, nameColumn));
  const left = Math.max(0, ...labels.map(widthOf)) + 12;
  const room = chartWidth - left - right;
  const span = Math.max(1, chart.to - chart.from);
  const line = 22;
  const bottom = 6 + line * chart.rows.length;
  const out: string[] = [];
  for (const [i, { segments }] of chart.rows.entries()) {
    const y = 4 + line * i;
    out.push(text(left - 8, y + 14, labels[i]!, "end"));
    for (const { from, to, tone } of segments) {
      out.push(rect(left + (room * (from - chart.from)) / span, y + 2, (room * (to - from)) / span, line - 6, tone));
    }
  }
  out.push(
    rule(left, bottom, chartWidth - right, bottom, "axis"),
    text(left, bottom + 18, dayText(chart.from), "start"),
    text(chartWidth - right, bottom + 18, dayText(chart.to), "end"),
  );
  return svg(id, chart, bottom + 28, out);
};

/** Tones that occur in a chart, for its legend. */
export const legendOf = (chart: Chart): readonly { readonly title: string; readonly tone: string }[] => {
  if (chart.kind === "bars") return [];
  const seen =
    chart.kind === "columns"
      ? new Set(chart.series.filter((_, s) => chart.values.some((row) => row[s]! > 0)).map(({ tone }) => tone))
      : new Set(chart.rows.flatMap(({ segments }) => segments.map(({ tone }) => tone)));
  return chart.series.filter(({ tone }) => seen.has(tone));
};

/** `id` must be unique in the page. */
export const drawing = (id: string, chart: Chart): string =>
  chart.kind === "columns" ? columns(id, chart) : chart.kind === "bars" ? bars(id, chart) : strips(id, chart);
