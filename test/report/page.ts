/**
 * A strict reader of the pages a report is: every tag from a short list, properly nested, with attributes from a short list. What is
 * left are the texts, as a reader of the page would see them. Written from the HTML standard and from nothing in `src/`.
 */

const tags = new Set(
  "html head meta title style body header main nav section h1 h2 h3 p a ul li dl div dt dd table caption thead tbody tr th td figure figcaption svg rect text line desc code bdi".split(
    " ",
  ),
);
const empty = new Set(["meta", "rect", "line"]);
const attributes = new Set(
  "lang charset http-equiv content name class id href scope tabindex role viewBox aria-labelledby aria-hidden aria-label x y x1 y1 x2 y2 width height text-anchor".split(
    " ",
  ),
);

export interface Element {
  readonly tag: string;
  readonly attributes: ReadonlyMap<string, string>;
}

export interface Page {
  readonly elements: readonly Element[];
  /** Text and the tags around it, outermost first. */
  readonly texts: readonly { readonly text: string; readonly within: readonly string[] }[];
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

const decoded = (text: string): string =>
  text.replace(/&([^;]*);?/g, (whole, name: string) => {
    const char = whole.endsWith(";") ? entities[name] : undefined;
    if (char === undefined) throw new Error(`a bare & or an unknown reference: ${whole.slice(0, 40)}`);
    return char;
  });

export const readPage = (html: string): Page => {
  if (!html.startsWith("<!doctype html>\n")) throw new Error("no doctype");
  const elements: Element[] = [];
  const texts: Page["texts"][number][] = [];
  const open: string[] = [];
  let at = "<!doctype html>\n".length;
  while (at < html.length) {
    if (open.at(-1) === "style") {
      const end = html.indexOf("</style>", at);
      texts.push({ text: html.slice(at, end), within: [...open] });
      at = end;
    }
    const lt = html.indexOf("<", at);
    const text = html.slice(at, lt === -1 ? undefined : lt);
    if (text.includes(">")) throw new Error(`a bare >: ${text.slice(0, 80)}`);
    if (text.trim() !== "") texts.push({ text: decoded(text), within: [...open] });
    if (lt === -1) break;
    const tag = /<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?: [a-zA-Z][a-zA-Z0-9-]*="[^"<>]*")*)(\/?)>/y;
    tag.lastIndex = lt;
    const found = tag.exec(html);
    if (found === null) throw new Error(`no tag: ${html.slice(lt, lt + 80)}`);
    const [whole, closing, name, list, selfClosing] = found;
    at = lt + whole.length;
    if (!tags.has(name!)) throw new Error(`the tag ${name}`);
    if (closing === "/") {
      const last = open.pop();
      if (last !== name) throw new Error(`</${name}> closes ${last}`);
      continue;
    }
    const given = new Map<string, string>();
    for (const [, key, value] of list!.matchAll(/ ([a-zA-Z0-9-]+)="([^"]*)"/g)) {
      if (!attributes.has(key!)) throw new Error(`the attribute ${key}`);
      if (given.has(key!)) throw new Error(`${key} twice`);
      given.set(key!, decoded(value!));
    }
    elements.push({ tag: name!, attributes: given });
    if (!empty.has(name!)) open.push(name!);
    if (selfClosing === "/" && !empty.has(name!)) throw new Error(`${name} closes itself`);
  }
  if (open.length > 0) throw new Error(`${open.join()} left open`);
  return { elements, texts };
};
