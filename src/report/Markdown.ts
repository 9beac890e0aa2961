/**
 * A document as Markdown (CommonMark with GitHub's tables). Charts are rows of blocks and letters; the tables have the numbers.
 *
 * **Gotchas**: what comes from the log stands in code spans, where nothing is markup and nothing becomes a link; our own words
 * are escaped where they hold a character that could begin something.
 */
import { numeral } from "./articles.ts";
import { type Block, type Chart, type Document, type Section, shown, type Text } from "./Document.ts";
import { dayText } from "./Period.ts";

/** Plain words: every character that can begin markup is escaped. */
const plain = (text: string): string =>
  text.replace(/[\r\n]+/g, " ").replace(/[\\`*_{}[\]<>#|~&!]/g, (found) => `\\${found}`);

/**
 * A code span with a fence longer than any run of backticks in it. A pipe is named instead of shown: after a backslash there is no way
 * to write one in a table's code span.
 */
const code = (text: string): string => {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  // One blank at each side is taken away again by the reader, so text that begins or ends with one needs them as well.
  const padded = text === "" ? "(empty)" : /^[` ]|[` ]$/.test(text) ? ` ${text} ` : text;
  return `${fence}${padded.replaceAll("|", "⟨U+007C⟩")}${fence}`;
};

const inline = (text: Text): string => (typeof text === "string" ? plain(text) : code(shown(text)));

const barOf = (value: number, most: number, width: number): string =>
  most === 0 || value === 0 ? "" : "█".repeat(Math.max(1, Math.round((width * value) / most)));

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

const grid = (head: readonly string[], numbers: readonly number[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map((_, i) => (numbers.includes(i) ? "---:" : "---"))), ...rows.map(row)].join("\n");

/** One letter for each mode and each kind of decision. */
const letters = (titles: readonly string[]): readonly string[] => {
  const taken = new Set<string>();
  return titles.map((title) => {
    const letter = [...title].find((it) => /[a-z]/.test(it) && !taken.has(it)) ?? "?";
    taken.add(letter);
    return letter;
  });
};

const drawingOf = (chart: Chart): string => {
  if (chart.kind === "bars") {
    const most = Math.max(0, ...chart.rows.map(({ value }) => value));
    return grid(
      ["", "Number", ""],
      [1],
      chart.rows.map(({ label, value }) => [inline(label), numeral(value), barOf(value, most, 30)]),
    );
  }
  const marks = letters(chart.series.map(({ title }) => title));
  const legend = chart.series.map(({ title }, i) => `${marks[i]} = ${title}`).join(", ");
  if (chart.kind === "strips") {
    const width = 48;
    const span = Math.max(1, chart.to - chart.from);
    const strip = (segments: (typeof chart.rows)[number]["segments"]): string =>
      Array.from({ length: width }, (_, i) => {
        const at = chart.from + (span * (i + 0.5)) / width;
        const segment = segments.find(({ from, to }) => from <= at && at < to);
        return segment === undefined ? "." : marks[chart.series.findIndex(({ tone }) => tone === segment.tone)];
      }).join("");
    return [
      `${plain(dayText(chart.from))} to ${plain(dayText(chart.to))}, . = none; ${plain(legend)}`,
      "",
      grid(
        ["", "From left to right"],
        [],
        chart.rows.map(({ label, segments }) => [inline(label), code(strip(segments))]),
      ),
    ].join("\n");
  }
  const totals = chart.values.map((values) => values.reduce((sum, value) => sum + value, 0));
  const most = Math.max(0, ...totals);
  const width = 30;
  const mixed = (values: readonly number[], total: number): string => {
    const whole = chart.scale === "share" ? total : most;
    if (whole === 0) return "";
    let [sum, drawn, out] = [0, 0, ""];
    for (const [i, value] of values.entries()) {
      sum += value;
      const upTo = Math.round((width * sum) / whole);
      out += marks[i]!.repeat(Math.max(0, upTo - drawn));
      drawn = Math.max(drawn, upTo);
    }
    return out === "" ? "" : code(out);
  };
  const drawnRows = chart.labels.flatMap((label, i) =>
    totals[i] === 0 ? [] : [[plain(label), mixed(chart.values[i]!, totals[i]!)]],
  );
  return [`${plain(legend)}`, "", grid(["Beginning", ""], [], drawnRows)].join("\n");
};

const blockOf = (block: Block): string => {
  switch (block.kind) {
    case "paragraph":
      return block.text.map(inline).join("");
    case "notice":
      return `> **${block.tone === "bad" ? "Attention: " : ""}${block.text.map(inline).join("")}**`;
    case "facts":
      return block.facts.map(([title, value]) => `- ${plain(title)}: **${plain(value)}**`).join("\n");
    case "links":
      return `${plain(block.before)} ${block.to.map(([, title]) => plain(title)).join(", ")}.`;
    case "chart":
      return `**${plain(block.chart.title)}**\n\n${drawingOf(block.chart)}`;
    case "table": {
      if (block.rows.length === 0) return `${plain(block.caption)}: ${plain(block.empty)}`;
      const more = (block.total ?? block.rows.length) - block.rows.length;
      return [
        `**${plain(block.caption)}**`,
        "",
        grid(
          block.head.map(plain),
          block.numbers,
          block.rows.map((cells) => cells.map(inline)),
        ),
        ...(more > 0 ? ["", `and ${numeral(more)} more, counted but not listed.`] : []),
      ].join("\n");
    }
  }
};

const sectionOf = ({ title, level, blocks }: Section): string =>
  [`${"#".repeat(level)} ${plain(title)}`, ...blocks.map(blockOf)].join("\n\n");

/** The whole text. */
export const markdownOf = (document: Document): string =>
  `${[`# ${plain(document.title)}`, ...document.lead.map(blockOf), ...document.sections.map(sectionOf)].join("\n\n")}\n`;
