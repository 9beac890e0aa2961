/**
 * Why a session ended or never began, in words for the person who can mend it. Never a library's text alone: the code it gave stands
 * in brackets at the end of our sentence.
 */
import type { SmtpSettings } from "../SmtpSettings.ts";
import type { Reply } from "./Reply.ts";
import { printable } from "../../model/printable.ts";

/** How far a session had come. `session`: it was ready for mail. */
export type Stage = "connect" | "greeting" | "ehlo" | "starttls" | "auth" | "session";

export interface SmtpFault {
  readonly stage: Stage;
  /** What happened. Ends in a full stop. */
  readonly sentence: string;
  /** What to do, where it is not plain. */
  readonly hint: string | null;
  /** The reply it is about. */
  readonly reply: Reply | null;
  /** Until the fault, each reply had a command that it answered. If not, earlier replies may have been to other commands. */
  readonly inStep: boolean;
}

export const faultOf = (stage: Stage, sentence: string, hint: string | null = null): SmtpFault => ({
  stage,
  sentence,
  hint,
  reply: null,
  inStep: true,
});

/** The server sent a reply to no command, or what is no reply at all. */
export const outOfStep = (stage: Stage, sentence: string): SmtpFault => ({
  ...faultOf(stage, sentence),
  inStep: false,
});

/** The server answered, but not what is needed to go on. */
export const refusalOf = (stage: Stage, what: string, reply: Reply, hint: string | null = null): SmtpFault => ({
  stage,
  sentence: `${what}: ${printable(reply.text)}`,
  hint,
  reply,
  inStep: true,
});

/** On one line, for a log and for the outcome of a message. */
export const textOf = ({ sentence, hint }: SmtpFault): string =>
  printable(hint === null ? sentence : `${sentence} ${hint}`);

type Place = Pick<SmtpSettings, "host" | "port">;
type TlsPlace = Pick<SmtpSettings, "host" | "port" | "encryption">;

const at = ({ host, port }: Place): string => (host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`);

/** Errors of Node carry a code; those of several tried addresses carry the errors of each. */
const codeOf = (error: unknown): string => {
  const { code, errors } = error as { readonly code?: unknown; readonly errors?: readonly unknown[] };
  return typeof code === "string" ? code : errors?.[0] === undefined ? "no code" : codeOf(errors[0]);
};

const connecting: Readonly<Record<string, (place: Place) => readonly [sentence: string, hint: string]>> = {
  ECONNREFUSED: (place) => [`Nothing listens at ${at(place)}`, "Check the host and port of SMTP_URL."],
  ENOTFOUND: ({ host }) => [`The name ${host} does not exist`, "Check the host of SMTP_URL."],
  EAI_AGAIN: ({ host }) => [`The name ${host} could not be looked up`, "Check this machine's name server."],
  EHOSTUNREACH: (place) => [`There is no way to ${at(place)}`, "Check this machine's network."],
  ENETUNREACH: (place) => [`There is no way to ${at(place)}`, "Check this machine's network."],
  ETIMEDOUT: (place) => [
    `${at(place)} does not answer`,
    "Check the host and port of SMTP_URL, and whether a firewall is in the way: many networks block port 25.",
  ],
};

/** The connection could not be made. */
export const connectFault = (error: unknown, place: Place): SmtpFault => {
  const code = codeOf(error);
  const [sentence, hint] = connecting[code]?.(place) ?? [`No connection to ${at(place)}`, null];
  return faultOf("connect", `${sentence} (${code}).`, hint);
};

const untrusted: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_UNTRUSTED",
]);

/** TLS records that are none. OpenSSL's name for it depends on what the server wrote. */
const notTls: ReadonlySet<string> = new Set([
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "ERR_SSL_PACKET_LENGTH_TOO_LONG",
  "ERR_SSL_HTTP_REQUEST",
  "ERR_SSL_UNEXPECTED_MESSAGE",
]);

const namesOf = (error: unknown): string => {
  const { cert } = error as {
    readonly cert?: { readonly subjectaltname?: string; readonly subject?: { readonly CN?: unknown } };
  };
  const names = cert?.subjectaltname?.replaceAll(/(?:DNS|IP Address):/g, "") ?? cert?.subject?.CN;
  return typeof names === "string" && names !== "" ? names.slice(0, 120) : "no name at all";
};

/** The connection could not be encrypted, or its certificate is not good. */
export const tlsFault = (error: unknown, place: TlsPlace): SmtpFault => {
  const stage = place.encryption === "implicit" ? "connect" : "starttls";
  const code = codeOf(error);
  const host = at(place);
  if (untrusted.has(code)) {
    return faultOf(
      stage,
      `The certificate of ${host} is not signed by an authority that this machine knows (${code}).`,
      "Name the authority's PEM file with the option tls_ca of SMTP_URL.",
    );
  }
  if (code === "CERT_HAS_EXPIRED") {
    return faultOf(
      stage,
      `The certificate of ${host} has expired (${code}).`,
      "Have it renewed, and check this machine's clock.",
    );
  }
  if (code === "CERT_NOT_YET_VALID") {
    return faultOf(stage, `The certificate of ${host} is not valid yet (${code}).`, "Check this machine's clock.");
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return faultOf(
      stage,
      `The certificate of ${host} is for ${namesOf(error)} (${code}).`,
      "Put a name that it is for into SMTP_URL.",
    );
  }
  if (notTls.has(code)) {
    return place.encryption === "implicit"
      ? faultOf(
          stage,
          `${host} does not begin with TLS (${code}).`,
          "SMTP_URL with smtps: is for servers that do, on port 465 mostly; with smtp: it uses STARTTLS, on port 587 mostly.",
        )
      : faultOf(stage, `${host} agreed to STARTTLS and does not speak TLS (${code}).`);
  }
  if (/PROTOCOL|VERSION/.test(code)) {
    return faultOf(stage, `${host} has no version of TLS in common with us (${code}).`, "It takes TLS 1.2 or 1.3.");
  }
  return faultOf(
    stage,
    `TLS with ${host} failed (${code}).`,
    "Check the port of SMTP_URL: smtps: is TLS from the start, smtp: STARTTLS.",
  );
};

/** No greeting came. On the port of implicit TLS there never is one before TLS. */
export const greetingFault = (place: TlsPlace, milliseconds: number): SmtpFault =>
  faultOf(
    "greeting",
    `${at(place)} did not greet within ${milliseconds} ms.`,
    place.encryption === "implicit"
      ? null
      : place.port === 465
        ? "Port 465 is TLS from the start: use smtps: in SMTP_URL."
        : "A server that waits for TLS does not greet: if this one does, use smtps: in SMTP_URL.",
  );

/** The first bytes of the server are a TLS record. */
export const tlsInsteadOfGreeting = (place: Place): SmtpFault =>
  faultOf("greeting", `${at(place)} begins with TLS.`, "Use smtps: in SMTP_URL.");
