/** The server of `countersign serve`, but for one thing: a hand-over that was put off is tried again after a second, not after minutes. */
import { Effect, Layer } from "effect";
import { layerSmtp } from "../../src/delivery/SmtpTransport.ts";
import { layerServer } from "../../src/server/Server.ts";
import { readServerSettings } from "../../src/server/settings/ServerSettings.ts";
import { layerFromUrl } from "../../src/store/Store.ts";

const config = await Effect.runPromise(readServerSettings(process.env));

const carrier = layerSmtp({ url: config.smtp, schedule: { first: 1, longest: 1, jitter: 0 } });

await Effect.runPromise(
  Layer.launch(layerServer(config, (line) => console.log(line), layerFromUrl(config.database), carrier)),
);
