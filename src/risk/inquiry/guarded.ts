/** A question that cannot hurt its asker: a source that dies, or answers what is no answer, has failed. */
import { Effect } from "effect";
import { nowSeconds } from "../../model/time.ts";
import { failed, type Finding, type RiskSource } from "../RiskSource.ts";

export const failureOf = (source: string, error: string, now: number): readonly Finding[] => [
  failed(source, "none", error, now),
];

/** A source that cannot hurt: dying, and answers that are none, become findings. Interruption stays what it is. */
export const guarded = (source: RiskSource, ask: () => Effect.Effect<readonly Finding[]>) =>
  Effect.suspend(ask).pipe(
    Effect.flatMap((findings) =>
      Array.isArray(findings) ? Effect.succeed(findings as readonly Finding[]) : Effect.die("no list of findings"),
    ),
    Effect.catchDefect(() => Effect.map(nowSeconds, (now) => failureOf(source.name, "source_died", now))),
  );
