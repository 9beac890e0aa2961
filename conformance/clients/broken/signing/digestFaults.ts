/** Faults in the digest (OV-40). */
import type { Fault } from "../fault.ts";
import { faultIn, input, value } from "../operationFault.ts";
import { reading } from "./mail.ts";

const digest = faultIn("digest");

export const digestFaults: readonly Fault[] = [
  digest(
    "digest-without-mailbox",
    "40",
    "A1",
    input(() => ({ mailbox: "" })),
  ),
  digest(
    "digest-without-time",
    "40",
    "E4",
    input(() => ({ send_at: 0 })),
  ),
  digest(
    "digest-with-a-time-of-32-bits",
    "40",
    "E4",
    input(({ send_at }) => ({ send_at: (send_at as number) >= 0 ? (send_at as number) % 2 ** 32 : send_at })),
  ),
  digest(
    "digest-without-sender",
    "40",
    "A5",
    input(() => ({ from: "" })),
  ),
  digest(
    "digest-of-the-first-recipient",
    "40",
    "A5",
    input(({ to }) => ({ to: (to as string[]).slice(0, 1) })),
  ),
  digest(
    "digest-of-sorted-recipients",
    "40",
    "A5",
    input(({ to }) => ({ to: (to as string[]).toSorted() })),
  ),
  digest(
    "digest-of-each-recipient-once",
    "40",
    "A5",
    input(({ to }) => ({ to: [...new Set(to as string[])] })),
  ),
  digest(
    "digest-of-joined-recipients",
    "40",
    "A5",
    input(({ to }) => ({ to: (to as string[]).length > 1 ? [(to as string[]).join(",")] : to })),
  ),
  digest(
    "digest-of-lower-case-recipients",
    "40",
    "A5",
    input(({ to }) => ({ to: (to as string[]).map((one) => one.toLowerCase()) })),
  ),
  digest(
    "digest-without-lengths",
    "40",
    "A5",
    input(({ from, to }) => ({
      from: `${from as string}${(to as string[]).join("")}`,
      to: (to as string[]).map(() => ""),
    })),
  ),
  digest(
    "digest-of-trimmed-octets",
    "40",
    "A1",
    reading((raw) => raw.trimEnd()),
  ),
  digest(
    "digest-of-octets-with-mended-lines",
    "40",
    "A1",
    reading((raw) => raw.replaceAll(/\r?\n/g, "\r\n")),
  ),
  digest(
    "digest-in-capitals",
    "40",
    null,
    value(({ digest: own }) => ({ digest: `sha256:${(own as string).slice(7).toUpperCase()}` })),
  ),
  digest(
    "digest-of-a-negative-time",
    "40",
    null,
    input(({ send_at }) => ({ send_at: Math.max(0, Math.trunc(send_at as number)) })),
  ),
  digest(
    "digest-of-replaced-characters",
    "40",
    null,
    input(({ mailbox, to }) => ({
      mailbox: (mailbox as string).toWellFormed(),
      to: (to as string[]).map((one) => one.toWellFormed()),
    })),
  ),
];
