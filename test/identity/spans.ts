/** The names of the spans that an effect opens, in their order: what an operator sees of it in a trace. */
import { Effect, Tracer } from "effect";

export const spansOf = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<readonly string[], never, R> =>
  Effect.suspend(() => {
    const names: string[] = [];
    const tracer = Tracer.make({
      span: (options) => {
        names.push(options.name);
        return new Tracer.NativeSpan(options);
      },
    });
    return Effect.as(Effect.exit(Effect.provideService(effect, Tracer.Tracer, tracer)), names);
  });
