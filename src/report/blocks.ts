/** The kinds of blocks that the sections are made of, and how their values are written. */
import { sectionTitles, type SectionId } from "./articles.ts";
import type { Block, Chart, Section, Text } from "./Document.ts";
import { durationText, instantText } from "./Period.ts";

/** The most rows a chart has; the table beside it has more. */
export const drawn = 12;

export const section = (id: SectionId, ...blocks: readonly Block[]): Section => ({
  id,
  title: sectionTitles[id],
  level: 2,
  blocks,
});

export const chart = (of: Chart): Block => ({ kind: "chart", chart: of });

/** `numbers`: the columns of numbers. `total`: how many rows there are, when not all are given. */
export const table = (
  caption: string,
  head: readonly string[],
  numbers: readonly number[],
  rows: readonly (readonly Text[])[],
  empty = "",
  total?: number,
): Block => ({ kind: "table", caption, head, numbers, rows, empty, ...(total === undefined ? {} : { total }) });

export const moment = (at: number | null): string => (at === null ? "–" : instantText(at));
export const duration = (seconds: number | null): string => (seconds === null ? "–" : durationText(seconds));
