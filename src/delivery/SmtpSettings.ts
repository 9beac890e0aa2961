/**
 * `SMTP_URL`: where mail leaves, and how safely; and the limits of that.
 *
 * `smtp[s]://[user[:password]@]host[:port][?option=value&…]`, with the options
 *
 * - `starttls=required|opportunistic|off`: `smtp:` is port 587 and needs STARTTLS, unless the host is this machine or `starttls` sets
 *   otherwise; `smtps:` is port 465. `opportunistic` encrypts where the server can; it never sends the password unencrypted, which only
 *   `off` does.
 * - `tls_ca`: a file of certificates to trust instead of the usual ones. `rejectUnauthorized=false` trusts any.
 * - `name`: the name EHLO gives.
 * - `auth=plain|login|cram-md5|xoauth2|oauthbearer`: the only way to log in; left out, the best that the server offers. With the last two
 *   the password is a token.
 * - `auth_token_file`: a file with the token, read again for each session, in place of the password.
 *
 * **Gotchas**: special characters in user and password must be percent-encoded. Errors never repeat the URL: it holds a password.
 */
import { isIPv4 } from "node:net";
import { Redacted, Result, Schema } from "effect";

export class SmtpUrlError extends Schema.TaggedError<SmtpUrlError>()("SmtpUrlError", {
  reason: Schema.Literals(["not_a_url", "scheme", "host", "credentials", "option", "ca_unreadable"]),
  message: Schema.String,
  hint: Schema.String,
}) {}

/** `implicit` = TLS from the first byte. */
export type Encryption = "implicit" | "required" | "opportunistic" | "off";

/** By their names in SASL. */
export type AuthMechanism = "PLAIN" | "LOGIN" | "CRAM-MD5" | "XOAUTH2" | "OAUTHBEARER";

export interface SmtpAuth {
  readonly user: string;
  /** Or the token; empty where `tokenFile` has it. */
  readonly password: Redacted.Redacted<string>;
  /** Path of a file that holds a token. */
  readonly tokenFile: string | null;
  /** `null` = the best that the server offers. */
  readonly mechanism: AuthMechanism | null;
}

export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  readonly encryption: Encryption;
  readonly auth: SmtpAuth | null;
  /** Path of a PEM file. */
  readonly ca: string | null;
  readonly rejectUnauthorized: boolean;
  /** The name EHLO gives; `null` = this machine's name. */
  readonly name: string | null;
}

/** Milliseconds, except for the counts. */
export interface SmtpLimits {
  readonly maxConnections: number;
  /** Transactions after which a session is ended; relays that allow fewer reply 421, which is handled. */
  readonly maxMessages: number;
  /** From the look-up of the name to the connection, TLS included where it comes first. */
  readonly connect: number;
  /** Each answer on the way from there to a session that is ready: greeting, EHLO, STARTTLS, AUTH. */
  readonly greeting: number;
  /** Silence of the server, also while it thinks about the content. RFC 5321 section 4.5.3.2.6 asks for 10 minutes. */
  readonly silence: number;
  /** Idle sessions are closed before servers do it (5 minutes, RFC 5321 section 4.5.3.2.7). */
  readonly idle: number;
  /** One hand-over, from the moment it has a session. */
  readonly deadline: number;
}

export const defaultLimits: SmtpLimits = {
  maxConnections: 10,
  maxMessages: 100_000,
  connect: 30_000,
  greeting: 30_000,
  silence: 600_000,
  idle: 240_000,
  deadline: 1_800_000,
};

const example = "Use for example smtp://user:password@mail.example.com:587 or smtps://mail.example.com.";

const fail = (reason: SmtpUrlError["reason"], message: string, hint: string) =>
  Result.fail(new SmtpUrlError({ reason, message: `SMTP_URL: ${message}`, hint }));

/** Mail to this machine itself crosses no network. */
export const isLoopback = (host: string): boolean =>
  host === "::1" ||
  host.toLowerCase() === "localhost" ||
  host.toLowerCase().endsWith(".localhost") ||
  (isIPv4(host) && host.startsWith("127."));

const decoded = (text: string): string | null => {
  try {
    const value = decodeURIComponent(text);
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    return /[\x00-\x1f\x7f]/.test(value) ? null : value;
  } catch {
    return null;
  }
};

const options: ReadonlySet<string> = new Set([
  "starttls",
  "tls_ca",
  "rejectUnauthorized",
  "name",
  "auth",
  "auth_token_file",
]);

