/** What a holder of the log's keys can do with a log: leaves changed, put in and taken out, without a trace in their form. */
import { canonical, type Json } from "../../src/bytes/canonical.ts";

type LeafJson = { [name: string]: Json };

/** A leaf with members changed, canonical again. */
export const alteredLeaf = (leaf: string, change: (leaf: any) => void): string => {
  const json = JSON.parse(leaf) as LeafJson;
  change(json);
  return canonical(json);
};

/** Leaves numbered and chained again: what was put in or taken out leaves no gap. */
export const renumbered = (leaves: readonly string[]): string[] => {
  const lastOf = new Map<string, number>();
  return leaves.map((leaf, index) =>
    alteredLeaf(leaf, (json) => {
      json.index = index;
      json.previous = lastOf.get(json.tenant) ?? null;
      lastOf.set(json.tenant, index);
    }),
  );
};
