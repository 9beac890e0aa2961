/**
 * From every claim of README.md a reader comes in five clicks to whatever bears it: the claim's trace, and from there the theorem, the
 * row of the table, the transition of the machine and the test. Each link is followed here, and what it leads to is looked at.
 */
import { dirname, join, normalize } from "node:path";
import { assert, describe, it } from "vitest";
import { linksOf, readText, tableOf, writtenOut } from "./markdown.ts";

const trace = readText("spec/TRACE.md");

/** The clause's part of the trace. */
const sectionOf = (id: string): string => {
  const [, rest] = trace.split(`\n## ${id}\n`);
  return rest?.split(/\n## /)[0] ?? "";
};

/** The line a link of the trace leads to, and what follows it. */
const followed = (link: string): { readonly path: string; readonly lines: readonly string[] } => {
  const [path = "", line = "L1"] = link.split("#");
  const target = normalize(join("spec", path));
  return {
    path: target,
    lines: readText(target)
      .split("\n")
      .slice(Number(line.slice(1)) - 1),
  };
};

const linksAfter = (section: string, start: string): readonly string[] =>
  section
    .split("\n")
    .filter((line) => line.startsWith(start))
    .flatMap(linksOf);

/** What is wrong on the way from a clause of a claim, over its trace, to its own text. */
const lostClauses = (where: string): readonly string[] =>
  [...where.matchAll(/\[(OV-\d+)\]\(([^)]+)\)/g)].flatMap(([, id, link]) => {
    const anchor = id!.toLowerCase();
    if (link !== `spec/TRACE.md#${anchor}`) return [`${id} does not lead to its trace`];
    const [own = ""] = linksOf(sectionOf(id!));
    const [page = "", heading] = own.split("#");
    const slug = new RegExp(`^### ${id} · ([a-z0-9-]+)$`, "m").exec(
      page === "" ? "" : readText(join("spec", page)),
    )?.[1];
    return slug !== undefined && heading === `${anchor}--${slug}`
      ? []
      : [`the trace of ${id} does not lead to its text`];
  });

/** A theorem named by a claim: found in a trace, on its line, as it is written, with a witness that is there. */
const lostTheorems = (where: string, sections: string): readonly string[] =>
  [...where.matchAll(/\[(\w+)\]\((proofs\/[^)]+)\)/g)].flatMap(([, name, file]) => {
    const line = sections.split("\n").find((one) => one.startsWith(`Theorem [\`${name}\`]`));
    if (line === undefined) return [`${name} is in no trace of the claim`];
    const [own, ...witnesses] = linksOf(line);
    const there = followed(own!);
    const problems: string[] = [];
    if (there.path !== file || !there.lines[0]!.includes(`theorem ${name} `)) problems.push(`${name} is not at ${own}`);
    const shown = sections.slice(sections.indexOf(line)).split("```")[1]!.replace(/^lean/, "").trim();
    if (!there.lines.join("\n").includes(shown)) problems.push(`${name} is not as it is shown`);
    if (witnesses.length === 0) problems.push(`${name} has no witness`);
    for (const witness of witnesses) {
      if (!followed(witness).lines[0]!.includes(`theorem ${name}_witness`)) problems.push(`no witness at ${witness}`);
    }
    return problems;
  });

const lostRows = (id: string): readonly string[] => {
  const rows = [...sectionOf(id).matchAll(/\[`([^`]+)`\]\((transitions\.json#L\d+)\)/g)];
  if (rows.length === 0) return [`${id} has no row`];
  return rows.flatMap(([, key, link]) => {
    const row = JSON.parse(followed(link!).lines[0]!.trim().replace(/,$/, "")) as Record<string, string>;
    return `${row.status} ${row.event} ${row.class}` === key ? [] : [`${link} is not the row ${key}`];
  });
};

const lostTransitions = (id: string): readonly string[] => {
  const transitions = linksAfter(sectionOf(id), "- transitions of the machine:");
  if (transitions.length === 0) return [`${id} has no transition`];
  return transitions.flatMap((link) => {
    const { path, lines } = followed(link);
    const [first = ""] = lines;
    const end = `${/^ */.exec(first)![0]}]`;
    const last = /\],?$/.test(first) ? 0 : lines.findIndex((line) => line.startsWith(end));
    const list = lines.slice(0, last + 1).join("\n");
    return path.startsWith("src/machine/") && list.includes(`"${id}"`) ? [] : [`${link} does not carry ${id}`];
  });
};

/** The tests a claim names are those that the traces of its clauses name. */
const lostTests = (where: string, ids: readonly string[]): readonly string[] => {
  const sections = ids.map(sectionOf);
  const slugs = sections.map((section) => /· ([a-z0-9-]+)\]/.exec(section)?.[1]?.replaceAll("-", "_"));
  const tests = sections.map((section) => section.split("\n").find((line) => line.startsWith("- tests:")) ?? "");
  return linksOf(where)
    .filter((link) => link.startsWith("test/"))
    .flatMap((link) => {
      if (link.endsWith("/exhaustive.test.ts")) return [];
      // Its titles are made from the properties in the files beside it.
      const named = link.endsWith("/properties.test.ts")
        ? tests.some((line, i) => line.includes(`${dirname(link)}/theorems-`) && line.includes(slugs[i]!))
        : tests.some((line) => line.includes(`(../${link})`));
      return named ? [] : [`${link} names no clause of the claim`];
    });
};

const lostOn = ([claim = "", words = "", where = ""]: readonly string[]): readonly string[] => {
  const ids = [...where.matchAll(/\[(OV-\d+)\]/g)].map(([, id]) => id!);
  const sections = ids.map(sectionOf).join("\n");
  const has = (word: string) => words.includes(word);
  return [
    ...(ids.length === 0 ? ["no clause"] : []),
    ...lostClauses(where),
    ...(has("proved") ? lostTheorems(where, sections) : []),
    ...(has("exhaustively") ? ids.flatMap((id) => [...lostRows(id), ...lostTransitions(id)]) : []),
    ...(has("tested") ? lostTests(where, ids) : []),
  ].map((problem) => `${claim}: ${problem}`);
};

describe("the reader's path", () => {
  const claims = tableOf(writtenOut(readText("README.md")), "claim");
  for (const claim of claims) {
    it(`of "${claim[0]}" leads there`, () => assert.deepEqual(lostOn(claim), []));
  }

  it("that leads elsewhere is seen", () => {
    const claim = claims.find(([, words]) => words!.includes("proved, checked exhaustively, tested"))!;
    const broken = (from: string | RegExp, to: string) => lostOn(claim.map((cell) => cell.replace(from, to)));
    assert.match(broken("TRACE.md#ov-39", "TRACE.md#ov-40").join(), /OV-39 does not lead to its trace/);
    assert.match(broken("no_gated_bypass", "delivered_at_most_once").join(), /in no trace of the claim/);
    assert.match(broken("spec/TRACE.md#ov-39", "spec/lifecycle.md#ov-39--no-gated-bypass").join(), /not lead to/);
    assert.match(
      broken("[OV-39](spec/TRACE.md#ov-39)", "[OV-999](spec/TRACE.md#ov-999)").join(),
      /trace of OV-999 does not lead/,
    );
    assert.match(broken("machine/properties", "mail/Digest").join(), /names no clause/);
    assert.match(broken(/OV-39\]/, "OV-40]").join(), /OV-40 has no row/);
  });
});
