import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { markdownToHtml } from "../../../src/mail/compose/Markdown.ts";

describe("markdownToHtml", () => {
  it("renders Markdown", () => {
    expect(markdownToHtml("# Hi\n\n**a** [b](https://c.example/?d=1&e=2)")).toBe(
      '<h1>Hi</h1>\n<p><strong>a</strong> <a href="https://c.example/?d=1&amp;e=2">b</a></p>\n',
    );
  });
  it("shows raw HTML as text", () => {
    expect(markdownToHtml("<script>x</script>\n\na <img src=x onerror=y> b")).toBe(
      "<p>&lt;script&gt;x&lt;/script&gt;</p>\n<p>a &lt;img src=x onerror=y&gt; b</p>\n",
    );
  });
  it("fetches no image", () => {
    const html = markdownToHtml("![chart](https://track.example/p.png) ![x](data:image/png;base64,AA==) ![](cid:1)");
    expect(html).not.toMatch(/<img|src=/i);
    expect(html).toContain('<a href="https://track.example/p.png">chart</a>');
  });
  it.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java&#115;cript:alert(1)",
    "javascript&colon;alert(1)",
    "&#x6A;avascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "//evil.example",
    "/relative",
    "<java\tscript:x>",
    "\u0001javascript:x",
  ])("keeps the label and drops the target %j", (target) => {
    const html = markdownToHtml(`[label](${target})`);
    expect(html).not.toMatch(/<a/i);
    expect(html).toContain("label");
  });
  it.each([
    ["http://c.example", '<a href="http://c.example">x</a>'],
    ["HTTPS://C.example/~a?b=c#d", '<a href="HTTPS://C.example/~a?b=c#d">x</a>'],
    ["mailto:a@b.example", '<a href="mailto:a@b.example">x</a>'],
    ["https://", '<a href="https://">x</a>'],
    ["<https://c.example/a b>", "x"],
    ["https://c.example/ä", "x"],
    ["javascript:https://c.example", "x"],
    ["https:/c.example", "x"],
    ["ftp://c.example", "x"],
  ])("the target %s", (target, wanted) => {
    expect(markdownToHtml(`[x](${target})`)).toBe(`<p>${wanted}</p>\n`);
  });
  it("names an image by its alternative text, or as an image", () => {
    expect(markdownToHtml("![a<b](https://c.example/p.png) ![](https://c.example/q.png)")).toBe(
      '<p><a href="https://c.example/p.png">a&lt;b</a> <a href="https://c.example/q.png">image</a></p>\n',
    );
    expect(markdownToHtml("![](cid:1)")).toBe("<p>image</p>\n");
  });
  it("renders what GitHub adds, and blocks of HTML without the blanks around them", () => {
    expect(markdownToHtml("~~a~~")).toBe("<p><del>a</del></p>\n");
    expect(markdownToHtml("| a |\n| - |\n| b |")).toContain("<td>b</td>");
    expect(markdownToHtml("<div>\nx\n</div>\n\n\n\ny")).toBe("<p>&lt;div&gt;\nx\n&lt;/div&gt;</p>\n<p>y</p>\n");
    expect(markdownToHtml("   <div>x</div>\n")).toBe("<p>&lt;div&gt;x&lt;/div&gt;</p>\n");
  });
  it("gives no markup but its own, whatever goes in", () => {
    const piece = fc.constantFrom(
      "<",
      ">",
      '"',
      "'",
      "&",
      "[a]",
      "(https://x.example",
      ")",
      "![",
      "](",
      "`",
      "*",
      "\n",
      "<a href=x>",
      "on=",
      "&lt;",
      "&quot;",
      "|",
      "- ",
      "# ",
      "~~",
      "javascript:",
    );
    const tags =
      /<(?!\/?(?:p|a|strong|em|code|pre|del|h[1-6]|ul|ol|li|br|hr|blockquote|table|thead|tbody|tr|th|td|input)\b)/;
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 20 }), (parts) => {
        const html = markdownToHtml(parts.join(""));
        expect(html).not.toMatch(tags);
        for (const tag of html.match(/<a[^>]*>/g) ?? [])
          expect(tag).toMatch(/^<a href="(?:https?:\/\/|mailto:)[^"<>]*">$/i);
      }),
      { numRuns: 500 },
    );
  });
});
