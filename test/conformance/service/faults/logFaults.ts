/** The log: its entries, its tree, its proofs and its references. */
import { createHash } from "node:crypto";
import type { Answer, Fault, Request } from "../proxy.ts";
import { answered, asOperator, json } from "./request.ts";

const isExport = ({ path }: Request): boolean => path.startsWith("/v1/audit-log/export");

const isTile = ({ path }: Request): boolean => path.startsWith("/v1/log/tile/");

const evidenceOf = (leaf: Record<string, unknown>): Record<string, unknown> =>
  leaf["evidence"] as Record<string, unknown>;

/** One member of each line of the export is changed. */
const inLines =
  (change: (line: Record<string, unknown>) => Record<string, unknown> | null): NonNullable<Fault["response"]> =>
  (request, answer) =>
    isExport(request) && answer.status === 200
      ? {
          ...answer,
          text: answer.text
            .split("\n")
            .filter((line) => line !== "")
            .flatMap((line) => {
              const next = change(json(line));
              return next === null ? [] : [`${JSON.stringify(next)}\n`];
            })
            .join(""),
        }
      : answer;

/** Entries of this type are others in every export, and their hashes fit: what only the tree or the entry itself can show. */
const inLeaves = (
  type: string,
  change: (leaf: Record<string, unknown>) => Record<string, unknown> | string,
): NonNullable<Fault["response"]> =>
  inLines((line) => {
    if (line["type"] !== type || typeof line["leaf"] !== "string") return line;
    const other = change(json(line["leaf"]));
    const leaf = typeof other === "string" ? other : JSON.stringify(other);
    const hash = createHash("sha256").update("\0").update(leaf).digest("hex");
    return { ...line, leaf, leaf_hash: hash };
  });

