/** What is kept: holds, erasures and retention. */
import type { Fault } from "../proxy.ts";
import { answered, asOperator, json, scopesOf } from "./request.ts";

export const keepingFaults: readonly Fault[] = [
  {
    name: "reviewers-hold",
    how: "whoever may read the log may place holds",
    caught: ["service-log-0027"],
    request: (request, hands) =>
      request.method === "POST" &&
      request.path === "/v1/legal-holds" &&
      scopesOf(request.key, hands).includes("oversight")
        ? asOperator(request, hands)
        : request,
  },
  {
    name: "erasure-of-nothing",
    how: "an erasure is noted down for later, and answered as done",
    caught: ["service-log-0028"],
    request: (request, hands) =>
      request.method === "POST" && request.path === "/v1/erasures" && !hands.known.keys.has(request.key ?? "")
        ? answered(200, { erased: [json(request.text)["message_id"]], held: [], unfinished: [], audit_refs: ["x/1"] })
        : request,
  },
  {
    name: "erasure-not-logged",
    how: "an erasure is in the log as something else",
    caught: ["service-log-0028"],
    response: (request, answer) =>
      request.path.startsWith("/v1/audit-log?cursor=")
        ? { ...answer, text: answer.text.replaceAll("erase", "clean") }
        : answer,
  },
  {
    name: "retention-of-any-length",
    how: "retention is taken as it comes",
    caught: ["service-log-0029"],
    response: (request, answer) =>
      request.method === "PATCH" && request.path === "/v1/retention" && [400, 422].includes(answer.status)
        ? answered(200, { days: json(request.text)["days"], floor_days: 0 })
        : answer,
  },
  {
    name: "holds-ignored",
    how: "a hold is listed, and nobody asks for it",
    caught: ["service-log-0030"],
    request: (request, hands) =>
      request.path.startsWith("/v1/legal-holds") && request.method !== "GET" && !hands.known.keys.has(request.key ?? "")
        ? answered(request.method === "POST" ? 201 : 200, { id: "hold_none" })
        : request,
  },
];
