/** The real server with a proxy around it that can be given one fault after another. */
import { freePort, startReference } from "../../../conformance/service/reference.ts";
import { runService, type ServiceRun } from "../../../conformance/service/run.ts";
import { type Fault, startProxy } from "./proxy.ts";

export interface Faulty {
  /** Runs these checks (all, when left out) with the fault, or without one. */
  readonly run: (fault: Fault | null, only?: ReadonlySet<string>) => Promise<ServiceRun>;
  readonly stop: () => Promise<void>;
}

export const startFaulty = async (): Promise<Faulty> => {
  const server = await startReference();
  const suite = { host: "127.0.0.1", port: await freePort() };
  const proxy = await startProxy({ base: server.base, relay: server.smtp, suite });
  return {
    run: (fault, only) => {
      proxy.use(fault);
      return runService({
        base: proxy.base,
        admin: server.admin,
        otherAdmin: null,
        smtp: suite,
        domain: "acme.example",
        elsewhere: "example.org",
        ...(only === undefined ? {} : { only }),
      });
    },
    stop: async () => {
      await proxy.stop();
      await server.stop();
    },
  };
};

/** Ids of the checks that failed. */
export const failed = (run: ServiceRun): readonly string[] =>
  run.results.filter(({ status }) => status === "fail").map(({ id }) => id);
