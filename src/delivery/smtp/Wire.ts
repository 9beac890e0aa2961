/**
 * One connection to the relay: commands out, replies in, in step.
 *
 * - It counts. A reply belongs to a command that had been written before the bytes of the reply came; one more than that is
 *   `unasked`, so that no server can answer a command that it has not read.
 * - Its end is announced once, whatever the server, the network or we do; nothing is announced after it.
 *
 * **Gotchas**: a line is latin1 on both sides. `silence` counts from the last octet either way, so a server that drips never meets it;
 * a deadline is the caller's.
 */
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, TLSSocket, type ConnectionOptions } from "node:tls";
import type { SmtpSettings } from "../SmtpSettings.ts";
import { ReplyReader, type Reply } from "./Reply.ts";
import { connectFault, faultOf, outOfStep, tlsFault, tlsInsteadOfGreeting, type SmtpFault } from "./SmtpFault.ts";

export interface WireListener {
  /** To the oldest command without a reply. */
  readonly reply: (reply: Reply) => void;
  /** To no command, or to one that had not been written yet. */
  readonly unasked: (reply: Reply) => void;
  /** All octets that have come are read. `whole`: they ended with a reply. */
  readonly drained: (whole: boolean) => void;
  /** Nothing went either way for as long as `silence` allows. */
  readonly silent: () => void;
  readonly ended: (fault: SmtpFault) => void;
}

export interface TlsFacts {
  /** "TLSv1.3" */
  readonly protocol: string;
  /** Names in the server's certificate, comma-separated. */
  readonly peer: string;
  /** ISO 8601, or `null` where the certificate gives none. */
  readonly expires: string | null;
}

export type WireSettings = Pick<SmtpSettings, "host" | "port" | "encryption" | "rejectUnauthorized">;

export class Wire {
  listener: WireListener;
  #socket: Socket;
  #reader = new ReplyReader();
  readonly #settings: WireSettings;
  readonly #ca: string | null;
  /** Commands written before the octets now being read came. */
  #owed = 1;
  /** Commands written since. */
  #asked = 0;
  #fault: SmtpFault | null = null;
  #secure = false;
  #handshake = false;
  #open = false;

