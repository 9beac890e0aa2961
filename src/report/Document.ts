/**
 * A report as a document of paragraphs, tables and charts, before it is HTML or Markdown. A renderer knows these few kinds
 * and nothing of oversight; what fills them knows nothing of markup.
 *
 * **Gotchas**: every text here is plain and may hold anything; a renderer escapes all of it. What comes from the log (names,
 * ids) is a `Name`, so that it can be set apart from our own words.
 */

/** Text that somebody else chose. */
export interface Name {
  readonly name: string;
  /** The most characters shown of it, when it is no mere name. */
  readonly limit?: number;
}
export type Text = string | Name;

/** Sentences that quote what somebody else chose. */
export const passage = (text: string): Text => ({ name: text, limit: 4000 });

export const name = (text: string | null): Text => (text === null ? "–" : { name: text });

/** The longest name shown, characters; the whole of it is in the log. */
const nameLimit = 120;

/** A name made fit to be shown: nothing invisible, nothing that turns the direction of writing, no line break. */
export const shown = ({ name: text, limit = nameLimit }: Name): string => {
  const characters = [...text.toWellFormed()];
  const cut = characters.length > limit ? [...characters.slice(0, limit - 1), "…"] : characters;
  return cut
    .join("")
    .replace(
      /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu,
      (found) => `⟨U+${found.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}⟩`,
    );
};

/** How a part of a chart is coloured: by its meaning. */
export type Tone =
  | "read_only"
  | "gated_all"
  | "gated_send"
  | "monitored"
  | "autonomous"
  | "unknown"
  | "good"
  | "bad"
  | "edit"
  | "idle"
  | "plain";

export interface Series {
  readonly title: string;
  readonly tone: Tone;
}

export type Chart =
  /** A column for each label, divided into the series. */
  | {
      readonly kind: "columns";
      readonly title: string;
      readonly describes: string;
      readonly labels: readonly string[];
      readonly series: readonly Series[];
      /** One row for each label, one value for each series. */
      readonly values: readonly (readonly number[])[];
      /** `share`: each column is shown as parts of its whole. */
      readonly scale: "count" | "share";
    }
  /** A bar for each row. */
  | {
      readonly kind: "bars";
      readonly title: string;
      readonly describes: string;
      readonly rows: readonly { readonly label: Text; readonly value: number; readonly tone: Tone }[];
    }
  /** A strip for each row, divided in time. */
  | {
      readonly kind: "strips";
      readonly title: string;
      readonly describes: string;
      readonly from: number;
      readonly to: number;
      readonly series: readonly Series[];
      readonly rows: readonly {
        readonly label: Text;
        readonly segments: readonly { readonly from: number; readonly to: number; readonly tone: Tone }[];
      }[];
    };

export type Block =
  | { readonly kind: "paragraph"; readonly text: readonly Text[] }
  | { readonly kind: "notice"; readonly tone: "good" | "bad" | "plain"; readonly text: readonly Text[] }
  | {
      readonly kind: "table";
      readonly caption: string;
      readonly head: readonly string[];
      /** Columns of numbers, by place: set to the right. */
      readonly numbers: readonly number[];
      readonly rows: readonly (readonly Text[])[];
      /** Shown where there are no rows. */
      readonly empty: string;
      /** How many rows there are in truth. */
      readonly total?: number;
    }
  | { readonly kind: "facts"; readonly facts: readonly (readonly [title: string, value: string])[] }
  | { readonly kind: "links"; readonly before: string; readonly to: readonly (readonly [id: string, title: string])[] }
  | { readonly kind: "chart"; readonly chart: Chart };

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly level: 2 | 3;
  readonly blocks: readonly Block[];
}

export interface Document {
  readonly title: string;
  readonly lead: readonly Block[];
  readonly sections: readonly Section[];
}

export const paragraph = (...text: readonly Text[]): Block => ({ kind: "paragraph", text });
