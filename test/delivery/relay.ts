/**
 * Relays that misbehave on cue, on 127.0.0.1: a scripted one for the exact moment of every fault.
 *
 * **Gotchas**: a script's answer may be a reply, several (CRLF between them), `die` (the connection is reset), `close` (it is closed, after
 * a reply where there is one before it: "421 bye close") or `hang` (this command gets no answer).
 */
import { readFileSync } from "node:fs";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { Effect } from "effect";

export type Answer = string;

export interface Script {
  readonly greeting?: Answer;
  readonly ehlo?: Answer;
  /** "502 no" */
  readonly helo?: Answer;
  readonly mail?: Answer;
  readonly rcpt?: Answer | ((address: string) => Answer);
  readonly data?: Answer;
  /** After this many bytes of content, instead of after its end. */
  readonly contentAfter?: number;
  readonly content?: Answer | ((content: string) => Answer);
  readonly rset?: Answer;
  /** Agrees to STARTTLS and says this to EHLO from then on. */
  readonly secureEhlo?: Answer;
  /** Any other line: AUTH and what follows it. */
  readonly other?: (line: string) => Answer;
  /** After this many bytes of content nothing more is read; the connection is reset when the content would have been answered. */
  readonly readUntil?: number;
  /** How replies that are due together are put on the wire: each as it is due, or cut into pieces that arrive one by one. */
  readonly cut?: (octets: string) => readonly string[];
}

export interface Relay {
  readonly port: number;
  readonly connections: () => number;
  /** Commands of all sessions, in order. */
  readonly commands: readonly string[];
  /** Contents that came to their end, as they were before stuffing, with who had been accepted for them and the answer. */
  readonly taken: readonly {
    readonly recipients: readonly string[];
    readonly content: string;
    readonly answer: Answer;
  }[];
  /** Contents begun, dots still stuffed, as far as they came. */
  readonly contents: readonly string[];
  /** Resets every open connection. */
  readonly cut: () => void;
}

const pem = (name: string) => readFileSync(new URL(name, import.meta.url));

const isReply = (answer: Answer): boolean => /^\d/.test(answer);

