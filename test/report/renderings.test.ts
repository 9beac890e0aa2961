/** The two renderings, read back: what a log holds stays text in both, and both say the same. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { Marked, marked } from "marked";
import { assert, describe, it } from "vitest";
import { documentOf } from "../../src/report/Compose.ts";
import { name, shown, type Document } from "../../src/report/Document.ts";
import { htmlOf } from "../../src/report/Html.ts";
import { markdownOf } from "../../src/report/Markdown.ts";
import { hostileText } from "../siem/hostile.ts";
import { type Actor } from "../../src/model/Actor.ts";
import { digestOf, TenantLog, olga } from "../support/tenantLog.ts";
import { busy, counted } from "./histories.ts";
import { readPage } from "./page.ts";
import { reportOn } from "./reportOn.ts";

const hostile = [
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "</td></tr></table><h1>All is well</h1>",
  "&lt;b&gt;",
  "a | b | c",
  "`code` ``more``",
  "[click](javascript:alert(1))",
  "![](https://tracker.example/x.png)",
  "https://evil.example/",
  "line\nbreak\r\n# Heading",
  "\u202egnp.exe",
  "zero\u200bwidth\u0000nul",
  "\ud800",
  "=HYPERLINK(1)",
  "",
  "   ",
  "x".repeat(5000),
  "'-->]]>",
  "*bold* _it_ ~~s~~ <!-- c -->",
  "toString",
  "__proto__",
];

/** A log in which every name that somebody chooses is hostile. */
const poisoned = (): TenantLog => {
  const log = new TenantLog();
  const names = hostile.map((it) => it.toWellFormed());
  log.tenantBegins(...names);
  for (const [i, text] of names.entries()) {
    const by: Actor = { role: "reviewer", principal: text, credential: `ak_acme_${text}_oversight` };
    const mailbox = `mbx_${text}`;
    const message = `msg_${i}_${text}`;
    log.mailbox(mailbox);
    log.submit(mailbox, message);
    log.happens(30, by, { type: "reject", mailbox, message, digest: digestOf(message) });
    log.happens(1, { ...olga, principal: text }, { type: "set_mode", mailbox, mode: "monitored" });
    log.happens(1, { ...olga, principal: text }, { type: "revoke_key", key: by.credential! });
  }
  return log;
};

const documents: readonly Document[] = [
  documentOf(
    reportOn(poisoned(), undefined, {
      source: hostile[1]!,
      origin: hostile[0]!,
      findings: hostile,
      verification: "unsound",
    }),
  ),
  documentOf(reportOn(busy())),
  documentOf(reportOn(counted())),
  documentOf(reportOn({ leaves: [] })),
];

