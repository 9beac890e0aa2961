/**
 * Something that signs with one P-256 key, wherever the key is: this process, an HSM, another service.
 */

export interface P256Signer {
  readonly kid: string;
  /** ECDSA with SHA-256 over `data`, in DER. Rejects when the key cannot be used. */
  readonly sign: (data: Uint8Array) => Promise<Uint8Array>;
}
