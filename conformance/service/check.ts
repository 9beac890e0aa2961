/** What a check is, and what it means when it fails. */
import type { World } from "./world.ts";

export interface Check {
  /** Never changed and never used again. */
  readonly id: string;
  /** What is seen when it passes. */
  readonly comment: string;
  /** Clauses: `OV-5`. */
  readonly requirements: readonly string[];
  /** Names of `notes`: what a failure means. */
  readonly flags: readonly Flag[];
  /** Run alone, after the others: it stops the whole tenant, say. */
  readonly alone?: boolean;
  /** It waits for more than a minute, so it is begun first. In the other tenant, where there is one. */
  readonly slow?: boolean;
  /** An optional feature it needs; where the server does not have it, the check is reported as unsupported. */
  readonly feature?: Feature;
  /** Throws when it is not so. */
  readonly run: (world: World) => Promise<void>;
}

/** `tenants`: there is a second tenant, by `POST /v1/tenants` or by a key given on the command line. */
export type Feature = "tenants";

/** What a failure means for whoever relies on the server. */
export const notes = {
  Bypass: {
    kind: "AUTH_BYPASS",
    description: "Mail leaves although no person, or not enough people, approved it.",
    effect: "An agent can send whatever it wants.",
  },
  SelfApproval: {
    kind: "AUTH_BYPASS",
    description: "The author of a message, or who answers for the author, decides on it.",
    effect: "An agent, or the person behind it, can release its own mail.",
  },
  Escalation: {
    kind: "AUTH_BYPASS",
    description: "A credential can do what its scopes do not say.",
    effect: "Whoever has any key can become reviewer or operator.",
  },
  Swap: {
    kind: "INTEGRITY",
    description: "What leaves is not what was approved.",
    effect: "A person approves one message and another is sent.",
  },
  Replay: {
    kind: "REPLAY",
    description: "One approval, or one request, has its effect twice.",
    effect: "People get the same mail again, or one that was only allowed once.",
  },
  Loosening: {
    kind: "POLICY",
    description: "A request, an agent or a changed mode frees what must wait.",
    effect: "An operator's mode does not mean what it says.",
  },
  NoStop: {
    kind: "AVAILABILITY_OF_CONTROL",
    description: "read_only, the stop switch or a cancel does not stop what has not left.",
    effect: "An operator cannot stop an agent that runs wild.",
  },
  NoCopy: {
    kind: "POLICY",
    description: "In monitored mode the oversight address does not get what left, or gets it otherwise.",
    effect: "Those who watch do not see.",
  },
  Leak: {
    kind: "CONFIDENTIALITY",
    description: "Another tenant's or mailbox's mail can be read, or found out about.",
    effect: "Customers see each other's mail.",
  },
  Forgery: {
    kind: "INTEGRITY",
    description: "The identity headers do not prove what they say.",
    effect: "Receivers cannot tell who wrote a message and who let it go.",
  },
  Injection: {
    kind: "INJECTION",
    description: "Text from a request becomes a header, an address or a second message.",
    effect: "An agent adds recipients and headers that nobody approved.",
  },
  LogGap: {
    kind: "ACCOUNTABILITY",
    description: "The log does not say what happened, or says what did not.",
    effect: "Nobody can find out afterwards who let a message go.",
  },
  Tampering: {
    kind: "ACCOUNTABILITY",
    description:
      "The log does not prove what it shows: its hashes, proofs, signatures or checkpoints do not fit together.",
    effect: "A rewritten, forked or shortened log passes for the original.",
  },
  Expiry: {
    kind: "TIME",
    description: "A decision counts beyond its time, or time decides.",
    effect: "Old approvals release mail nobody thinks of any more.",
  },
  Race: {
    kind: "CONCURRENCY",
    description: "Of several decisions at once more than one takes effect.",
    effect: "A rejected message leaves, or one leaves twice.",
  },
  Interoperability: {
    kind: "INTEROPERABILITY",
    description: "The answer has not the shape that clients rely on.",
    effect: "Clients written for this interface break, or misread a refusal.",
  },
} as const;

export type Flag = keyof typeof notes;
