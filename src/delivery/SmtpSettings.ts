/**
 * `SMTP_URL`: where mail leaves, and how safely.
 *
 * `smtp[s]://[user:password@]host[:port][?starttls=required|opportunistic|off][&tls_ca=/file.pem][&rejectUnauthorized=false][&name=mail.example.com]`
 *
 * - `smtp:` is port 587 and needs STARTTLS, unless the host is this machine or `starttls` says otherwise; `smtps:` is port 465.
 * - `tls_ca` names a file of certificates to trust instead of the usual ones; `name` is what EHLO says.
 * - `opportunistic` encrypts where the server can; it never sends the password unencrypted, which only `off` does.
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

export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  readonly encryption: Encryption;
  readonly auth: { readonly user: string; readonly password: Redacted.Redacted<string> } | null;
  /** Path of a PEM file. */
  readonly ca: string | null;
  readonly rejectUnauthorized: boolean;
  /** What EHLO says; `null` = this machine's name. */
  readonly name: string | null;
}

const example = "Use for example smtp://user:password@mail.example.com:587 or smtps://mail.example.com.";

const fail = (reason: SmtpUrlError["reason"], message: string, hint: string) =>
  Result.fail(new SmtpUrlError({ reason, message, hint }));

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

const options: ReadonlySet<string> = new Set(["starttls", "tls_ca", "rejectUnauthorized", "name"]);

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

  const user = decoded(url.username);
  const password = decoded(url.password);
  if (user === null || password === null || (user === "") !== (password === "")) {
    return fail(
      "credentials",
      "user and password must both be there or both be left out, and be percent-encoded.",
      "Write @ as %40, : as %3A, / as %2F and % as %25.",
    );
  }
  return Result.succeed({
    host,
    port: url.port === "" ? (url.protocol === "smtps:" ? 465 : 587) : Number(url.port),
    encryption:
      url.protocol === "smtps:"
        ? "implicit"
        : ((starttls as Encryption | null) ?? (isLoopback(host) ? "off" : "required")),
    auth: user === "" ? null : { user, password: Redacted.make(password) },
    ca: url.searchParams.get("tls_ca"),
    rejectUnauthorized: verify !== "false",
    name,
  });
};
