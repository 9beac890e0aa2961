/** `countersign demo receiver`: an SMTP server for trials, which writes what it gets to files and sends nothing on. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Effect } from "effect";
import { Argument, Command, Flag } from "effect/cli";
import { quit, untilSignal } from "../exit.ts";
import { startReceiver } from "./Receiver.ts";

const folder = Argument.String("folder").pipe(
  Argument.withDescription("Where to write the messages: 1.eml, 2.eml, …; earlier ones are overwritten"),
);

const port = Flag.Int("port").pipe(
  Flag.withDescription("TCP port on 127.0.0.1; 0 takes a free one"),
  Flag.withDefault(1025),
);

const say = (line: string) => void process.stdout.write(`${line}\n`);

export const receiver = Command.make("receiver", { folder, port }, ({ folder, port }) => {
  let count = 0;
  return Effect.tryPromise(() => {
    mkdirSync(folder, { recursive: true });
    return startReceiver(port, ({ from, recipients, raw }) => {
      count += 1;
      const file = join(folder, `${count}.eml`);
      writeFileSync(file, raw);
      say(`${file}: ${from} → ${recipients.join(", ")}`);
    });
  }).pipe(
    Effect.catch(({ cause }) =>
      quit(2, `The receiver cannot start: ${cause instanceof Error ? cause.message : String(cause)}`),
    ),
    (started) =>
      untilSignal(
        Effect.acquireUseRelease(
          started,
          ({ url }) =>
            Effect.andThen(
              Effect.sync(() => say(`receiver listens on ${url}`)),
              Effect.never,
            ),
          ({ stop }) => Effect.promise(stop),
        ),
      ),
  );
}).pipe(
  Command.withDescription(
    "Run an SMTP server for trials, on 127.0.0.1, without TLS or password. It writes each message to a file and sends nothing on.\n" +
      "It ends on SIGINT or SIGTERM with status 0.",
  ),
  Command.withShortDescription("Run an SMTP server for trials that writes mail to files"),
);