export const logFaults: readonly Fault[] = [
  {
    name: "log-without-refusals",
    how: "refused events are not in the log",
    caught: ["service-log-0005", "service-log-0007", "service-modes-0006"],
    response: inLines((line) => (line["outcome"] === "refused" ? null : line)),
  },
  {
    name: "log-without-approver",
    how: "the log does not say who approved",
    caught: ["service-log-0002"],
    response: inLines((line) => ("leaf" in line ? { ...line, approver_id: null } : line)),
  },
  {
    name: "log-rewritten",
    how: "an entry is changed after it was hashed",
    caught: ["service-log-0003"],
    response: inLines((line) =>
      line["type"] === "approve" ? { ...line, leaf: String(line["leaf"]).replace(/"at":(\d+)/, '"at":1$1') } : line,
    ),
  },
  {
    name: "log-in-wrong-order",
    how: "the approval is logged after the hand-over",
    caught: ["service-log-0001"],
    response: (request, answer) => {
      if (!isExport(request) || answer.status !== 200) return answer;
      const lines = answer.text.split("\n").filter((line) => line !== "");
      const late = lines.filter((line) => json(line)["type"] === "approve");
      return {
        ...answer,
        text: [...lines.filter((line) => !late.includes(line)), ...late].map((line) => `${line}\n`).join(""),
      };
    },
  },
  {
    name: "keys-not-published",
    how: "the key set is empty",
    caught: ["service-delivery-0008"],
    request: (request) => (request.path === "/.well-known/jwks.json" ? answered(200, { keys: [] }) : request),
  },
  {
    name: "checkpoint-by-one-key",
    how: "the checkpoint is signed with the P-256 key alone",
    caught: ["service-log-0013"],
    response: ({ path }, answer) =>
      path === "/v1/log/checkpoint" ? { ...answer, text: answer.text.replace(/\n\n\u2014[^\n]*\n/, "\n\n") } : answer,
  },
  {
    name: "checkpoint-of-yesterday",
    how: "the checkpoint is kept in a cache and never made anew",
    caught: ["service-log-0014", "service-log-0015"],
    response: (() => {
      let kept: Answer | null = null;
      return ({ path }, answer) => (path === "/v1/log/checkpoint" ? (kept ??= answer) : answer);
    })(),
  },
  {
    name: "tiles-of-another-log",
    how: "an entry was rewritten after the log was signed, and the tiles made anew",
    caught: ["service-log-0014", "service-log-0024"],
    response: (request, answer) => {
      const { octets } = answer;
      if (!/^\/v1\/log\/tile\/0\/.*\.p\/\d+$/.test(request.path) || answer.status !== 200 || octets === undefined)
        return answer;
      const other = Buffer.from(octets);
      other[other.length - 1]! ^= 1;
      return { ...answer, text: other.toString("utf8"), octets: other };
    },
  },
  {
    name: "tiles-spelled-loosely",
    how: "a tile is found by whatever number its path holds",
    caught: ["service-log-0023"],
    request: (request) =>
      isTile(request)
        ? { ...request, path: request.path.replace(/\/(\d)$/, "/00$1").replace(/\.p\/(?:0|256)$/, ".p/1") }
        : request,
  },
  {
    name: "export-ends-early",
    how: "an export ends before what was decided last",
    caught: ["service-log-0015", "service-log-0016"],
    response: inLines((line) => ("log_keys" in line ? { ...line, to: Number(line["to"]) - 9 } : line)),
  },
  {
    name: "hidden-entries-left-out",
    how: "an export leaves out what its reader may not see, hashes and all",
    caught: ["service-log-0016"],
    response: inLines((line) => (line["withheld"] === true ? null : line)),
  },
  {
    name: "leaf-with-blanks",
    how: "leaves are stored as the database prints them",
    caught: ["service-log-0017"],
    response: inLeaves("revise", (leaf) => JSON.stringify(leaf).replace(":", ": ")),
  },
  {
    name: "leaf-with-more",
    how: "a leaf says in its event what it says of itself",
    caught: ["service-log-0017"],
    response: inLeaves("revise", (leaf) => {
      const { type, ...event } = leaf["event"] as Record<string, unknown>;
      const more = Object.entries({ ...event, message: leaf["message"], type });
      return { ...leaf, event: Object.fromEntries(more.toSorted(([a], [b]) => (a < b ? -1 : 1))) };
    }),
  },
  {
    name: "entries-not-chained",
    how: "an entry names the one before it in the log, not its tenant's",
    caught: ["service-log-0018"],
    response: inLeaves("revise", (leaf) => ({ ...leaf, previous: 0 })),
  },
  {
    name: "credential-made-up",
    how: "the log names a credential by another id than it was made with",
    caught: ["service-log-0019"],
    response: inLeaves("revise", (leaf) => ({
      ...leaf,
      actor: { ...(leaf["actor"] as object), credential: "ak_none" },
    })),
  },
  {
    name: "proof-too-short",
    how: "inclusion proofs lack their last hash",
    caught: ["service-log-0020"],
    response: inLines((line) =>
      Array.isArray(line["inclusion_proof"])
        ? { ...line, inclusion_proof: line["inclusion_proof"].slice(0, -1) }
        : line,
    ),
  },
  {
    name: "mailbox-key-unvouched",
    how: "an edit's entry has the mailbox's key without the operator's word on it",
    caught: ["service-log-0021"],
    response: inLeaves("revise", (leaf) => ({
      ...leaf,
      evidence: { ...evidenceOf(leaf), identity_key_signature: null },
    })),
  },
  {
    name: "hand-over-without-approvers",
    how: "the entry of a hand-over does not say whose approval it rested on",
    caught: ["service-log-0022"],
    response: inLeaves("dispatch", (leaf) => ({ ...leaf, evidence: { ...evidenceOf(leaf), approvers: [] } })),
  },
  {
    name: "agents-read-leaves",
    how: "bundles of entries want a key, and any key will do",
    caught: ["service-log-0024"],
    request: (request, hands) =>
      request.path.startsWith("/v1/log/tile/entries/") ? asOperator(request, hands) : request,
  },
  {
    name: "receipt-of-another",
    how: "receipts are one entry off",
    caught: ["service-log-0025"],
    request: (request) => ({
      ...request,
      path: request.path.replace(
        /(%2F)(\d+)\/receipt$/,
        (_, slash: string, n: string) => `${slash}${Number(n) - 1}/receipt`,
      ),
    }),
  },
  {
    name: "references-resolve-to-what-is-there",
    how: "a theorem is looked up by its name, whatever the digest",
    caught: ["service-log-0026"],
    request: (() => {
      let right = "";
      return (request: Request) => {
        const digest = /^\/v1\/proofs\/\w+%40(sha256%3A\w+)$/.exec(request.path)?.[1];
        if (digest === undefined) return request;
        if (!/0{64}$/.test(digest)) right = digest;
        return { ...request, path: request.path.replace(digest, right) };
      };
    })(),
  },
  {
    name: "references-by-chance",
    how: "an approval names another theorem each time",
    caught: ["service-log-0026"],
    response: (() => {
      let n = 0;
      return inLines((line) => {
        const refs = line["lean4_proof_refs"];
        if (line["type"] !== "approve" || !Array.isArray(refs) || refs.length < 2) return line;
        const turned = n++ % 2 === 0 ? refs : refs.toReversed();
        return { ...line, lean4_proof_ref: turned[0], lean4_proof_refs: turned };
      });
    })(),
  },
];