/** A relay that follows `script`, which may be exchanged between messages. */
export const scripted = (script: () => Script) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const sockets = new Set<Socket>();
      const commands: string[] = [];
      const taken: Relay["taken"][number][] = [];
      const contents: string[] = [];
      let connections = 0;
      const server = createServer({ noDelay: true }, (socket) => {
        connections++;
        sockets.add(socket);
        socket.on("close", () => sockets.delete(socket)).on("error", () => {});
        let stream: Socket = socket;
        let inContent = false;
        /** What was answered to a content that had not come to its end. */
        let early: Answer | null = null;
        let recipients: string[] = [];
        /** Of the content: what has come, and been searched for its end. */
        let searched = "";
        let buffer = "";
        let due = "";
        const flush = async (pieces: readonly string[]): Promise<void> => {
          for (const piece of pieces) {
            if (stream.writable) stream.write(piece, "latin1");
            await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
          }
        };
        let flushed = Promise.resolve();
        const put = (octets: string): void => {
          if (script().cut === undefined) stream.write(octets);
          else due += octets;
        };
        const say = (answer: Answer): boolean => {
          const reply = answer.replace(/ ?close$/, "");
          if (answer === "die") socket.resetAndDestroy();
          else if (isReply(reply)) put(`${reply}\r\n`);
          if (reply !== answer) stream.end();
          return isReply(reply);
        };
        const command = (line: string): void => {
          commands.push(line);
          const verb = line.slice(0, 4).toUpperCase();
          if (verb === "EHLO")
            say((stream === socket ? undefined : script().secureEhlo) ?? script().ehlo ?? "250 relay.test");
          else if (verb === "HELO") say(script().helo ?? "502 no");
          else if (verb === "MAIL") {
            recipients = [];
            say(script().mail ?? "250 ok");
          } else if (verb === "RCPT") {
            const rcpt = script().rcpt ?? "250 ok";
            const address = /<(.*)>/.exec(line)![1]!;
            const answer = typeof rcpt === "string" ? rcpt : rcpt(address);
            if (say(answer) && answer.startsWith("2")) recipients.push(address);
          } else if (verb === "DATA") {
            const answer = script().data ?? (recipients.length > 0 ? "354 go on" : "503 nobody to send it to");
            inContent = say(answer) && answer.startsWith("3");
            // A second reply here is the one to the content, before it.
            early = /^354[^\r]*\r\n(.*)$/s.exec(answer)?.[1] ?? null;
          } else if (verb === "RSET") say(script().rset ?? "250 ok");
          else if (verb === "STAR" && script().secureEhlo !== undefined) {
            socket.write("220 go ahead\r\n");
            socket.removeAllListeners("data");
            stream = new TLSSocket(socket, {
              isServer: true,
              cert: pem("../support/receiver-cert.pem"),
              key: pem("../support/receiver-key.pem"),
            });
            stream.on("error", () => {}).on("data", hear);
          } else if (verb === "QUIT") stream.end("221 bye\r\n");
          else say(script().other?.(line) ?? "500 what");
        };
        const read = (): void => {
          for (;;) {
            if (inContent) {
              const { contentAfter, readUntil } = script();
              const content = (octets: string): Answer => {
                const wanted = script().content ?? "250 taken";
                return typeof wanted === "string" ? wanted : wanted(octets);
              };
              if (readUntil !== undefined && searched.length + buffer.length >= readUntil) {
                contents.push(searched + buffer);
                stream.pause();
                setTimeout(() => socket.resetAndDestroy(), 150);
                return;
              }
              if (searched === "" && buffer.startsWith(".\r\n")) buffer = `\r\n${buffer}`;
              const end = buffer.indexOf("\r\n.\r\n");
              const come = searched.length + (end === -1 ? buffer.length : end);
              if (early === null && contentAfter !== undefined && come >= contentAfter) {
                contents.push(searched + buffer);
                early = content(searched + buffer);
                // What still comes of the content is swallowed.
                if (!say(early)) return;
              }
              if (end === -1) {
                // Not searched again with each packet: contents are long. The end may begin in the last four.
                searched += buffer.slice(0, -4);
                buffer = buffer.slice(-4);
                return;
              }
              const whole = searched + buffer.slice(0, end + 2);
              searched = "";
              buffer = buffer.slice(end + 5);
              inContent = false;
              const answer = early ?? content(whole);
              taken.push({ recipients, content: whole.replace(/^\./gm, ""), answer });
              if (early !== null) {
                early = null;
                continue;
              }
              contents.push(whole);
              if (!say(answer)) return;
            }
            const end = buffer.indexOf("\r\n");
            if (end === -1) return;
            const line = buffer.slice(0, end);
            buffer = buffer.slice(end + 2);
            command(line);
          }
        };
        const send = (): void => {
          const octets = due;
          const { cut } = script();
          due = "";
          if (octets !== "" && cut !== undefined) flushed = flushed.then(() => flush(cut(octets)));
        };
        const hear = (chunk: Buffer): void => {
          buffer += chunk.toString("latin1");
          read();
          send();
        };
        socket.on("data", hear);
        say(script().greeting ?? "220 relay.test");
        send();
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const cut = () => sockets.forEach((socket) => socket.resetAndDestroy());
      const { port } = server.address() as AddressInfo;
      const relay: Relay = { port, connections: () => connections, commands, taken, contents, cut };
      return { relay, server };
    }),
    ({ relay, server }) =>
      Effect.promise(
        () =>
          new Promise<void>((resolve) => {
            server.close(() => resolve());
            relay.cut();
          }),
      ),
  ).pipe(Effect.map(({ relay }) => relay));
