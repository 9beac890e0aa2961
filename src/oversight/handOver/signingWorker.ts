/** The thread that signs while the main one goes on. It receives each key once, and answers each list of messages in one. */
import { parentPort, workerData } from "node:worker_threads";
import type { KeyObject } from "node:crypto";
import { Result } from "effect";
import { nodeSigner } from "../../identity/NodeSigner.ts";
import type { P256Signer } from "../../identity/P256Signer.ts";
import type { DkimKey } from "../../contracts/settings.ts";
import { signatureFields, type ToSign } from "./signatureFields.ts";

/** One message; `agent` and `operator` are key ids. */
export interface SigningJob {
  readonly toSign: ToSign;
  readonly agent: string;
  readonly operator: string;
}

export interface SigningRequest {
  /** Keys that were not sent before. */
  readonly keys: readonly (readonly [kid: string, key: KeyObject])[];
  readonly jobs: readonly SigningJob[];
}

/** In the order of the jobs: the fields, or why there are none. */
export type SigningReply = readonly ({ readonly fields: readonly string[] } | { readonly fault: string })[];

if (parentPort !== null) {
  const port = parentPort;
  const dkim = workerData as readonly DkimKey[];
  const signers = new Map<string, P256Signer>();

  const answer = async ({ toSign, agent, operator }: SigningJob): Promise<SigningReply[number]> => {
    const keys = { agent: signers.get(agent), operator: signers.get(operator) };
    if (keys.agent === undefined || keys.operator === undefined)
      return { fault: "The signing thread has no such key." };
    const made = await signatureFields(toSign, { agent: keys.agent, operator: keys.operator }, dkim).catch((error) =>
      Result.fail(String(error)),
    );
    return Result.isFailure(made) ? { fault: made.failure } : { fields: made.success };
  };

  port.on("message", ({ keys, jobs }: SigningRequest) => {
    for (const [kid, key] of keys) signers.set(kid, nodeSigner(kid, key));
    void Promise.all(jobs.map(answer)).then((reply: SigningReply) => port.postMessage(reply));
  });
  port.postMessage([] satisfies SigningReply);
}
