/** README.md and its kin as data: blocks, links, anchors, tables. Knows as much of Markdown as these files use. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export const readText = (path: string): string => readFileSync(`${root}${path}`, "utf8");

export interface Block {
  /** The word after the backticks. */
  readonly kind: string;
  readonly text: string;
  /** Of the line with the backticks, from 1. */
  readonly line: number;
  /** The heading it stands under. */
  readonly section: string;
}

/** The fenced blocks, in order. */
export const blocksOf = (markdown: string): readonly Block[] => {
  const blocks: Block[] = [];
  let section = "";
  let open: { kind: string; line: number; text: string[] } | null = null;
  for (const [i, line] of markdown.split("\n").entries()) {
    const fence = /^```(\S*)\s*$/.exec(line);
    if (open !== null) {
      if (fence !== null && fence[1] === "") {
        blocks.push({ kind: open.kind, line: open.line, text: open.text.join("\n"), section });
        open = null;
      } else open.text.push(line);
    } else if (fence !== null) open = { kind: fence[1]!, line: i + 1, text: [] };
    else section = /^#+ (.*)$/.exec(line)?.[1] ?? section;
  }
  return blocks;
};

/** The text without its fenced blocks. */
export const proseOf = (markdown: string): string => markdown.replace(/^```\S*\n[\s\S]*?^```$/gm, "");

/** What is written in code style in running text. */
export const inlineCode = (markdown: string): readonly string[] =>
  [...proseOf(markdown).matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!);

/** The same with each `[word]` that is defined below as `[word]: target` written out as `[word](target)`, and without the definitions. */
export const writtenOut = (markdown: string): string => {
  const definition = /^\[([^\]]+)\]: (\S+)$/gm;
  const targets = new Map([...markdown.matchAll(definition)].map((match) => [match[1]!, match[2]!]));
  return markdown
    .replace(definition, "")
    .replace(/\[([^\]]+)\](?!\()/g, (text, word: string) =>
      targets.has(word) ? `${text}(${targets.get(word)})` : text,
    );
};

/** The targets of links that are no URLs. */
export const linksOf = (markdown: string): readonly string[] =>
  [...proseOf(writtenOut(markdown)).matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1]!)
    .filter((link) => !/^[a-z]+:/.test(link));

/** The anchors that a page has on the web: its headings, as GitHub writes them. */
export const anchorsOf = (markdown: string): ReadonlySet<string> =>
  new Set(
    [...proseOf(markdown).matchAll(/^#+ (.+)$/gm)].map((match) =>
      match[1]!
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );

/** The rows of the table whose first heading is `heading`, each as its cells, without the headings. */
export const tableOf = (markdown: string, heading: string): readonly (readonly string[])[] => {
  const lines = markdown.split("\n");
  const first = lines.findIndex((line) => new RegExp(`^\\| ${heading} +\\|`).test(line));
  if (first < 0) throw new Error(`there is no table with the heading ${heading}`);
  const rest = lines.slice(first + 2);
  const end = rest.findIndex((line) => !line.startsWith("|"));
  return rest.slice(0, end).map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
};
