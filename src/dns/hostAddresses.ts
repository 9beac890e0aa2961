/**
 * The addresses of a host as the operating system finds them, its hosts file included: what a connection is made to. `DnsClient` asks
 * DNS alone.
 */
import { lookup } from "node:dns/promises";

/** All of them, IPv4 and IPv6, in the system's order. Rejects with the system's error, `code` such as `ENOTFOUND`. */
export const hostAddresses = async (hostname: string): Promise<readonly string[]> =>
  (await lookup(hostname, { all: true })).map(({ address }) => address);
