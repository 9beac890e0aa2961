/** What a threat feed says, whatever its format: entries, and how the reading went. */

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
  /** Nothing says that its end is missing. */
  readonly isWhole: boolean;
}
