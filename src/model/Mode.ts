/**
 * The five oversight modes of a mailbox, from least to most autonomy, and the order between them.
 *
 * - `read_only`: nothing leaves.
 * - `gated_all`: every message, in and out, waits for a person.
 * - `gated_send`: every outbound message waits for a person. The default.
 * - `monitored`: leaves at once, with a copy to the oversight address.
 * - `autonomous`: leaves at once.
 *
 * **Gotchas**: anything that is not one of the five strings is read as `read_only` (`modeOrStrictest`): an unreadable
 * configuration must not let mail out.
 */
import { Schema } from "effect";

export const modes = ["read_only", "gated_all", "gated_send", "monitored", "autonomous"] as const;

export const Mode = Schema.Literals(modes);
export type Mode = typeof Mode.Type;

export const defaultMode: Mode = "gated_send";

const rank: Readonly<Record<Mode, number>> = {
  read_only: 0,
  gated_all: 1,
  gated_send: 2,
  monitored: 3,
  autonomous: 4,
};

// A value that is none of the five ranks lowest: an unreadable mode must not let mail out. @spec OV-4
const rankOf = (mode: Mode): number => rank[mode] ?? 0;

/** `true` when `a` leaves the agent strictly more freedom than `b`. @spec OV-3 */
export const isLooser = (a: Mode, b: Mode): boolean => rankOf(a) > rankOf(b);

/** The mode with the least autonomy of those given. @spec OV-2 */
export const strictest = (first: Mode, ...rest: readonly Mode[]): Mode =>
  rest.reduce((least, mode) => (isLooser(least, mode) ? mode : least), first);

/** Reads a mode from a place that may be damaged or newer than this program; fails closed. @spec OV-4 */
export const modeOrStrictest = (value: unknown): Mode => modes.find((mode) => mode === value) ?? "read_only";

/** `true` for the modes in which no outbound message leaves without a person's decision. */
export const isGated = (mode: Mode): boolean => rankOf(mode) <= rank.gated_send;

/**
 * The mode that counts for a message: the strictest of the mailbox's mode now, the mode the request asked for, what the
 * risk verdict demands, and the stop switch. @spec OV-2, OV-9, OV-38
 */
export const effectiveMode = (mailbox: Mode, requested: Mode | null, held: boolean, halted: boolean): Mode =>
  strictest(
    modeOrStrictest(mailbox),
    requested === null ? "autonomous" : modeOrStrictest(requested),
    held ? "gated_send" : "autonomous",
    halted ? "read_only" : "autonomous",
  );