describe("the HTML", () => {
  it("is one well-formed page of known tags, whatever stands in the log", () => {
    for (const document of documents) {
      const { elements } = readPage(htmlOf(document));
      const ids = elements.flatMap(({ attributes }) => (attributes.has("id") ? [attributes.get("id")!] : []));
      assert.strictEqual(new Set(ids).size, ids.length);
      for (const { tag, attributes } of elements) {
        const href = attributes.get("href");
        if (href !== undefined) assert.isTrue(tag === "a" && href.startsWith("#") && ids.includes(href.slice(1)), href);
        for (const id of attributes.get("aria-labelledby")?.split(" ") ?? []) assert.include(ids, id);
      }
      assert.strictEqual(elements.filter(({ tag }) => tag === "h1").length, 1);
      for (const { tag, attributes } of elements)
        if (tag === "svg" && attributes.get("role") !== "img") assert.isFalse(attributes.has("id"));
    }
  });

  it("forbids scripts and everything from elsewhere by its own policy, which its own style passes", () => {
    const html = htmlOf(documents[0]!);
    const { elements, texts } = readPage(html);
    const policy = elements.find(({ attributes }) => attributes.get("http-equiv") === "Content-Security-Policy")!;
    const style = texts.find(({ within }) => within.at(-1) === "style")!.text;
    const digest = createHash("sha256").update(style).digest("base64");
    assert.strictEqual(
      policy.attributes.get("content"),
      `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`,
    );
    assert.notMatch(style, /url\(|@import|expression|<\//);
    const position = elements.indexOf(policy);
    assert.isBelow(
      position,
      elements.findIndex(({ tag }) => tag === "style"),
    );
  });

  it("shows hostile names as names, apart from our own words", () => {
    const { texts } = readPage(htmlOf(documents[0]!));
    const names = new Set(texts.filter(({ within }) => within.at(-1) === "code").map(({ text }) => text));
    for (const text of hostile)
      if (text.trim() !== "") assert.isTrue(names.has(shown({ name: text })), JSON.stringify(text));
    for (const { text } of texts) assert.notMatch(text, /[\p{Cc}--\n]|[\u202a-\u202e\u2066-\u2069\u200b]/v);
    for (const { text, within } of texts) {
      if (within.includes("code") || within.includes("svg")) continue;
      assert.notInclude(text, "alert(1)");
      assert.notInclude(text, "evil.example");
    }
  });

  it("has a table beside each chart, right after or before it in the same section", () => {
    for (const { sections } of documents) {
      for (const { blocks } of sections) {
        const charts = blocks.filter(({ kind }) => kind === "chart").length;
        const tables = blocks.filter((block) => block.kind === "table" && block.rows.length > 0).length;
        if (charts > 0) assert.isAtLeast(tables, 1);
      }
    }
  });
});

describe("the Markdown", () => {
  it("stays text, whatever stands in the log", () => {
    for (const document of documents) {
      const html = marked.parse(markdownOf(document), { async: false, gfm: true });
      const allowed = /^\/?(h1|h2|h3|p|ul|li|strong|em|table|thead|tbody|tr|th|td|code|blockquote)$/;
      for (const [, tag] of html.matchAll(/<(\/?[a-zA-Z][^\s>]*)/g)) assert.match(tag!, allowed);
      assert.notMatch(html, /<(a|img|script|h1)[^>]* (href|src)/);
      assert.strictEqual([...html.matchAll(/<h1>/g)].length, 1);
    }
  });

  it("keeps every row of a table at the width of its head", () => {
    for (const document of documents) {
      for (const token of marked.lexer(markdownOf(document))) {
        if (token.type !== "table") continue;
        for (const row of token.rows) assert.strictEqual(row.length, token.header.length);
      }
      const tables = marked.lexer(markdownOf(document)).filter(({ type }) => type === "table").length;
      const wanted = document.sections
        .flatMap(({ blocks }) => blocks)
        .filter((block) => block.kind === "chart" || (block.kind === "table" && block.rows.length > 0)).length;
      assert.strictEqual(tables, wanted);
    }
  });

  it("reads back to the names and words it was given", () => {
    const reader = new Marked();
    fc.assert(
      fc.property(hostileText, hostileText, (text, words) => {
        const line = words.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu, "").trim();
        const html = reader.parse(
          markdownOf({
            title: "T",
            lead: [
              {
                kind: "table",
                caption: "C",
                head: ["A", "B"],
                numbers: [],
                rows: [[name(text), line]],
                empty: "",
              },
            ],
            sections: [],
          }),
          { async: false },
        );
        const cells = [...html.matchAll(/<td>([\s\S]*?)<\/td>/g)].map(([, cell]) => cell!);
        assert.strictEqual(cells.length, 2, html);
        const plain = (cell: string) =>
          cell
            .replace(/^<code>|<\/code>$/g, "")
            .replaceAll("&lt;", "<")
            .replaceAll("&gt;", ">")
            .replaceAll("&quot;", '"')
            .replaceAll("&#39;", "'")
            .replaceAll("&amp;", "&");
        assert.match(cells[0]!, /^<code>[\s\S]*<\/code>$/);
        const wanted = text === "" ? "(empty)" : shown({ name: text }).replaceAll("|", "⟨U+007C⟩");
        assert.strictEqual(plain(cells[0]!).replace(/\s+/g, " ").trim(), wanted.replace(/\s+/g, " ").trim());
        assert.strictEqual(plain(cells[1]!).replace(/\s+/g, " "), line.replace(/\s+/g, " "));
      }),
      { numRuns: 500 },
    );
  });

  it("says the same numbers as the HTML", () => {
    const document = documentOf(reportOn(counted()));
    const markdown = markdownOf(document).replaceAll("\\", "");
    const html = htmlOf(document).replaceAll("&#39;", "'").replaceAll("&quot;", '"');
    for (const block of document.sections.flatMap(({ blocks }) => blocks)) {
      if (block.kind !== "table") continue;
      for (const cell of block.rows.flat()) {
        const text = typeof cell === "string" ? cell : shown(cell);
        assert.include(markdown, text.replaceAll("|", "⟨U+007C⟩"));
        assert.include(html, text);
      }
    }
  });
});
