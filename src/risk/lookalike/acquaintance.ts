/**
 * How well a tenant knows those it writes with, by what was delivered to them: enough for others to profit from looking like them, or
 * hardly yet.
 */
import { readDomain } from "../ReadDomain.ts";

/** Messages delivered to a registrable domain, its hosts together, from which on it is well known. */
export const WELL_KNOWN_FROM = 3;

export interface Acquaintance {
  readonly known: readonly string[];
  readonly met: readonly string[];
}

/** Sorts hosts by how much was delivered there. A host without a registrable domain stands alone. */
export const acquaintance = (hosts: readonly { readonly host: string; readonly delivered: number }[]): Acquaintance => {
  const delivered = new Map<string, number>();
  const domainOfHost = (host: string): string => readDomain(host).registrable ?? host;
  for (const one of hosts) {
    const domain = domainOfHost(one.host);
    delivered.set(domain, (delivered.get(domain) ?? 0) + one.delivered);
  }
  const isKnown = ({ host }: { readonly host: string }) => delivered.get(domainOfHost(host))! >= WELL_KNOWN_FROM;
  return {
    known: hosts.filter(isKnown).map(({ host }) => host),
    met: hosts.filter((one) => !isKnown(one)).map(({ host }) => host),
  };
};
