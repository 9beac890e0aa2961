/** The pages that are walked, in the order in which a reader comes to them: the later ones go on in the project that `embed.md` makes. */
import { readdirSync } from "node:fs";
import { root } from "./markdown.ts";

const guide = "spec/guide";

export const pages = [
  "README.md",
  ...["embed", "audit", "implement", "operate", "change"].map((name) => `${guide}/${name}.md`),
] as const;

/** The guides that are there, walked or not. */
export const guidesThere = (): readonly string[] =>
  readdirSync(`${root}${guide}`)
    .filter((name) => name.endsWith(".md"))
    .map((name) => `${guide}/${name}`);
