/**
 * Writes small images in the format of the WebAssembly Lean, for tests of what reads them: constants with a kind, a type and a
 * value. Independent of the reader; the layout was found by looking at real files.
 */
import { writeFileSync } from "node:fs";

const kinds = ["axiom", "definition", "theorem", "opaque", "quotient", "inductive", "constructor", "recursor"];

export interface Written {
  readonly name: string;
  readonly kind: string;
  /** Names of the constants that its value applies, one after another. */
  readonly uses?: readonly string[];
  /** 0 unsafe, 1 safe, 2 partial. */
  readonly safety?: number;
}

const headerSize = 0x58;

export class Image {
  readonly #base: number;
  #bytes = Buffer.alloc(headerSize);
  constructor(base: number) {
    this.#base = base;
  }

  #put(object: Buffer): number {
    const at = this.#bytes.length;
    const padding = Buffer.alloc((8 - (object.length % 8)) % 8);
    this.#bytes = Buffer.concat([this.#bytes, object, padding]);
    return this.#base + at;
  }

  #object(tag: number, fields: readonly number[], scalars: readonly number[] = []): number {
    const object = Buffer.alloc(8 + 4 * fields.length + scalars.length);
    object[6] = fields.length;
    object[7] = tag;
    for (const [i, field] of fields.entries()) object.writeUInt32LE(field, 8 + 4 * i);
    for (const [i, scalar] of scalars.entries()) object[8 + 4 * fields.length + i] = scalar;
    return this.#put(object);
  }

  #array(items: readonly number[]): number {
    const object = Buffer.alloc(16 + 4 * items.length);
    object[7] = 246;
    object.writeUInt32LE(items.length, 8);
    object.writeUInt32LE(items.length, 12);
    for (const [i, item] of items.entries()) object.writeUInt32LE(item, 16 + 4 * i);
    return this.#put(object);
  }

  #string(text: string): number {
    const bytes = Buffer.from(text);
    const object = Buffer.alloc(20 + bytes.length + 1);
    object[7] = 249;
    object.writeUInt32LE(bytes.length + 1, 8);
    object.writeUInt32LE(bytes.length + 1, 12);
    object.writeUInt32LE(text.length, 16);
    bytes.copy(object, 20);
    return this.#put(object);
  }

  /** `A.b` as Lean has it; nothing stands for the empty name. */
  #name(name: string): number {
    return name.split(".").reduce((before, part) => this.#object(1, [before, this.#string(part)]), 1);
  }

  #constantUse(name: string): number {
    return this.#object(4, [this.#name(name), 1]);
  }

  #constant({ name, kind, uses = [], safety = 1 }: Written): number {
    const about = this.#object(0, [this.#name(name), 1, this.#constantUse("Nat")]);
    const value = uses
      .map((use) => this.#constantUse(use))
      .reduce((all, one) => this.#object(5, [all, one]), this.#object(3, [1]));
    const valued = ["definition", "theorem", "opaque"].includes(kind);
    const inner = valued ? this.#object(0, [about, value, 1, 1], [safety]) : this.#object(0, [about], [0]);
    return this.#object(kinds.indexOf(kind), [inner]);
  }

  /** Writes the image with these constants to a file. */
  write(
    file: string,
    constants: readonly Written[],
    names: readonly string[] = constants.map(({ name }) => name),
  ): void {
    const written = this.#array(constants.map((one) => this.#constant(one)));
    const root = this.#object(0, [this.#array([]), this.#array(names.map((name) => this.#name(name))), written]);
    this.#bytes.write("olean", 0, "latin1");
    this.#bytes[5] = 2;
    this.#bytes.write("4.28.0-pre", 7, "latin1");
    this.#bytes.writeUInt32LE(this.#base, 0x50);
    this.#bytes.writeUInt32LE(root, 0x54);
    writeFileSync(file, this.#bytes);
  }
}

/** Writes a module's two halves: the public one with the same names, and the private one with everything. */
export const writeModule = (stem: string, constants: readonly Written[], names?: readonly string[]): void => {
  new Image(0x100000).write(`${stem}.olean`, []);
  new Image(0x200000).write(`${stem}.olean.private`, constants, names);
};
