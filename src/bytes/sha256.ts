/**
 * SHA-256, from node:crypto where there is one, else from `@noble/hashes`; the same bytes either way.
 *
 * The choice is made once, at load, through `process.getBuiltinModule`, so a browser bundle holds no import of a Node module.
 */
import { sha256 as noble } from "@noble/hashes/sha2.js";

/** A hash fed piece by piece; `digest` may be called once. */
export interface Sha256 {
  update(chunk: Uint8Array): void;
  digest(): Uint8Array;
}

type NodeCrypto = Pick<typeof import("node:crypto"), "createHash">;

/** A maker of hashes on the given crypto module, or in plain JavaScript when there is none. */
export const sha256From = (crypto: NodeCrypto | undefined): (() => Sha256) => {
  if (crypto === undefined) {
    return () => {
      const hash = noble.create();
      return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest() };
    };
  }
  return () => {
    const hash = crypto.createHash("sha256");
    // A Uint8Array of its own: a pooled Buffer would show its neighbours through `.buffer`.
    return { update: (chunk) => void hash.update(chunk), digest: () => new Uint8Array(hash.digest()) };
  };
};

const nodeCrypto = typeof process === "undefined" ? undefined : process.getBuiltinModule?.("node:crypto");

/** Starts a SHA-256 with the fastest implementation at hand. */
export const createSha256: () => Sha256 = sha256From(nodeCrypto);

/** SHA-256 of the chunks laid end to end: 32 bytes. */
export const sha256 = (...chunks: readonly Uint8Array[]): Uint8Array => {
  const hash = createSha256();
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest();
};