const mechanisms: readonly AuthMechanism[] = ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER"];

const credentialsOf = (url: URL): Result.Result<SmtpAuth | null, SmtpUrlError> => {
  const user = decoded(url.username);
  const password = decoded(url.password);
  const tokenFile = url.searchParams.get("auth_token_file");
  const auth = url.searchParams.get("auth");
  if (user === null || password === null) {
    return fail(
      "credentials",
      "user and password must be percent-encoded.",
      "Write @ as %40, : as %3A, / as %2F and % as %25.",
    );
  }
  const mechanism = auth === null ? null : mechanisms.find((name) => name === auth.toUpperCase());
  if (mechanism === undefined) {
    return fail(
      "option",
      `auth is one of ${mechanisms.join(", ").toLowerCase()}.`,
      "Leave it out to have the best one used that the server offers.",
    );
  }
  if (tokenFile !== null) {
    if (user === "" || password !== "" || tokenFile === "") {
      return fail(
        "credentials",
        "auth_token_file needs a user and no password.",
        "Use smtp://user@host?auth_token_file=/path.",
      );
    }
    if (mechanism !== null && mechanism !== "XOAUTH2" && mechanism !== "OAUTHBEARER") {
      return fail(
        "option",
        "auth_token_file is for auth=xoauth2 and auth=oauthbearer.",
        "Leave auth out, or use one of them.",
      );
    }
  } else if ((user === "") !== (password === "")) {
    return fail(
      "credentials",
      "user and password must both be there or both be left out, and be percent-encoded.",
      "Write @ as %40, : as %3A, / as %2F and % as %25.",
    );
  }
  if (user === "") {
    return mechanism === null
      ? Result.succeed(null)
      : fail("credentials", "auth needs a user.", "Use smtp://user:password@host, or leave auth out.");
  }
  return Result.succeed({ user, password: Redacted.make(password), tokenFile, mechanism });
};

/** Reads an SMTP URL. Touches neither network nor files. */
export const parseSmtpUrl = (text: string): Result.Result<SmtpSettings, SmtpUrlError> => {
  const url = URL.parse(text.trim());
  if (url === null) return fail("not_a_url", "this is not a URL.", example);
  if (url.protocol !== "smtp:" && url.protocol !== "smtps:") {
    return fail("scheme", "the scheme must be smtp: or smtps:.", example);
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (!/^[A-Za-z0-9._:-]+$/.test(host)) return fail("host", "the host is missing or not a host name.", example);
  if ((url.pathname !== "" && url.pathname !== "/") || url.hash !== "") {
    return fail("host", "nothing may follow the host and port but options.", example);
  }
  if (url.port === "0") return fail("host", "port 0 is not a port.", example);

  for (const key of url.searchParams.keys()) {
    if (!options.has(key) || url.searchParams.getAll(key).length > 1) {
      return fail(
        "option",
        `the option ${JSON.stringify(key)} is unknown or given twice.`,
        `Options: ${[...options].join(", ")}.`,
      );
    }
  }
  const starttls = url.searchParams.get("starttls");
  const verify = url.searchParams.get("rejectUnauthorized");
  const name = url.searchParams.get("name");
  if (starttls !== null && !["required", "opportunistic", "off"].includes(starttls)) {
    return fail("option", "starttls is required, opportunistic or off.", "Leave it out to have it required.");
  }
  if (starttls !== null && url.protocol === "smtps:") {
    return fail("option", "smtps: is encrypted from the start and knows no starttls.", "Use smtp: with starttls.");
  }
  if (verify !== null && verify !== "true" && verify !== "false") {
    return fail("option", "rejectUnauthorized is true or false.", "Leave it out to have certificates checked.");
  }
  if (name !== null && !/^[A-Za-z0-9.:[\]-]{1,255}$/.test(name)) {
    return fail("option", "name is not a host name.", "Use the name this machine has in DNS.");
  }

  const auth = credentialsOf(url);
  if (Result.isFailure(auth)) return Result.fail(auth.failure);
  return Result.succeed({
    host,
    port: url.port === "" ? (url.protocol === "smtps:" ? 465 : 587) : Number(url.port),
    encryption:
      url.protocol === "smtps:"
        ? "implicit"
        : ((starttls as Encryption | null) ?? (isLoopback(host) ? "off" : "required")),
    auth: auth.success,
    ca: url.searchParams.get("tls_ca"),
    rejectUnauthorized: verify !== "false",
    name,
  });
};
