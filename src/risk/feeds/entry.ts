/** A threat feed as it was read, whatever its format: its entries, and how much of it could be read. */

export type FeedEntry =
  | {
      readonly kind: "url";
      /** As the URL parser has it: ASCII, lower case. */ readonly host: string;
      readonly path: string;
    }
  /** `pass`: this feed lets the name through. */
  | { readonly kind: "host" | "pass"; readonly host: string; readonly reach: "itself" | "below" };

export interface ParsedFeed {
  readonly entries: readonly FeedEntry[];
  /** Records seen, those without an entry included. */
  readonly read: number;
  readonly unreadable: number;
  /** There is no sign that its end is missing. */
  readonly isWhole: boolean;
}
