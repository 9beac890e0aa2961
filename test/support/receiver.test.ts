/** The receiver of these tests takes what an independent server takes of the same octets, however they are cut. */
import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import fc from "fast-check";
import { SMTPServer } from "smtp-server";
import { assert, describe, it } from "vitest";
import { type Receiver, startReceiver } from "./receiver.ts";

interface Taken {
  readonly from: string;
  readonly recipients: readonly string[];
  readonly raw: string;
}

/** `smtp-server` on a free port, and what it took. */
const independent = async () => {
  const taken: Taken[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    disableReverseLookup: true,
    logger: false,
    onData(stream, { envelope: { mailFrom, rcptTo } }, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const from = mailFrom === false ? "" : mailFrom.address;
        const raw = Buffer.concat(chunks).toString("latin1");
        taken.push({ from, recipients: rcptTo.map(({ address }) => address), raw });
        done();
      });
    },
  });
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  return {
    port: (server.server.address() as AddressInfo).port,
    taken,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
};

/** Says all of it at once after the greeting, in these pieces, and gives the first digit of each reply. */
const dialogue = (port: number, octets: string, cuts: readonly number[]): Promise<string> =>
  new Promise((resolve, reject) => {
    let heard = "";
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    socket.on("data", (chunk) => (heard += chunk.toString("latin1")));
    socket.on("error", reject);
    socket.on("close", () => resolve([...heard.matchAll(/^(\d)\d\d /gm)].map(([, digit]) => digit).join("")));
    // A client that talks before the greeting is turned away.
    socket.once("data", async () => {
      let from = 0;
      for (const cut of [...cuts.map((at) => at % (octets.length + 1)).sort((a, b) => a - b), octets.length]) {
        socket.write(octets.slice(from, cut), "latin1");
        from = cut;
        await new Promise((next) => setImmediate(next));
      }
    });
  });

const line = fc.oneof(
  fc.constantFrom("", ".", "..", "...", ". x", "\r", "a\nb", "\u00ff"),
  fc.string({ maxLength: 20 }),
);
const letters = fc.array(fc.array(line, { maxLength: 6 }), { minLength: 1, maxLength: 12 });

const stuffed = (lines: readonly string[]): string =>
  [...lines, "."].map((one, i) => `${i < lines.length && one.startsWith(".") ? "." : ""}${one}\r\n`).join("");

describe("the receiver", () => {
  it("takes the same mails as smtp-server, and answers as well, wherever the octets are cut", async () => {
    const [ours, theirs] = [await startReceiver(), await independent()];
    try {
      await fc.assert(
        fc.asyncProperty(letters, fc.array(fc.nat(4000), { maxLength: 30 }), async (contents, cuts) => {
          const octets = [
            "EHLO client.test\r\n",
            ...contents.map(
              (lines, i) =>
                `MAIL FROM:<from${i}@a.test>\r\nRCPT TO:<to@b.test>\r\nRCPT TO:<cc${i}@b.test>\r\nDATA\r\n${stuffed(lines)}`,
            ),
            "RCPT TO:<early@b.test>\r\nDATA\r\nRSET\r\nNONE\r\nQUIT\r\n",
          ].join("");
          const before = [ours.mails.length, theirs.taken.length] as const;
          const replies = await Promise.all([ours, theirs].map(({ port }) => dialogue(port, octets, cuts)));
          const mails = ours.mails.slice(before[0]).map(({ from, recipients, raw }) => ({
            from,
            recipients,
            raw: raw.toString("latin1"),
          }));
          assert.deepStrictEqual(mails, theirs.taken.slice(before[1]));
          assert.strictEqual(mails.length, contents.length);
          assert.strictEqual(replies[0], replies[1]);
        }),
        // smtp-server lets each connection wait for 100 ms.
        { numRuns: 15 },
      );
    } finally {
      await Promise.all([ours.stop(), theirs.stop()]);
    }
  });

  it("departs from the dialogue as its script says, and returns to it", async () => {
    const receiver: Receiver = await startReceiver({ script: { greeting: "421 closed" } });
    const mail = (to: string) => `MAIL FROM:<a@a.test>\r\nRCPT TO:<${to}>\r\nDATA\r\nHi\r\n.\r\n`;
    const said = (octets: string) => dialogue(receiver.port, `EHLO client.test\r\n${octets}QUIT\r\n`, []);
    try {
      assert.strictEqual(await said(mail("b@b.test")), "4222322");
      receiver.script = { rcpt: (address) => (address === "no@b.test" ? "550 no" : null) };
      assert.strictEqual(
        await said(`${mail("b@b.test")}MAIL FROM:<a@a.test>\r\nRCPT TO:<no@b.test>\r\nDATA\r\n`),
        "2222322552",
      );
      assert.lengthOf(receiver.mails, 2);
    } finally {
      await receiver.stop();
    }
  });
});
