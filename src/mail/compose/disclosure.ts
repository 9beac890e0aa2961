/**
 * The sentence that informs a reader that an AI agent wrote the message, put under the text and under the HTML.
 *
 * **Gotchas**
 * - HTML that would swallow what follows it (an open comment, tag or style, any script) is refused when there is a disclosure.
 *   Not covered: an element left open and hidden by its own style. A reviewer of a gated mailbox sees the result as it will be sent.
 */

import { escapeHtml } from "../../bytes/escapeHtml.ts";

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
const UNREADABLE = ["script", "noscript", "noframes", "frameset", "plaintext", "template", "select", "svg", "math"];
// Shown only when opened, played or not understood. An end tag is no help: in a table within, it is passed over.
const SHUT = ["dialog", "datalist", "details", "audio", "video", "canvas", "object", "meter", "progress", "rp"];
const NEVER = new Set([...UNREADABLE, ...SHUT]);

// Within a tag (HTML, 13.2.5.32-40).
const BLANKS = /[\t\n\f\r /]*/y;
const ATTRIBUTE_NAME = /=?[^\t\n\f\r />=]*/y;
const EQUALS = /[\t\n\f\r ]*=[\t\n\f\r ]*/y;
const UNQUOTED = /[^\t\n\f\r >]*/y;

/** The index after the attribute that starts at `at`: `at` itself at the end of the tag, 0 for a quote left open. */
const afterAttribute = (html: string, at: number): number => {
  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.test(html);
    if (found) at = pattern.lastIndex;
    return found;
  };
  skip(BLANKS);
  skip(ATTRIBUTE_NAME);
  if (!skip(EQUALS)) return at;
  const quote = html[at];
  if (quote !== '"' && quote !== "'") {
    skip(UNQUOTED);
    return at;
  }
  return html.indexOf(quote, at + 1) + 1;
};

/** The index of the `>` that ends the tag whose attributes start at `at`, or -1 when it does not end. */
const tagEnd = (html: string, at: number): number => {
  let next = afterAttribute(html, at);
  while (next > at) [at, next] = [next, afterAttribute(html, next)];
  return html[at] === ">" ? at : -1;
};

/** True when what is appended to this HTML would become part of a comment, a tag or an element that is not shown. Linear time. */
export const swallowsWhatFollows = (html: string): boolean => {
  // Read differently inside SVG and MathML; no mail needs it.
  if (/<!\[CDATA\[/i.test(html)) return true;
  for (let at = html.indexOf("<"); at >= 0; at = html.indexOf("<", at + 1)) {
    if (html.startsWith("<!--", at)) {
      // Its hyphens may be those of the beginning: `<!-->` is a whole comment.
      const close = html.indexOf("-->", at);
      // Browsers end a comment at `--!>` as well (13.2.5.52), so what is after that may be markup.
      if (close === -1 || html.slice(at, close).includes("--!>")) return true;
      at = close;
      continue;
    }
    const tag = /<(\/?)([a-zA-Z][^\t\n\f\r />]*)/y;
    tag.lastIndex = at;
    const found = tag.exec(html);
    if (found === null) {
      if (!/[!?/]/.test(html.charAt(at + 1))) continue;
      const close = html.indexOf(">", at);
      if (close === -1) return true;
      at = close;
      continue;
    }
    at = tagEnd(html, at + found[0].length);
    if (at === -1) return true;
    const name = found[2]!.toLowerCase();
    if (NEVER.has(name)) return true;
    if (found[1] === "" && RAW_TEXT.has(name)) {
      const end = new RegExp(`</${name}[\\t\\n\\f\\r />]`, "gi");
      end.lastIndex = at;
      const close = end.exec(html);
      if (close === null) return true;
      // Its own attributes are read next.
      at = close.index - 1;
    }
  }
  return false;
};
