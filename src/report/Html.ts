/**
 * A document as one HTML page that needs nothing else: no script, nothing loaded, and a content security policy that forbids
 * both, so that a name in a log cannot become code even where an escape were missed. Light and dark, and on paper.
 */
import { escapeHtml } from "../bytes/escapeHtml.ts";
import { toBase64 } from "../bytes/octets.ts";
import { sha256 } from "../bytes/sha256.ts";
import { numeral } from "./articles.ts";
import { type Block, type Document, type Section, shown, type Text } from "./Document.ts";
import { style } from "./style.ts";
import { drawing, legendOf } from "./Svg.ts";

const policy = (): string =>
  `default-src 'none'; style-src 'sha256-${toBase64(sha256(new TextEncoder().encode(style)))}'; base-uri 'none'; form-action 'none'`;

// `<bdi>` keeps a name's direction of writing to itself.
const inline = (text: Text): string =>
  typeof text === "string" ? escapeHtml(text) : `<bdi><code>${escapeHtml(shown(text))}</code></bdi>`;
const inlines = (text: readonly Text[]): string => text.map(inline).join("");

const tableOf = (block: Extract<Block, { readonly kind: "table" }>): string => {
  if (block.rows.length === 0) return `<p class="none">${escapeHtml(`${block.caption}: ${block.empty}`)}</p>`;
  const numbers = new Set(block.numbers);
  const right = (i: number): string => (numbers.has(i) ? ' class="n"' : "");
  // A moment is not broken over two lines.
  const kind = (cell: Text, i: number): string =>
    typeof cell === "string" && /^\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\dZ)?)?$/.test(cell) ? ' class="d"' : right(i);
  const items = block.head[0] === "Item" ? ' class="items"' : "";
  const more = (block.total ?? block.rows.length) - block.rows.length;
  return [
    `<div class="wide${block.head.length < 4 ? " narrow" : ""}" tabindex="0">`,
    `<table${items}>`,
    `<caption>${escapeHtml(block.caption)}</caption>`,
    `<thead><tr>${block.head.map((title, i) => `<th scope="col"${right(i)}>${escapeHtml(title)}</th>`).join("")}</tr></thead>`,
    "<tbody>",
    ...block.rows.map((row) => `<tr>${row.map((cell, i) => `<td${kind(cell, i)}>${inline(cell)}</td>`).join("")}</tr>`),
    "</tbody>",
    "</table>",
    "</div>",
    ...(more > 0 ? [`<p class="none">and ${numeral(more)} more, counted but not listed.</p>`] : []),
  ].join("\n");
};

const figure = (id: string, block: Extract<Block, { readonly kind: "chart" }>): string =>
  [
    "<figure>",
    `<figcaption>${escapeHtml(block.chart.title)}</figcaption>`,
    ...(legendOf(block.chart).length < 2
      ? []
      : [
          `<ul class="legend" aria-hidden="true">${legendOf(block.chart)
            .map(
              ({ title, tone }) =>
                `<li><svg viewBox="0 0 10 10"><rect class="t-${tone}" width="10" height="10"/></svg>${escapeHtml(title)}</li>`,
            )
            .join("")}</ul>`,
        ]),
    '<div class="wide" tabindex="0">',
    drawing(id, block.chart),
    "</div>",
    "</figure>",
  ].join("\n");

const blockOf = (id: string, block: Block): string => {
  switch (block.kind) {
    case "paragraph":
      return `<p>${inlines(block.text)}</p>`;
    case "notice":
      return `<p class="notice ${block.tone}">${inlines(block.text)}</p>`;
    case "facts":
      return `<dl class="facts">\n${block.facts
        .map(([title, value]) => `<div><dt>${escapeHtml(title)}</dt><dd>${escapeHtml(value)}</dd></div>`)
        .join("\n")}\n</dl>`;
    case "links":
      return `<p>${escapeHtml(block.before)} ${block.to
        .map(([to, title]) => `<a href="#${to}">${escapeHtml(title)}</a>`)
        .join(", ")}.</p>`;
    case "table":
      return tableOf(block);
    case "chart":
      return figure(id, block);
  }
};

const sectionOf = ({ id, title, level, blocks }: Section): string =>
  [
    `<section id="${id}">`,
    `<h${level}>${escapeHtml(title)}</h${level}>`,
    ...blocks.map((block, i) => blockOf(`${id}-${i}`, block)),
    "</section>",
  ].join("\n");

/** The whole page. */
export const htmlOf = (document: Document): string =>
  [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy()}">`,
    '<meta name="referrer" content="no-referrer">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(document.title)}</title>`,
    `<style>${style}</style>`,
    "</head>",
    "<body>",
    "<header>",
    `<h1>${escapeHtml(document.title)}</h1>`,
    ...document.lead.map((block, i) => blockOf(`lead-${i}`, block)),
    `<nav aria-label="Sections"><ul>${document.sections
      .filter(({ level }) => level === 2)
      .map(({ id, title }) => `<li><a href="#${id}">${escapeHtml(title)}</a></li>`)
      .join("")}</ul></nav>`,
    "</header>",
    "<main>",
    ...document.sections.map(sectionOf),
    "</main>",
    "</body>",
    "</html>",
    "",
  ].join("\n");
