/**
 * Reads what the WebAssembly Lean wrote about a module: every constant, its kind and the constants it is made of.
 *
 * The format is Lean's own image of objects in memory, 32 bits wide: a header that ends in the address the image wants to be at
 * and the address of its root, then objects that point at each other by absolute address. A module that exports comes in parts
 * (`.olean`, `.olean.server`, `.olean.private`); the last is the most complete and points into the others.
 *
 * **Gotchas**: whatever is not as expected throws. There is no reading around damage.
 */
import { existsSync, readFileSync } from "node:fs";

/** Where, in the header, the addresses are. */
const baseAt = 0x50;
const rootAt = 0x54;

const stringTag = 249;
const arrayTag = 246;

export const kinds = [
  "axiom",
  "definition",
  "theorem",
  "opaque",
  "quotient",
  "inductive",
  "constructor",
  "recursor",
] as const;
export type ConstantKind = (typeof kinds)[number];

export interface Constant {
  readonly name: string;
  readonly kind: ConstantKind;
  /** False for what was declared `unsafe` or `partial`. */
  readonly safe: boolean;
  /** Addresses of the expressions it is made of: its type, and its value if it has one. */
  readonly expressions: readonly number[];
}

interface Part {
  readonly bytes: Buffer;
  readonly base: number;
}

const readPart = (file: string): Part => {
  const bytes = readFileSync(file);
  if (bytes.toString("latin1", 0, 5) !== "olean") throw new Error(`${file} is not what Lean writes`);
  return { bytes, base: bytes.readUInt32LE(baseAt) };
};

/** Small values stand in the place of an address, with the lowest bit set. */
const isBoxed = (address: number): boolean => (address & 1) === 1;

export class Olean {
  readonly #parts: readonly Part[];
  readonly #names = new Map<number, string>();
  readonly constants: readonly Constant[];
  /** The version of Lean that the header states. */
  readonly version: string;

  /** @param stem path without `.olean` */
  constructor(stem: string) {
    const files = [".olean", ".olean.server", ".olean.private"].map((ending) => stem + ending);
    this.#parts = files.filter((file) => existsSync(file)).map(readPart);
    const last = this.#parts.at(-1);
    if (last === undefined || !existsSync(files[2]!)) throw new Error(`${stem}: a part of what Lean writes is missing`);
    this.version = /[\w.-]+/.exec(last.bytes.toString("latin1", 7, baseAt))?.[0] ?? "";
    const root = last.bytes.readUInt32LE(rootAt);
    const names = this.#array(this.#field(root, 1)).map((address) => this.#name(address));
    this.constants = this.#array(this.#field(root, 2)).map((address) => this.#constant(address));
    if (names.length !== this.constants.length || names.some((name, i) => name !== this.constants[i]!.name)) {
      throw new Error(`${stem}: the list of names is not that of the constants`);
    }
  }

  #at(address: number): readonly [Buffer, number] {
    for (const { bytes, base } of this.#parts) {
      if (address >= base && address < base + bytes.length) return [bytes, address - base];
    }
    throw new Error(`an address that leads nowhere: ${address.toString(16)}`);
  }

  #tag(address: number): number {
    const [bytes, at] = this.#at(address);
    return bytes[at + 7]!;
  }

  #field(address: number, index: number): number {
    const [bytes, at] = this.#at(address);
    if (index >= bytes[at + 6]!) throw new Error(`an object with fewer fields than ${index + 1}`);
    return bytes.readUInt32LE(at + 8 + 4 * index);
  }

  /** The first byte after an object's fields. */
  #scalar(address: number): number {
    const [bytes, at] = this.#at(address);
    return bytes[at + 8 + 4 * bytes[at + 6]!]!;
  }

  #array(address: number): readonly number[] {
    const [bytes, at] = this.#at(address);
    if (bytes[at + 7] !== arrayTag) throw new Error("an array was expected");
    return Array.from({ length: bytes.readUInt32LE(at + 8) }, (_, i) => bytes.readUInt32LE(at + 16 + 4 * i));
  }

  #string(address: number): string {
    const [bytes, at] = this.#at(address);
    if (bytes[at + 7] !== stringTag) throw new Error("a string was expected");
    return bytes.toString("utf8", at + 20, at + 20 + bytes.readUInt32LE(at + 8) - 1);
  }

  #name(address: number): string {
    if (isBoxed(address)) return "";
    const known = this.#names.get(address);
    if (known !== undefined) return known;
    const before = this.#name(this.#field(address, 0));
    const part = this.#field(address, 1);
    const last = this.#tag(address) === 1 ? this.#string(part) : String(part >>> 1);
    const name = before === "" ? last : `${before}.${last}`;
    this.#names.set(address, name);
    return name;
  }

  #constant(address: number): Constant {
    const tag = this.#tag(address);
    const kind = kinds[tag];
    if (kind === undefined) throw new Error(`a constant of an unknown kind: ${tag}`);
    const value = this.#field(address, 0);
    const about = this.#field(value, 0);
    const valued = kind === "definition" || kind === "theorem" || kind === "opaque";
    return {
      name: this.#name(this.#field(about, 0)),
      kind,
      // unsafe, safe, partial
      safe: kind !== "definition" || this.#scalar(value) === 1,
      expressions: [this.#field(about, 2), ...(valued ? [this.#field(value, 1)] : [])],
    };
  }

  /**
   * The names of the constants in an expression. What has been `seen` is not looked at again: share the set to see each
   * constant of a whole module named once.
   */
  *constantsIn(expression: number, seen: Set<number>): Generator<string> {
    const open = [expression];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (isBoxed(next) || seen.has(next)) continue;
      seen.add(next);
      const tag = this.#tag(next);
      switch (tag) {
        case 0: // bound variable
        case 1: // free variable
        case 2: // metavariable
        case 3: // sort
        case 9: // literal
          break;
        case 4: // constant
          yield this.#name(this.#field(next, 0));
          break;
        case 5: // application
          open.push(this.#field(next, 0), this.#field(next, 1));
          break;
        case 6: // function
        case 7: // function type
          open.push(this.#field(next, 1), this.#field(next, 2));
          break;
        case 8: // let
          open.push(this.#field(next, 1), this.#field(next, 2), this.#field(next, 3));
          break;
        case 10: // annotation
          open.push(this.#field(next, 1));
          break;
        case 11: // projection
          yield this.#name(this.#field(next, 0));
          open.push(this.#field(next, 2));
          break;
        default:
          throw new Error(`an expression of an unknown kind: ${tag}`);
      }
    }
  }
}
