/** Who decides, on what, how many of them, and what stops a message or a mailbox. */
import type { Answer, Fault, Request } from "../proxy.ts";
import { answered, isSend, json, scopesOf, withBody } from "./request.ts";

const isDecide = ({ method, path }: Request): boolean => method === "POST" && path === "/v1/oversight/decide";

const isModeChange = (request: Request): boolean =>
  request.method === "PATCH" && /^\/v1\/mailboxes\/[^/]+$/.test(request.path) && "oversight_mode" in json(request.text);

const changed = (answer: Answer, change: (body: Record<string, unknown>) => Record<string, unknown>): Answer => ({
  ...answer,
  text: JSON.stringify(change(json(answer.text))),
});

/** The agent acts with a key that has this scope. */
const swapping =
  (scope: string, when: (request: Request, scopes: readonly string[]) => boolean): NonNullable<Fault["request"]> =>
  (request, hands) => {
    const known = hands.known.keys.get(request.key ?? "");
    if (known === undefined || !when(request, known.scopes)) return request;
    const other = hands.keyWith(scope, known.madeBy, known.principal);
    return other === undefined ? request : { ...request, key: other };
  };

export const decisionFaults: readonly Fault[] = [
  {
    name: "agent-decides",
    how: "the scope of the key is not looked at for a decision",
    caught: ["service-deciding-0003", "service-access-0002", "service-log-0005"],
    request: swapping("oversight", (request, scopes) => isDecide(request) && scopes.includes("send")),
  },
  {
    name: "operator-decides",
    how: "admin implies oversight",
    caught: ["service-deciding-0004", "service-access-0004"],
    request: swapping(
      "oversight",
      (request, scopes) => isDecide(request) && scopes.includes("admin") && !scopes.includes("oversight"),
    ),
  },
  {
    name: "reader-sends",
    how: "any key may send",
    caught: ["service-access-0001"],
    request: swapping("send", (request, scopes) => isSend(request) && !scopes.includes("send")),
  },
  {
    name: "author-decides",
    how: "the author of a message is not compared with who decides",
    caught: ["service-deciding-0005", "service-deciding-0006"],
    response: async (request, answer, hands) => {
      if (!isDecide(request) || json(answer.text)["code"] !== "self_decision") return answer;
      const known = hands.known.keys.get(request.key ?? "");
      const other = known === undefined ? undefined : hands.keyWith("oversight", known.madeBy, known.principal);
      return other === undefined ? answer : hands.ask({ ...request, key: other });
    },
  },
  {
    name: "digest-ignored",
    how: "a decision's digest is stored, shown, and compared with nothing",
    caught: ["service-deciding-0007", "service-deciding-0010", "service-deciding-0017"],
    response: async (request, answer, hands) => {
      const body = json(answer.text);
      if (!isDecide(request) || body["code"] !== "stale_digest") return answer;
      const { pending_id, digest } = body;
      return hands.ask(withBody(request, ({ decision }) => ({ decision, pending_id, digest })));
    },
  },
  {
    name: "edit-keeps-approval",
    how: "approvals are kept with the message, not with its content",
    caught: ["service-deciding-0008", "service-deciding-0009", "service-deciding-0013"],
    response: (() => {
      const approved = new Map<string, Set<string>>();
      const made: NonNullable<Fault["response"]> = async (request, answer, hands) => {
        const body = json(answer.text);
        const id = String(body["id"]);
        if (isDecide(request) && answer.status === 200 && body["decision"] === "approve") {
          approved.set(id, (approved.get(id) ?? new Set()).add(request.key ?? ""));
        }
        if (request.method === "PATCH" && answer.status === 202) {
          for (const key of approved.get(id) ?? []) {
            await hands.ask({
              method: "POST",
              path: "/v1/oversight/decide",
              key,
              text: JSON.stringify({ pending_id: body["pending_id"], decision: "approve" }),
            });
          }
        }
        return answer;
      };
      return made;
    })(),
  },
  {
    name: "quorum-of-one",
    how: "the quorum is stored and shown, and one approval is enough",
    caught: ["service-deciding-0011", "service-deciding-0012", "service-deciding-0013", "service-modes-0024"],
    request: (request) =>
      request.method === "POST" && request.path === "/v1/mailboxes"
        ? withBody(request, ({ quorum: _, ...rest }) => rest)
        : request,
  },
  {
    name: "quorum-counts-keys",
    how: "the quorum counts keys, not people",
    caught: ["service-deciding-0012"],
    request: (request, hands) => {
      if (request.method !== "POST" || request.path !== "/v1/api-keys") return request;
      const { principal, scopes } = json(request.text) as {
        principal?: { id: string; kind: string };
        scopes?: string[];
      };
      const taken = [...hands.known.keys.values()].some(
        (known) => known.principal === principal?.id && known.scopes.includes("oversight"),
      );
      return taken && scopes?.includes("oversight") === true && principal !== undefined
        ? withBody(request, (body) => ({ ...body, principal: { ...principal, id: `${principal.id}-2` } }))
        : request;
    },
  },
  {
    name: "reject-ignored",
    how: "a rejection is answered and forgotten",
    caught: ["service-deciding-0002", "service-deciding-0014"],
    request: (request, hands) => {
      const { decision, pending_id } = json(request.text);
      if (!isDecide(request) || decision !== "reject" || !scopesOf(request.key, hands).includes("oversight"))
        return request;
      return answered(200, {
        id: String(pending_id),
        status: "rejected",
        decision: "reject",
        audit_ref: "x/1",
        message_id: "<x@y>",
      });
    },
  },
  {
    name: "cancel-ignored",
    how: "a cancel is answered, and a worker that has it in memory sends it",
    caught: ["service-modes-0020", "service-deciding-0016"],
    request: (request) =>
      request.method === "POST" && request.path.endsWith("/cancel")
        ? answered(200, { id: request.path.split("/").at(-2), status: "cancelled", audit_ref: null })
        : request,
  },
  {
    name: "halt-ignored",
    how: "the stop switch sets a flag nobody reads",
    caught: ["service-stop-0001", "service-stop-0003"],
    request: (request, hands) =>
      request.method === "POST" &&
      request.path === "/v1/halt" &&
      !scopesOf(request.key, hands).some((scope) => scope !== "admin")
        ? answered(200, { status: "halted", halted: true })
        : request,
  },
  {
    name: "agent-raises-mode",
    how: "a mode change asks only whether the key may change modes",
    caught: ["service-modes-0006", "service-log-0007"],
    request: (request, hands) => {
      const known = hands.known.keys.get(request.key ?? "");
      return isModeChange(request) && known?.scopes.includes("send") === true
        ? { ...request, key: known.madeBy }
        : request;
    },
  },
  {
    name: "revocation-ignored",
    how: "a revoked reviewer is only hidden from the list",
    caught: ["service-deciding-0019"],
    request: (request, hands) =>
      /^\/v1\/reviewers\/[^/]+\/revoke$/.test(request.path) && !hands.known.keys.has(request.key ?? "")
        ? answered(200, { status: "revoked", reviewer: "x", revoked_reviewers: [], messages: [] })
        : request,
  },
  {
    name: "block-list-ignored",
    how: "an entry of the block list is stored and not consulted",
    caught: ["service-modes-0016", "service-modes-0017"],
    request: (request, hands) =>
      request.method === "POST" && request.path === "/v1/lists/send/block" && !hands.known.keys.has(request.key ?? "")
        ? answered(201, { ...json(request.text), direction: "send", list: "block", reason: null, created_at: "" })
        : request,
  },
  {
    name: "early-release",
    how: "send_at is shown, and what is approved leaves at once",
    caught: ["service-modes-0021", "service-deciding-0009"],
    request: (request) => (isSend(request) ? withBody(request, ({ send_at: _, ...rest }) => rest) : request),
  },
  {
    name: "idempotency-ignored",
    how: "a repeated request makes another message",
    caught: ["service-deciding-0028", "service-deciding-0029"],
    request: (request) => {
      if (!isSend(request)) return request;
      const { "idempotency-key": _, ...headers } = request.headers;
      return withBody({ ...request, headers }, ({ idempotency_key: _, ...rest }) => rest);
    },
  },
  {
    name: "race-both-win",
    how: "decisions are read, then written: both of two at once are told that they won",
    caught: ["service-deciding-0102", "service-deciding-0202"],
    response: (request, answer) =>
      isDecide(request) && answer.status === 409 && json(answer.text)["code"] === "already_decided"
        ? changed({ ...answer, status: 200 }, () => ({
            decision: json(request.text)["decision"],
            status: "queued",
            audit_ref: "x/1",
            message_id: "<x@y>",
          }))
        : answer,
  },
  {
    name: "get-decides",
    how: "a link in a mail decides",
    caught: ["service-deciding-0023"],
    request: (request) => {
      const query = new URL(request.path, "http://x").searchParams;
      return request.method === "GET" && request.path.startsWith("/v1/oversight/decide")
        ? { ...request, method: "POST", path: "/v1/oversight/decide", text: JSON.stringify(Object.fromEntries(query)) }
        : request;
    },
  },
];
