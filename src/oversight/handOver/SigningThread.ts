/**
 * Signs in a thread of its own once there is much to sign, else in this one. Two signatures and the hashes under them are a
 * third of what one hand-over costs the thread that also speaks SMTP and commits.
 *
 * - The thread is started by the first wave of more than {@link few} messages, and used from when it is ready.
 * - Should it die, what it had not answered is signed here, and it is not started again.
 *
 * **Gotchas**: only what is put on top of a message comes back; the approved bytes themselves never leave this thread for good.
 */
import { Worker } from "node:worker_threads";
import { Effect, Result } from "effect";
import type { NodeSigner } from "../../identity/NodeSigner.ts";
import type { DkimKey } from "../../contracts/settings.ts";
import { signatureFields, type ToSign } from "./signatureFields.ts";
import type { SigningReply, SigningRequest } from "./signingWorker.ts";

type Fields = Result.Result<readonly string[], string>;

interface Signers {
  readonly agent: NodeSigner;
  readonly operator: NodeSigner;
}

interface Job {
  readonly toSign: ToSign;
  readonly signers: Signers;
  readonly done: (fields: Fields | Promise<Fields>) => void;
}

/** As many at once are signed here, milliseconds sooner than another thread would start. */
const few = 4;

// The same file name under Node's type stripping and after the build.
const workerFile = new URL(`./signingWorker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

class SigningThread {
  readonly #dkim: readonly DkimKey[];
  #worker: Worker | null = null;
  #ready = false;
  #dead = false;
  /** Asked for in this turn of the event loop. */
  #gathered: Job[] = [];
  /** Sent; replies come in the order of the messages. */
  #sent: (readonly Job[])[] = [];
  readonly #known = new Set<string>();
  /** How many messages the thread has signed. */
  signed = 0;

  readonly #warn: (message: string) => void;

  constructor(dkim: readonly DkimKey[], warn: (message: string) => void) {
    this.#dkim = dkim;
    this.#warn = warn;
  }

  get started(): boolean {
    return this.#worker !== null;
  }

  readonly sign = (toSign: ToSign, signers: Signers): Promise<Fields> =>
    new Promise((done) => {
      if (this.#gathered.length === 0) setImmediate(() => this.#flush());
      this.#gathered.push({ toSign, signers, done });
    });

  readonly #here = ({ toSign, signers, done }: Job): void =>
    done(signatureFields(toSign, signers, this.#dkim).catch((error) => Result.fail(String(error))));

  #flush(): void {
    const jobs = this.#gathered;
    this.#gathered = [];
    if (jobs.length > few && !this.#dead && this.#worker === null) this.#start();
    if (this.#worker === null || !this.#ready || (jobs.length <= few && this.#sent.length === 0)) {
      jobs.forEach(this.#here);
      return;
    }
    const keys: SigningRequest["keys"][number][] = [];
    for (const { signers } of jobs) {
      for (const { kid, privateKey } of [signers.agent, signers.operator]) {
        if (!this.#known.has(kid)) keys.push([kid, privateKey]);
        this.#known.add(kid);
      }
    }
    const request: SigningRequest = {
      keys,
      jobs: jobs.map(({ toSign, signers }) => ({ toSign, agent: signers.agent.kid, operator: signers.operator.kid })),
    };
    try {
      this.#worker.postMessage(request);
      this.#sent.push(jobs);
    } catch {
      // Something that cannot be copied to another thread, a key in hardware for one.
      jobs.forEach(this.#here);
    }
  }

  #start(): void {
    const worker = new Worker(workerFile, { workerData: this.#dkim });
    // A process that is otherwise done need not wait for it.
    worker.unref();
    this.#worker = worker;
    worker.on("message", (reply: SigningReply) => {
      if (!this.#ready) {
        this.#ready = true;
        return;
      }
      for (const [i, { done }] of (this.#sent.shift() ?? []).entries()) {
        const one = reply[i]!;
        this.signed++;
        done("fields" in one ? Result.succeed(one.fields) : Result.fail(one.fault));
      }
    });
    worker.on("error", (error) => this.#end(String(error)));
    worker.on("exit", () => this.#end("it ended"));
  }

  #end(why: string): void {
    if (!this.#dead) this.#warn(`The signing thread is gone (${why}); messages are signed without it.`);
    this.#dead = true;
    this.#worker = null;
    this.#sent.splice(0).flat().forEach(this.#here);
  }

  readonly close = async (): Promise<void> => {
    const worker = this.#worker;
    this.#dead = true;
    await worker?.terminate();
  };
}

/** A thread that lives as long as the scope. */
export const makeSigningThread = (dkim: readonly DkimKey[]) =>
  Effect.acquireRelease(
    Effect.map(Effect.context<never>(), (context) => {
      const run = Effect.runForkWith(context);
      return new SigningThread(dkim, (message) => void run(Effect.logWarning(message)));
    }),
    (thread) => Effect.promise(thread.close),
  );
