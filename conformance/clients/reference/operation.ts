/**
 * What an operation of the protocol takes and gives. It sees `given` and `input` as one.
 */
export type Answer = { readonly ok: object } | { readonly error: string } | { readonly unsupported: string };
export type Operation = (it: never) => Answer | Promise<Answer>;
