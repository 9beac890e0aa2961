/** The name under which DNS keeps the host names of an address: `4.3.2.1.in-addr.arpa` (RFC 1035 § 3.5), `….ip6.arpa` (RFC 3596 § 2.5). */
import { isIP } from "node:net";

/** The eight groups of an IPv6 address, as numbers. */
const groupsOf = (address: string): readonly number[] => {
  // The URL parser writes an embedded IPv4 address as two groups, and every group in hexadecimal.
  const [head = "", tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split("::");
  const read = (part: string) => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16)));
  const [before, after] = [read(head), read(tail ?? "")];
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
};

/** What a PTR question asks for; `null` for what is no address. A zone (`%eth0`) is no part of one. */
export const reverseName = (address: string): string | null => {
  const family = isIP(address);
  if (family === 4) return `${address.split(".").toReversed().join(".")}.in-addr.arpa`;
  if (family !== 6 || address.includes("%")) return null;
  const digits = groupsOf(address).map((group) => group.toString(16).padStart(4, "0"));
  return `${[...digits.join("")].toReversed().join(".")}.ip6.arpa`;
};
