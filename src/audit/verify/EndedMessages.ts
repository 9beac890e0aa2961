/**
 * What replay must still know of a message that has ended: enough to refuse whatever comes after it in the same words as the rules do,
 * in 24 bytes a message instead of a kilobyte.
 *
 * **Gotchas**: a message is known by 64 bits of the hash of its id. Should two share them (one in ten million for a log of a million
 * messages), the later one's first entry looks like one on an ended message, and the log is called unsound that is not: never the reverse.
 */
import { sha256 } from "../../bytes/sha256.ts";
import { utf8 } from "../../bytes/octets.ts";
import { modes } from "../../model/Mode.ts";
import { type MessageState, statuses } from "../../model/State.ts";

/** Words of 32 bits in a slot: two of the hash, one of status, mode and verdict, one each of mailbox, author and owner. */
const words = 6;

export class EndedMessages {
  #slots = new Uint32Array(1024 * words);
  #used = 0;
  /** Names seen so far: mailboxes, people, agents. Few, and each once. */
  readonly #names: string[] = [""];
  readonly #numbers = new Map<string, number>([["", 0]]);

  get size(): number {
    return this.#used;
  }

  #number(name: string): number {
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.#names.push(name) - 1;
      this.#numbers.set(name, number);
    }
    return number;
  }

  #place(slots: Uint32Array, high: number, low: number): number {
    const count = slots.length / words;
    let slot = low % count;
    for (;;) {
      const at = slot * words;
      // The third word is never 0 where there is something.
      if (slots[at + 2] === 0 || (slots[at] === high && slots[at + 1] === low)) return at;
      slot = (slot + 1) % count;
    }
  }

  #grow(): void {
    const larger = new Uint32Array(this.#slots.length * 2);
    for (let at = 0; at < this.#slots.length; at += words) {
      if (this.#slots[at + 2] === 0) continue;
      larger.set(this.#slots.subarray(at, at + words), this.#place(larger, this.#slots[at]!, this.#slots[at + 1]!));
    }
    this.#slots = larger;
  }

  add(message: MessageState): void {
    if (this.#used * words * 4 >= this.#slots.length * 3) this.#grow();
    const [high, low] = keyOf(message.id);
    const at = this.#place(this.#slots, high, low);
    if (this.#slots[at + 2] === 0) this.#used += 1;
    const mode = message.requestedMode === null ? 0 : modes.indexOf(message.requestedMode) + 1;
    const { status, verdict, mailbox, author, owner } = message;
    this.#slots.set(
      [
        high,
        low,
        0x100 | (statuses.indexOf(status) << 4) | (mode << 1) | (verdict.held ? 1 : 0),
        this.#number(mailbox),
        this.#number(author),
        owner === null ? 0 : this.#number(owner),
      ],
      at,
    );
  }

  /** The message as far as the rules look at it once it has ended; `null` when it is not among these. */
  get(id: string, tenant: string): MessageState | null {
    const [high, low] = keyOf(id);
    const at = this.#place(this.#slots, high, low);
    const packed = this.#slots[at + 2]!;
    if (packed === 0) return null;
    const owner = this.#slots[at + 5]!;
    return {
      id,
      tenant,
      mailbox: this.#names[this.#slots[at + 3]!]!,
      status: statuses[(packed >> 4) & 0xf]!,
      version: 0,
      author: this.#names[this.#slots[at + 4]!]!,
      owner: owner === 0 ? null : this.#names[owner]!,
      digest: "",
      revision: 0,
      requestedMode: modes[((packed >> 1) & 0x7) - 1] ?? null,
      sendAt: 0,
      verdict: { score: 0, held: (packed & 1) === 1, blocked: false },
      decideBy: 0,
      approvals: [],
      attempt: 0,
    };
  }
}

const keyOf = (id: string): readonly [high: number, low: number] => {
  const hash = sha256(utf8(id));
  const view = new DataView(hash.buffer, hash.byteOffset);
  return [view.getUint32(0), view.getUint32(4)];
};
