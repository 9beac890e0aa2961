/** Keys and tenants, and what is taken in with a request. */
import type { Fault } from "../proxy.ts";
import { answered, isSend, withBody } from "./request.ts";

export const accessFaults: readonly Fault[] = [
  {
    name: "both-scopes",
    how: "a key may send and decide",
    caught: ["service-access-0007"],
    request: (request) =>
      request.method === "POST" && request.path === "/v1/api-keys"
        ? withBody(request, (body) => {
            const scopes = body["scopes"] as readonly string[];
            return {
              ...body,
              scopes: scopes.includes("send") ? scopes.filter((scope) => scope !== "oversight") : scopes,
            };
          })
        : request,
  },
  {
    name: "revoked-key-lives",
    how: "revoked keys stay in a cache",
    caught: ["service-access-0005", "service-access-0014"],
    request: (request) =>
      request.method === "DELETE" && request.path.startsWith("/v1/api-keys/")
        ? answered(200, { id: "x", status: "revoked" })
        : request,
  },
  {
    name: "tenants-mixed",
    how: "a message is looked up by its id alone",
    caught: ["service-access-0010"],
    response: async (request, answer, hands) => {
      const id = /\/(msg_\w+)$/.exec(request.path)?.[1];
      const mailbox = hands.known.messages.get(id ?? "")?.mailbox;
      const owner = hands.known.mailboxes.get(mailbox ?? "")?.madeBy;
      return request.method === "GET" && answer.status === 404 && owner !== undefined
        ? hands.ask({ ...request, key: owner })
        : answer;
    },
  },
  {
    name: "reserved-header-dropped",
    how: "reserved header fields are dropped in silence",
    caught: ["service-input-0004"],
    request: (request) =>
      isSend(request)
        ? withBody(request, (body) =>
            typeof body["headers"] === "object" && body["headers"] !== null
              ? {
                  ...body,
                  headers: Object.fromEntries(
                    Object.entries(body["headers"]).filter(([name]) =>
                      /^x-(?!multimail|ai-|countersign)/i.test(name.trim()),
                    ),
                  ),
                }
              : body,
          )
        : request,
  },
  {
    name: "line-breaks-cleaned",
    how: "line breaks in a subject become blanks",
    caught: ["service-input-0002"],
    request: (request) =>
      isSend(request)
        ? withBody(request, (body) =>
            typeof body["subject"] === "string" ? { ...body, subject: body["subject"].replace(/[\r\n]+/g, " ") } : body,
          )
        : request,
  },
  {
    name: "past-means-now",
    how: "a send_at that has passed means at once",
    caught: ["service-input-0007"],
    request: (request) =>
      isSend(request)
        ? withBody(request, (body) =>
            Date.parse(String(body["send_at"])) < Date.now() ? { ...body, send_at: undefined } : body,
          )
        : request,
  },
  {
    name: "problem-json-ignored",
    how: "Accept: application/problem+json changes nothing",
    caught: ["service-input-0012"],
    request: (request) => ({ ...request, headers: { ...request.headers, accept: "application/json" } }),
  },
];
