/** Plain words: the prose of the tree (comments, specification, guides) with the words that it does without. */

/** A word or phrase, and what to write instead. */
export const words: readonly (readonly [word: string, instead: string])[] = [
  ["whoever", "the caller, client, sender, reviewer or reader"],
  ["nobody", "no reader, no caller, no one, or the passive: is not read"],
  ["told", "reported, named, given; receives"],
  ["tells", "reports, names, gives, shows"],
  ["said", "reported, recorded, stated; the reply, the value"],
  ["says", "records, states, names, gives, reports"],
  ["anew", "again"],
  ["goes back", "returns"],
  ["let go", "released"],
];

const pattern = new RegExp(`\\b(?:${words.map(([word]) => word.replace(" ", "\\s+")).join("|")})\\b`, "gi");

interface Fault {
  readonly line: number;
  readonly word: string;
  readonly instead: string;
}

/** The same length and lines, with nothing on them. */
const blank = (text: string): string => text.replace(/[^\n]/g, " ");

/** A code span or a quotation; neither goes on after an empty line. */
const quoted = /`(?:[^`\n]|\n(?!\s*\n))*`|"(?:[^"\n]|\n(?!\s*\n))*"|“[^”]*”/g;
const withoutQuotes = (text: string): string => text.replace(quoted, blank);

/** Where a `/` begins a regular expression and no division: at the start, after an operator, a bracket or one of these words. */
const beforeRegExp = /(?:^|[-+*/%=<>!&|^~?:;,([{}]|\b(?:return|typeof|case|in|of|void|yield|await|throw))$/;

const token =
  /(\/\/[^\n]*|\/\*[\s\S]*?\*\/)|("(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*')|(\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*)|([`{}])|([\w$]+|[^\s\w$])|\s+/gy;
const templateText = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(`|\$\{)/gy;

/** A program with its comments in place and everything else blank. */
export const commentsOf = (program: string): string => {
  let found = "";
  let at = 0;
  let before = "";
  /** For each template that is open, how many braces are open in its present `${…}`. */
  const templates: number[] = [];
  const keep = (end: number, text: string): void => {
    found += text;
    at = end;
  };
  const template = (): void => {
    templateText.lastIndex = at;
    const match = templateText.exec(program);
    if (match === null) throw new Error(`A template does not end: offset ${at}`);
    if (match[1] === "${") templates.push(0);
    keep(templateText.lastIndex, blank(match[0]));
    before = match[1] === "${" ? "{" : "x";
  };
  while (at < program.length) {
    token.lastIndex = at;
    const match = token.exec(program)!;
    const [all, comment, , regExp, special, other] = match;
    if (comment !== undefined) {
      const bare = comment.replace(/^\/[/*]+|\*\/$|^[ \t]*\*/gm, blank);
      keep(at + all.length, withoutQuotes(bare));
    } else if (regExp !== undefined && !beforeRegExp.test(before)) {
      before = "/";
      keep(at + 1, " ");
    } else {
      keep(at + all.length, blank(all));
      if (special === "`") template();
      else if (special === "}" && templates.at(-1) === 0) {
        templates.pop();
        template();
      } else {
        if (special !== undefined && templates.length > 0) templates[templates.length - 1]! += special === "{" ? 1 : -1;
        if (all.trim() !== "") before = special ?? other ?? "x";
      }
    }
  }
  return found;
};

/** Markdown without its code, block quotations, quoted words, and the slugs of clauses: those are identifiers, and never change. */
export const proseOf = (markdown: string): string =>
  withoutQuotes(
    markdown
      .replace(/^ *(```|~~~)[^\n]*\n[\s\S]*?^ *\1[^\n]*$/gm, blank)
      .replace(/<!--[\s\S]*?-->/g, blank)
      .replace(/^ *>[^\n]*$/gm, blank)
      .replace(/^#+ OV-\d+ · [a-z0-9-]+/gm, blank),
  );

export const faultsOf = (prose: string): readonly Fault[] =>
  [...prose.matchAll(pattern)].map(({ 0: found, index }) => {
    const word = found.toLowerCase().replace(/\s+/g, " ");
    return {
      line: prose.slice(0, index).split("\n").length,
      word,
      instead: words.find(([one]) => one === word)![1],
    };
  });
