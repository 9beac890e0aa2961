/** Readers of the forms that several settings share: numbers, switches, words, lists. */
import { Result } from "effect";
import { type Reader, refused } from "./Setting.ts";

const quoted = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);

/** Any text, as it is. */
export const text: Reader<string> = (text) => Result.succeed(text);

/** A text that `isOne` takes; `form` completes "write …". Repeats nothing of what it was given. */
export const shaped =
  (form: string, isOne: (text: string) => boolean): Reader<string> =>
  (text) =>
    isOne(text) ? Result.succeed(text) : refused(`write ${form}.`);

const numeric =
  (pattern: RegExp, form: string) =>
  (least: number, most: number): Reader<number> =>
  (text) => {
    const value = pattern.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most
      ? Result.succeed(value)
      : refused(`write a ${form} from ${least} to ${most}, not ${quoted(text)}.`);
  };

/** A whole number in decimal digits, both bounds included. */
export const whole = numeric(/^\d+$/, "whole number");

/** A number in decimal digits, with a point or without, both bounds included. */
export const number = numeric(/^(?:\d+(?:\.\d+)?|\.\d+)$/, "number");

/** One of two or more words. */
export const oneOf =
  <const Words extends readonly [string, string, ...string[]]>(...words: Words): Reader<Words[number]> =>
  (text) =>
    words.includes(text)
      ? Result.succeed(text)
      : refused(`write ${words.slice(0, -1).join(", ")} or ${words.at(-1)}, not ${quoted(text)}.`);

/** `on` or `off`. */
export const onOff: Reader<boolean> = (text) => Result.map(oneOf("on", "off")(text), (word) => word === "on");

interface ListOf<A> {
  /** What the items are, in the plural. */
  readonly of: string;
  readonly item: Reader<A>;
  /** Two items with the same identity are a duplicate. Shown. */
  readonly identity: (item: A) => string;
  /** Default: a comma, with blanks or without. */
  readonly separator?: RegExp;
}

/** A list. Every item is read; an empty one, and one that stands there twice, is refused. */
export const listOf =
  <A>({ of, item, identity, separator = /\s*,\s*/ }: ListOf<A>): Reader<readonly A[]> =>
  (text) => {
    const items: A[] = [];
    const problems: string[] = [];
    const texts = text.split(separator);
    if (texts.includes("")) problems.push(`an item is empty; write ${of} with one comma between two of them.`);
    for (const one of texts) {
      if (one === "") continue;
      const read = item(one);
      if (Result.isFailure(read)) problems.push(...read.failure);
      else items.push(read.success);
    }
    const names = items.map(identity);
    const twice = new Set(names.filter((name, i) => names.indexOf(name) !== i));
    for (const name of twice) problems.push(`${name} is there twice; write it once.`);
    const [first, ...more] = problems;
    return first === undefined ? Result.succeed(items) : Result.fail([first, ...more]);
  };
