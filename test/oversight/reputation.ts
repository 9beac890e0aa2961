/** The door on a store, where the test says what is known of a domain, and changes its mind. */
import { Effect } from "effect";
import { layerDoor } from "../../src/server/Installation.ts";
import { failed, finding, type RiskSource } from "../../src/risk/RiskSource.ts";
import { layerSources } from "../../src/risk/RiskAssessor.ts";
import type { SignalName } from "../../src/risk/policy/Weights.ts";
import { configFor, layerInstallation } from "../support/installation.ts";

/** What is known of each domain: signals by name, or that nothing can be found out. Nothing said: one clean signal. */
export class Reputation {
  readonly #known = new Map<string, readonly SignalName[] | "down">();
  asked = 0;
  set(domain: string, ...signals: readonly SignalName[]): void {
    this.#known.set(domain, signals);
  }
  fail(domain: string): void {
    this.#known.set(domain, "down");
  }
  readonly source: RiskSource = {
    name: "reputation",
    assess: ({ host }) =>
      Effect.sync(() => {
        this.asked++;
        const known = this.#known.get(host) ?? ["not_threat_listed"];
        return known === "down"
          ? [failed("reputation", "1", "timed_out", 0)]
          : known.map((name) => finding(name, { source: "reputation", version: "1" }));
      }),
  };
}

export const layerReputable = (database: string, reputation: Reputation, more: Record<string, string> = {}) => {
  const config = configFor(database, more);
  return layerInstallation(
    config,
    layerDoor(config, layerSources({ ownDomains: ["acme.example"] }, [reputation.source])),
  );
};
