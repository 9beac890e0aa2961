/**
 * Markdown to HTML that is safe to mail: `marked` with nothing of the input passed through as markup.
 *
 * - Raw HTML is shown as text. Links keep only http, https and mailto targets. Images become links with their alternative text: nothing
 *   is fetched, here or by the reader's program.
 * - The text part of a Markdown message is the Markdown itself.
 */
import { Marked } from "marked";
import { escapeHtml } from "../../bytes/escapeHtml.ts";

// An allow-list over the literal characters: an entity or a blank in the scheme does not match, so it cannot be decoded into one.
const SAFE_TARGET = /^(?:https?:\/\/|mailto:)[!#-;=?-~]*$/i;

const link = (target: string, label: string): string =>
  // marked leaves existing entities in a target; escaping every & shows and follows the characters that were checked.
  SAFE_TARGET.test(target) ? `<a href="${escapeHtml(target)}">${label}</a>` : label;

const marked = new Marked({
  async: false,
  gfm: true,
  renderer: {
    html: ({ text, block }) => (block === true ? `<p>${escapeHtml(text.trim())}</p>\n` : escapeHtml(text)),
    link({ href, tokens }) {
      return link(href, this.parser.parseInline(tokens));
    },
    image: ({ href, text }) => link(href, escapeHtml(text === "" ? "image" : text)),
  },
});

/** HTML (a fragment, ending in a newline) for GitHub-flavoured Markdown. Total: every text has a rendering. */
export const markdownToHtml = (markdown: string): string => marked.parse(markdown, { async: false });
