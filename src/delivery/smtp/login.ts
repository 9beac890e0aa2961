/**
 * AUTH, RFC 4954: with a password by PLAIN, LOGIN or CRAM-MD5, with a token by OAUTHBEARER (RFC 7628) or XOAUTH2.
 *
 * No secret leaves over a connection that is not encrypted, unless SMTP_URL has `starttls=off` or the host is this machine; and none
 * leaves by a mechanism that the server does not offer.
 */
import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Redacted } from "effect";
import type { AuthMechanism, SmtpAuth, SmtpSettings } from "../SmtpSettings.ts";
import type { Reply } from "./Reply.ts";
import { printable } from "../../model/printable.ts";
import { faultOf, refusalOf, type SmtpFault } from "./SmtpFault.ts";

const ofPasswords: readonly AuthMechanism[] = ["PLAIN", "LOGIN", "CRAM-MD5"];
const ofTokens: readonly AuthMechanism[] = ["OAUTHBEARER", "XOAUTH2"];

const isOfTokens = (auth: SmtpAuth): boolean =>
  auth.tokenFile !== null || (auth.mechanism !== null && ofTokens.includes(auth.mechanism));

/** What may be used, best first. */
const candidates = (auth: SmtpAuth, secure: boolean): readonly AuthMechanism[] => {
  if (auth.mechanism !== null) return [auth.mechanism];
  if (isOfTokens(auth)) return ofTokens;
  // In the clear, better the one that does not show the password.
  return secure ? ofPasswords : ofPasswords.toReversed();
};

const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");

/** A challenge of the server, decoded. */
const challengeOf = ({ text }: Reply): string => Buffer.from(text.slice(4), "base64").toString("utf8");

/** Lines to be sent: the first with AUTH, then one for each 334. */
const linesOf = (
  mechanism: AuthMechanism,
  { user, secret }: { readonly user: string; readonly secret: string },
  { host, port }: Pick<SmtpSettings, "host" | "port">,
): readonly [string, ...((challenge: string) => string)[]] => {
  switch (mechanism) {
    case "PLAIN":
      return [`AUTH PLAIN ${base64(`\0${user}\0${secret}`)}`];
    case "LOGIN":
      return ["AUTH LOGIN", () => base64(user), () => base64(secret)];
    case "CRAM-MD5":
      return [
        "AUTH CRAM-MD5",
        (challenge) => base64(`${user} ${createHmac("md5", secret).update(challenge).digest("hex")}`),
      ];
    // Servers answer a refused token with a 334 that gives the reason; the reply to our line after it ends the exchange.
    case "XOAUTH2":
      return [`AUTH XOAUTH2 ${base64(`user=${user}\x01auth=Bearer ${secret}\x01\x01`)}`, () => ""];
    case "OAUTHBEARER": {
      const name = user.replaceAll("=", "=3D").replaceAll(",", "=2C");
      const message = `n,a=${name},\x01host=${host}\x01port=${port}\x01auth=Bearer ${secret}\x01\x01`;
      return [`AUTH OAUTHBEARER ${base64(message)}`, () => "AQ=="];
    }
  }
};

/** Read again for each session, since tokens are short-lived and another program renews them. */
const secretOf = async (auth: SmtpAuth): Promise<string | SmtpFault> => {
  if (auth.tokenFile === null) return Redacted.value(auth.password);
  const file = JSON.stringify(auth.tokenFile);
  try {
    const token = (await readFile(auth.tokenFile, "utf8")).trim();
    return /^[\x21-\x7e]{1,8192}$/.test(token)
      ? token
      : faultOf(
          "auth",
          `The file ${file} of auth_token_file does not hold a token.`,
          "It is one line of visible characters.",
        );
  } catch {
    return faultOf(
      "auth",
      `The file ${file} of auth_token_file cannot be read.`,
      "Name a file that this process may read.",
    );
  }
};

/** Logs in. `ask` writes a line and answers the reply to it. Answers `null` or why it did not work. */
export const login = async (
  settings: SmtpSettings,
  auth: SmtpAuth,
  session: { readonly mechanisms: readonly string[] | null; readonly secure: boolean },
  ask: (line: string) => Promise<Reply>,
): Promise<SmtpFault | null> => {
  const { mechanisms, secure } = session;
  if (!secure && settings.encryption !== "off") {
    return faultOf(
      "auth",
      "The server offers no encryption, so the password was not sent.",
      "Use another server, or, where the network can be trusted, starttls=off in SMTP_URL.",
    );
  }
  if (mechanisms === null) {
    return faultOf(
      "auth",
      "The server offers no AUTH, but SMTP_URL has a user.",
      secure
        ? "Use the port for submission, 587 or 465 mostly."
        : "Some servers offer it after STARTTLS only: use starttls=required in SMTP_URL.",
    );
  }
  const wanted = candidates(auth, secure);
  const mechanism = wanted.find((one) => mechanisms.includes(one));
  if (mechanism === undefined) {
    return faultOf(
      "auth",
      `The server offers AUTH by ${mechanisms.join(", ") || "nothing"} and SMTP_URL allows ${wanted.join(", ")}, so nothing was sent.`,
      mechanisms.some((one) => ofTokens.some((other) => other === one)) && !isOfTokens(auth)
        ? "For a token, use auth=xoauth2 or auth=oauthbearer in SMTP_URL."
        : "Set the option auth of SMTP_URL to one that the server offers, or use another server.",
    );
  }
  const secret = await secretOf(auth);
  if (typeof secret !== "string") return secret;
  const [first, ...rest] = linesOf(mechanism, { user: auth.user, secret }, settings);
  let reply = await ask(first);
  let reason = "";
  for (const next of rest) {
    if (reply.code !== 334) break;
    const challenge = challengeOf(reply);
    if (isOfTokens(auth)) reason = ` ${printable(challenge).slice(0, 200)}`;
    reply = await ask(next(challenge));
  }
  if (reply.code === 235) return null;
  return refusalOf(
    "auth",
    `The server does not accept the login of SMTP_URL by ${mechanism}${reason}`,
    reply,
    isOfTokens(auth) ? "Renew the token." : "Check user and password.",
  );
};
