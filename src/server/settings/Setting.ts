/**
 * One setting: a variable of the environment with its default, its meaning and the `Config` that reads it.
 *
 * - What a variable holds is trimmed first; an empty one is not set.
 * - A default that is a text is read by the same reader as what an operator writes.
 * - A refusal is one sentence for each problem, which begins with the variable's name and gives what to write instead.
 *
 * **Gotchas**
 * - A reader of a secret must not repeat what it was given: refusals are printed.
 */
import { Config, ConfigProvider, Effect, Option, Result, Schema, SchemaIssue } from "effect";

export type Environment = Readonly<Record<string, string | undefined>>;

/** One sentence or more: what is wrong and what to write instead, without the variable's name. */
export type Problems = readonly [string, ...(readonly string[])];

/** Reads what a variable holds: trimmed, not empty. */
export type Reader<A> = (text: string) => Result.Result<A, Problems>;

/** What a reader answers for one problem. */
export const refused = (problem: string): Result.Result<never, Problems> => Result.fail([problem]);

export interface Setting<out A> {
  readonly name: string;
  /** What holds when the variable is not set: a text as an operator would write it, or words about it. */
  readonly default: { readonly text: string } | { readonly words: string };
  readonly meaning: string;
  readonly reader: Config.Config<A>;
}

interface Described<A> {
  readonly name: string;
  readonly meaning: string;
  readonly reader: Reader<A>;
}

const refuse = (sentences: Problems): Config.ConfigError => {
  const [first, ...more] = sentences.map((message) => new SchemaIssue.InvalidValue({ message }));
  return new Config.ConfigError(
    new Schema.SchemaError(new SchemaIssue.Composite(Schema.String.ast, [first!, ...more])),
  );
};

const reading =
  <A>({ name, reader }: Described<A>) =>
  (text: string): Effect.Effect<A, Config.ConfigError> => {
    const read = reader(text);
    return Result.isSuccess(read)
      ? Effect.succeed(read.success)
      : Effect.fail(refuse(read.failure.map((problem) => `${name}: ${problem}`) as unknown as Problems));
  };

/** A setting with a default that is a text. */
export const preset = <A>(setting: Described<A> & { readonly default: string }): Setting<A> => ({
  name: setting.name,
  default: { text: setting.default },
  meaning: setting.meaning,
  reader: Config.String(setting.name).pipe(Config.withDefault(setting.default), Config.mapEffect(reading(setting))),
});

/** A setting that is `null` when it is not set; `default` is words about what holds then. */
export const optional = <A>(setting: Described<A> & { readonly default: string }): Setting<A | null> => ({
  name: setting.name,
  default: { words: setting.default },
  meaning: setting.meaning,
  reader: Config.String(setting.name).pipe(Config.mapEffect(reading(setting)), Config.withDefault(null)),
});

/** A setting that must be set; `example` is a text that could be written. */
export const required = <A>(setting: Described<A> & { readonly example: string }): Setting<A> => ({
  name: setting.name,
  default: { words: "required" },
  meaning: setting.meaning,
  reader: Config.option(Config.String(setting.name)).pipe(
    Config.mapEffect(
      Option.match({
        onNone: () => {
          const { name, example } = setting;
          return Effect.fail(refuse([`${name} is not set. Write for example ${name}=${example}.`]));
        },
        onSome: reading(setting),
      }),
    ),
  ),
});

/** The environment as settings are read from it. */
export const providerOf = (env: Environment): ConfigProvider.ConfigProvider =>
  ConfigProvider.fromEnvRecord(Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value?.trim()])));

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1();

/** The sentences of a failed read. */
export const problemsOf = ({ cause, message }: Config.ConfigError): readonly string[] =>
  cause._tag === "SchemaError" ? issuesOf(cause.issue).issues.map((issue) => issue.message) : [message];
