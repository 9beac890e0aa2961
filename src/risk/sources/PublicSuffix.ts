/**
 * What the shape of a domain shows, by the public suffix list that ships with `tldts`: registrable, under a rented
 * suffix, under a suffix that is not listed, or no domain name at all. Needs no network and cannot fail.
 */
import { Effect } from "effect";
import tldts from "tldts/package.json" with { type: "json" };
import type { DomainUnderReview } from "../ReadDomain.ts";
import { finding, type RiskSource } from "../RiskSource.ts";
import type { SignalName } from "../policy/Weights.ts";

const evidence = { source: "public_suffix", version: tldts.version };

const nameFor = (domain: DomainUnderReview): SignalName => {
  switch (domain.kind) {
    case "registrable":
      return domain.isPrivate ? "private_suffix" : "registrable";
    case "unreadable":
      return "unreadable_domain";
    default:
      return domain.kind;
  }
};

export const publicSuffix: RiskSource = {
  name: evidence.source,
  assess: (domain) => Effect.succeed([finding(nameFor(domain), evidence)]),
};
