/**
 * The sentence that tells a reader an AI agent wrote the message, put under the text and under the HTML.
 *
 * **Gotchas**
 * - HTML that would swallow what follows it (an open comment, tag or style, any script) is refused when there is a disclosure.
 *   Not covered: an element left open and hidden by its own style. A reviewer of a gated mailbox sees the result as it will be sent.
 */

const WRAP = 76;

/** Breaks lines at blanks so that none passes 76 columns where words allow; keeps a plain text plain on the wire. */
const wrap = (text: string): string => {
  const out: string[] = [];
  for (const line of text.split(/\r\n?|\n/)) {
    let current = "";
    for (const word of line.split(" ")) {
      if (word === "") continue;
      if (current !== "" && current.length + 1 + word.length > WRAP) {
        out.push(current);
        current = word;
      } else current = current === "" ? word : `${current} ${word}`;
    }
    out.push(current);
  }
  return out.join("\n");
};

/** The text, a line of three hyphens, and the disclosure wrapped at 76 columns. */
export const discloseInText = (text: string, disclosure: string): string => {
  const gap = text === "" ? "" : text.endsWith("\n") ? "\n" : "\n\n";
  return `${text}${gap}---\n${wrap(disclosure)}\n`;
};

/** Text as HTML: `& < > " '` as character references. */
export const escapeHtml = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");

// Inline and important, so that no style sheet of the message can hide it.
const STYLE =
  "display:block!important;visibility:visible!important;opacity:1!important;position:static!important;" +
  "max-height:none!important;overflow:visible!important;text-indent:0!important;font-size:12px!important;" +
  "line-height:1.4!important;color:#555!important;background:#fff!important";

/** The HTML with the disclosure as its last paragraph. */
export const discloseInHtml = (html: string, disclosure: string): string => {
  // At the very end, also after </html>: parsers put it into the body, and no comment around a </body> can hide it.
  const lines = escapeHtml(disclosure).replace(/\r\n?|\n/g, "<br>\n");
  return `${html}${html.endsWith("\n") ? "" : "\n"}<hr>\n<p style="${STYLE}">${lines}</p>\n`;
};

// Elements whose content is not markup: only their own end tag ends them.
const RAW_TEXT = new Set(["style", "title", "textarea", "xmp", "iframe", "noembed"]);
// Elements whose reading depends on the program that shows them, or that show nothing; none belongs in a mail.
const NEVER = new Set(["script", "noscript", "noframes", "frameset", "plaintext", "template", "select", "svg", "math"]);

/** The index of the `>` that ends the tag whose attributes start at `at` (HTML, 13.2.5.32-40), or -1 when it does not end. */
const afterTag = (html: string, at: number): number => {
  const blank = /[\t\n\f\r /]*/y;
  const attributeName = /=?[^\t\n\f\r />=]*/y;
  const equals = /[\t\n\f\r ]*=[\t\n\f\r ]*/y;
  const unquoted = /[^\t\n\f\r >]*/y;
  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(html)) return false;
    at = pattern.lastIndex;
    return true;
  };
  while (at < html.length) {
    skip(blank);
    if (html[at] === ">") return at;
    skip(attributeName);
    if (!skip(equals)) continue;
    const quote = html[at];
    if (quote === '"' || quote === "'") {
      const close = html.indexOf(quote, at + 1);
      if (close < 0) return -1;
      at = close + 1;
    } else skip(unquoted);
  }
  return -1;
};

/** True when what is appended to this HTML would become part of a comment, a tag or an element that is not shown. Linear time. */
export const swallowsWhatFollows = (html: string): boolean => {
  // Read differently inside SVG and MathML; nobody needs it in a mail.
  if (/<!\[CDATA\[/i.test(html)) return true;
  for (let at = html.indexOf("<"); at >= 0; at = html.indexOf("<", at)) {
    if (html.startsWith("<!--", at)) {
      // From at + 2, because `<!-->` is a whole comment.
      const close = html.indexOf("-->", at + 2);
      if (close < 0) return true;
      at = close;
      continue;
    }
    const tag = /<(\/?)([a-zA-Z][^\t\n\f\r />]*)/y;
    tag.lastIndex = at;
    const found = tag.exec(html);
    if (found === null) {
      if (!/[!?/]/.test(html[at + 1] ?? "")) {
        at++;
        continue;
      }
      const close = html.indexOf(">", at);
      if (close < 0) return true;
      at = close;
      continue;
    }
    const after = afterTag(html, at + found[0].length);
    if (after < 0) return true;
    at = after;
    const name = found[2]!.toLowerCase();
    if (NEVER.has(name)) return true;
    if (found[1] === "" && RAW_TEXT.has(name)) {
      const end = new RegExp(`</${name}[\\t\\n\\f\\r />]`, "gi");
      end.lastIndex = at;
      const close = end.exec(html);
      if (close === null) return true;
      at = close.index;
    }
  }
  return false;
};
