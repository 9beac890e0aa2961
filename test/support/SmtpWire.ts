/** One connection's octets, read by lines and by contents, written by replies. */
import type { Socket } from "node:net";

const end = Buffer.from("\r\n.\r\n");

export class SmtpWire {
  readonly #socket: Socket;
  #pieces: Buffer[] = [];
  #closed = false;
  #wake = (): void => {};

  readonly #hear = (chunk: Buffer): void => {
    this.#pieces.push(chunk);
    this.#wake();
  };
  readonly #close = (): void => {
    this.#closed = true;
    this.#wake();
  };

  constructor(socket: Socket) {
    this.#socket = socket.on("data", this.#hear).on("close", this.#close);
  }

  /** Everything that has come and is not read yet. */
  #taken(): Buffer {
    const pieces = this.#pieces.splice(0);
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  }

  /** Waits for more; `false` when none will come. */
  async #more(): Promise<boolean> {
    if (this.#closed) return false;
    await new Promise<void>((resolve) => (this.#wake = resolve));
    return true;
  }

  /** The next line without its CRLF; `null` once the connection is closed. */
  async line(): Promise<string | null> {
    do {
      const octets = this.#taken();
      const at = octets.indexOf("\r\n");
      this.#pieces.push(octets.subarray(at === -1 ? 0 : at + 2));
      if (at !== -1) return octets.subarray(0, at).toString("latin1");
    } while (await this.#more());
    return null;
  }

  /**
   * A content up to the line with the dot alone, dots still stuffed; or what has come as soon as that is `most` octets; `null` when
   * the connection closes before.
   */
  async content(most: number): Promise<Buffer | null> {
    const pieces: Buffer[] = [];
    let size = 0;
    // What was looked at, as far as the end may begin in it: the dot may be on the first line.
    let tail = Buffer.from("\r\n");
    do {
      const piece = this.#taken();
      const seen = Buffer.concat([tail, piece]);
      const at = seen.indexOf(end);
      const ends = at === -1 ? Infinity : size - tail.length + at + 2;
      pieces.push(piece);
      size += piece.length;
      if (Math.min(size, ends) >= most) return Buffer.concat(pieces);
      if (at !== -1) {
        const octets = Buffer.concat(pieces);
        this.#pieces.push(octets.subarray(ends + 3));
        return octets.subarray(0, ends);
      }
      tail = seen.subarray(-(end.length - 1));
    } while (await this.#more());
    return null;
  }

  say(reply: string): void {
    if (this.#socket.writable) this.#socket.write(`${reply}\r\n`);
  }

  end(reply: string): void {
    this.#socket.end(`${reply}\r\n`);
  }

  /** Hears no more, so that somebody else may. */
  release(): void {
    this.#socket.off("data", this.#hear).off("close", this.#close);
  }
}