  /** Connects. `opened`: it is connected, and encrypted where that comes first. A greeting is owed then. */
  constructor(settings: WireSettings, ca: string | null, listener: WireListener, opened: () => void) {
    this.#settings = settings;
    this.#ca = ca;
    this.listener = listener;
    const { host, port, encryption } = settings;
    const done = (): void => {
      this.#open = true;
      opened();
    };
    if (encryption === "implicit") {
      this.#handshake = true;
      const socket = connectTls({ ...this.#tls(), port });
      // Until then an error is one of connecting.
      socket.once("connect", () => (this.#open = true));
      this.#socket = socket;
      this.#attach(socket);
      socket.setNoDelay(true);
      socket.once("secureConnect", () => this.#secured(done));
    } else {
      this.#socket = connectTcp({ host, port, noDelay: true });
      this.#attach(this.#socket);
      this.#socket.once("connect", done);
    }
  }

  get secure(): boolean {
    return this.#secure;
  }

  /** Why it ended, or `null`. */
  get fault(): SmtpFault | null {
    return this.#fault;
  }

  /** As EHLO names a client without a name of its own: "[192.0.2.1]". RFC 5321 section 4.1.3. */
  get addressLiteral(): string {
    const address = this.#socket.localAddress ?? "127.0.0.1";
    return isIP(address) === 6 ? `[IPv6:${address}]` : `[${address}]`;
  }

  /** `null` without encryption. */
  get tlsFacts(): TlsFacts | null {
    const socket = this.#socket;
    if (!(socket instanceof TLSSocket) || !this.#secure) return null;
    const { subjectaltname, subject, valid_to: until } = socket.getPeerCertificate();
    const expires = until === undefined ? Number.NaN : Date.parse(until);
    return {
      protocol: socket.getProtocol() ?? "unknown",
      peer: subjectaltname?.replaceAll(/(?:DNS|IP Address):/g, "") ?? String(subject?.CN ?? ""),
      expires: Number.isNaN(expires) ? null : new Date(expires).toISOString(),
    };
  }

  /** Writes commands, each with its CRLF, to which `replies` replies are due. */
  ask(commands: string, replies: number): void {
    this.#asked += replies;
    this.#socket.write(commands, "latin1");
  }

  /** Writes octets of a content that goes on. `flushed`: they are with the operating system. */
  give(octets: Buffer, flushed: () => void): void {
    this.#socket.write(octets, flushed);
  }

  /** Writes the last octets of a content, and the dot. One reply is due. */
  giveLast(octets: Buffer, flushed: () => void): void {
    this.#asked += 1;
    this.#socket.cork();
    this.#socket.write(octets);
    this.#socket.write(".\r\n", "latin1", flushed);
    this.#socket.uncork();
  }

  /** How many milliseconds without an octet are a silence; 0 = none is. */
  silence(milliseconds: number): void {
    this.#socket.setTimeout(milliseconds);
  }

  /** Encrypts; the server has agreed. Octets that came before it are not part of it, and end the connection. RFC 3207 section 5. */
  upgrade(done: () => void): void {
    if (this.#fault !== null) return;
    if (!this.#reader.empty) return this.end(outOfStep("starttls", "The server spoke on between STARTTLS and TLS."));
    const plain = this.#socket;
    plain.removeAllListeners("data").removeAllListeners("end").removeAllListeners("timeout").setTimeout(0);
    this.#handshake = true;
    const socket = connectTls({ ...this.#tls(), socket: plain });
    this.#socket = socket;
    this.#attach(socket);
    socket.once("secureConnect", () => this.#secured(done));
  }

  /** Ends the connection at once. The listener is called before this returns. */
  end(fault: SmtpFault): void {
    if (this.#fault !== null) return;
    this.#fault = fault;
    this.#socket.destroy();
    this.listener.ended(fault);
  }

  #tls(): ConnectionOptions {
    const { host, rejectUnauthorized } = this.#settings;
    return {
      host,
      // An address is no server name (RFC 6066 section 3).
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(this.#ca === null ? {} : { ca: this.#ca }),
      rejectUnauthorized,
      minVersion: "TLSv1.2",
    };
  }

  #secured(done: () => void): void {
    if (this.#fault !== null) return;
    this.#handshake = false;
    this.#secure = true;
    done();
  }

  #attach(socket: Socket): void {
    socket.on("data", (octets: Buffer) => this.#read(octets));
    socket.on("error", (error) => this.end(this.#faultOf(error)));
    socket.on("end", () => this.end(this.#closed()));
    socket.on("close", () => this.end(this.#closed()));
    socket.on("timeout", () => {
      if (this.#fault === null) this.listener.silent();
    });
  }

  #faultOf(error: Error): SmtpFault {
    if (!this.#open) return connectFault(error, this.#settings);
    if (this.#handshake) return tlsFault(error, this.#settings);
    const { code } = error as NodeJS.ErrnoException;
    return faultOf("session", `The connection broke (${code ?? "no code"}).`);
  }

  #closed(): SmtpFault {
    return this.#handshake
      ? tlsFault({ code: "closed by the server" }, this.#settings)
      : faultOf("session", "The server closed the connection.");
  }

  readonly #deliver = (reply: Reply): boolean => {
    if (this.#owed === 0) this.listener.unasked(reply);
    else {
      this.#owed -= 1;
      this.listener.reply(reply);
    }
    return this.#fault === null;
  };

  #read(octets: Buffer): void {
    if (this.#fault !== null) return;
    this.#owed += this.#asked;
    this.#asked = 0;
    // A TLS alert or handshake record.
    if (!this.#secure && (octets[0] === 0x15 || octets[0] === 0x16) && octets[1] === 0x03) {
      return this.end(tlsInsteadOfGreeting(this.#settings));
    }
    const problem = this.#reader.push(octets.toString("latin1"), this.#deliver);
    if (this.#fault !== null) return;
    if (problem !== null) return this.end(outOfStep("session", `The server does not speak SMTP: ${problem}.`));
    this.listener.drained(this.#reader.empty);
  }
}
