/** The receiver of the benchmark, in a process of its own: accepts and forgets, counts, prints its port. */
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

let count = 0;
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ["STARTTLS", "AUTH"],
  disableReverseLookup: true,
  maxClients: 500,
  socketTimeout: 600_000,
  logger: false,
  onData(stream, _session, done) {
    stream.on("data", () => {});
    stream.on("end", () => {
      count += 1;
      done();
    });
  },
});
server.listen(0, "127.0.0.1", () => {
  process.send?.({ port: (server.server.address() as AddressInfo).port });
});
process.on("message", () => process.send?.({ count }));
process.on("disconnect", () => process.exit(0));
