/**
 * `npm run eval:risk [folder]`: evaluates the score on labelled lists and writes `risk.json`, `risk.md` and `risk.svg`, by default to
 * `test/eval/results`. Prints the table and the seed.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Effect } from "effect";
import { format, resolveConfig } from "prettier";
import { evaluate, report } from "./evaluate.ts";
import { rocSvg } from "./plot.ts";

const folder = resolve(process.argv[2] ?? fileURLToPath(new URL("results", import.meta.url)));
const evaluation = await Effect.runPromise(evaluate);

mkdirSync(folder, { recursive: true });
const style = await resolveConfig(fileURLToPath(import.meta.url));
const write = async (name: string, text: string, parser?: string): Promise<void> =>
  writeFileSync(join(folder, name), parser === undefined ? text : await format(text, { ...style, parser }));
await write("risk.json", JSON.stringify(evaluation), "json");
await write("risk.md", report(evaluation), "markdown");
await write(
  "risk.svg",
  rocSvg(
    "Risk score without network, on labelled lists",
    evaluation.evaluated
      .filter(({ name }) => !name.includes("made"))
      .map(({ name, auc, roc, counts }) => ({ name, auc, points: roc, at: [counts.falsePositiveRate, counts.recall] })),
  ),
);

console.log(`seed ${evaluation.seed}, threshold ${evaluation.threshold / 10_000}`);
for (const { name, counts, auc, falsePositives } of evaluation.evaluated) {
  const { precision, recall, positives, negatives } = counts;
  console.log(
    `${name}: ${positives} bad, ${negatives} good; precision ${precision ?? "-"}, recall ${recall}, ROC-AUC ${auc}; ` +
      `${falsePositives.length} good ones held${falsePositives.length === 0 ? "" : `: ${falsePositives.slice(0, 20).join(" ")}${falsePositives.length > 20 ? " …" : ""}`}`,
  );
}
for (const [family, held, heldOfMet, made] of evaluation.families)
  console.log(`  ${family}: ${held} of ${made}, ${heldOfMet} where the correspondent was hardly written to`);
console.log(`written to ${folder}`);
