/** Why the log's own side did not do what was asked. The door's error, so that every face answers it as it answers the others. */
import { Effect, Schema } from "effect";
import { OversightError } from "../contracts/Oversight.ts";
import { fromStore } from "../oversight/errors.ts";

const make = (reason: OversightError["reason"], message: string, hint: string, field: string | null = null) =>
  new OversightError({ reason, message, hint, field, refusal: null, winner: null, index: null });

/** What is signed, what is stored and what the files say do not agree: nothing more is signed. */
export class LogRefusal extends Schema.TaggedError<LogRefusal>()("LogRefusal", {
  message: Schema.String,
  hint: Schema.String,
}) {}

export const inconsistent = (message: string, hint: string): LogRefusal => new LogRefusal({ message, hint });

/** A refusal as whoever asks is told of it. */
export const told = ({ message, hint }: LogRefusal): OversightError => make("unavailable", message, hint);

/** Told to whoever asks, and fails with the door's error alone. */
export const tell = <A, E, R>(
  self: Effect.Effect<A, E | LogRefusal, R>,
): Effect.Effect<A, Exclude<E, LogRefusal> | OversightError, R> =>
  Effect.mapError(self, (error) => (error instanceof LogRefusal ? told(error) : (error as Exclude<E, LogRefusal>)));

/** The store failed; its words go to the server's log. */
export const unavailable = fromStore;

export const unreadable = (message: string, hint: string): Effect.Effect<never, OversightError> =>
  Effect.fail(make("unavailable", message, hint));

export const missing = (what: string, hint: string): OversightError => make("not_found", what, hint);

export const invalid = (field: string | null, message: string, hint: string): OversightError =>
  make("invalid", message, hint, field);

export const forbidden = (message: string, hint: string): OversightError => make("forbidden", message, hint);

export const conflict = (message: string, hint: string): OversightError => make("conflict", message, hint);
