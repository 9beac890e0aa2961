/** What a server offers in its answer to EHLO. RFC 5321 section 4.1.1.1. */
import type { Reply } from "./Reply.ts";

export interface Capabilities {
  /** Keywords with their parameters, as the server wrote them. */
  readonly extensions: readonly string[];
  /** RFC 2920: commands in one write. */
  readonly pipelining: boolean;
  readonly starttls: boolean;
  /** SASL mechanisms, in capitals; `null` without AUTH. RFC 4954. */
  readonly mechanisms: readonly string[] | null;
  /** RFC 1870: whether MAIL takes SIZE=, and the most octets of a message, `null` = not given. */
  readonly size: boolean;
  readonly sizeLimit: number | null;
}

/** Of a server that knows HELO alone. */
export const noCapabilities: Capabilities = {
  extensions: [],
  pipelining: false,
  starttls: false,
  mechanisms: null,
  size: false,
  sizeLimit: null,
};

/** `ehlo` is a 250. Its first line is the server's name. */
export const capabilitiesOf = ({ text }: Reply): Capabilities => {
  const extensions = text
    .split("\r\n")
    .slice(1)
    .map((line) => line.slice(4).trim())
    .filter((line) => line !== "");
  const words = extensions.map((line) => line.toUpperCase().split(/ +/));
  const has = (keyword: string): boolean => words.some(([first]) => first === keyword);
  // Some old servers write "AUTH=LOGIN PLAIN".
  const auth = words.flatMap(([first = "", ...rest]) =>
    first === "AUTH" ? [rest] : first.startsWith("AUTH=") ? [[first.slice(5), ...rest]] : [],
  );
  const limit = words.find(([first]) => first === "SIZE")?.[1];
  return {
    extensions,
    pipelining: has("PIPELINING"),
    starttls: has("STARTTLS"),
    mechanisms: auth.length === 0 ? null : [...new Set(auth.flat())],
    size: has("SIZE"),
    // Zero means that no limit is in force.
    sizeLimit: limit !== undefined && /^[1-9]\d{0,14}$/.test(limit) ? Number(limit) : null,
  };
};
