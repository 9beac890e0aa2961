/** Keys of a log, of witnesses and of an operator, made when this file is loaded. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { noteKey, type NoteKey, type NoteKeyType, type NoteSigner } from "../../src/audit/tree/SignedNote.ts";
import { type P256PublicKey, parseSpki } from "../../src/identity/PublicKey.ts";
import { must } from "./result.ts";

const spkiOf = (key: KeyObject): Uint8Array =>
  new Uint8Array(createPublicKey(key).export({ format: "der", type: "spki" }));

/** A fresh P-256 key: its public half, and a way to sign with it. */
export const p256Key = (): { readonly key: P256PublicKey; readonly sign: (bytes: Uint8Array) => Uint8Array } => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    key: must(parseSpki(spkiOf(privateKey))),
    sign: (bytes) => new Uint8Array(sign("sha256", bytes, privateKey)),
  };
};

/** A key of a log or a witness. */
export const noteSigner = (name: string, type: NoteKeyType): NoteSigner => {
  if (type === 2) {
    const { key, sign: by } = p256Key();
    return { key: must(noteKey(name, 2, key.spki)), sign: async (text) => by(text) };
  }
  const { privateKey } = generateKeyPairSync("ed25519");
  const raw = spkiOf(createPrivateKey(privateKey.export({ format: "pem", type: "pkcs8" }))).slice(-32);
  return { key: must(noteKey(name, type, raw)), sign: async (text) => new Uint8Array(sign(null, text, privateKey)) };
};

export const origin = "acme.example/log";
export const logSigners: readonly NoteSigner[] = [noteSigner(origin, 1), noteSigner(origin, 2)];
export const logKeys: readonly NoteKey[] = logSigners.map(({ key }) => key);
export const operatorKey = p256Key();
