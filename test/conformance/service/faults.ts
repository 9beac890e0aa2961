/** Servers with one fault each, and the checks that must see it. `sweep.ts` runs all checks against all of them. */
import { createHash } from "node:crypto";
import type { Answer, Fault, Hands, Request } from "./proxy.ts";

const json = (text: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
};

const answered = (status: number, body: unknown): Answer => ({
  status,
  type: "application/json",
  headers: {},
  text: JSON.stringify(body),
});

const withBody = (request: Request, change: (body: Record<string, unknown>) => Record<string, unknown>): Request => ({
  ...request,
  text: JSON.stringify(change(json(request.text))),
});

const changed = (answer: Answer, change: (body: Record<string, unknown>) => Record<string, unknown>): Answer => ({
  ...answer,
  text: JSON.stringify(change(json(answer.text))),
});

const isSend = ({ method, path }: Request): boolean =>
  method === "POST" && (path === "/v1/send" || /^\/v1\/mailboxes\/[^/]+\/send$/.test(path));
const isDecide = ({ method, path }: Request): boolean => method === "POST" && path === "/v1/oversight/decide";
const isExport = ({ path }: Request): boolean => path.startsWith("/v1/audit-log/export");
const isModeChange = (request: Request): boolean =>
  request.method === "PATCH" && /^\/v1\/mailboxes\/[^/]+$/.test(request.path) && "oversight_mode" in json(request.text);

const scopesOf = (key: string | null, hands: Hands): readonly string[] => hands.known.keys.get(key ?? "")?.scopes ?? [];

/** Sends what the message would be, without asking anybody. */
const leak = async (request: Request, answer: Answer, hands: Hands): Promise<void> => {
  const body = json(answer.text);
  const box = hands.known.mailboxes.get(String(body["mailbox_id"]));
  if (box === undefined) return;
  const to = [json(request.text)["to"]].flat().map(String);
  const id = typeof body["message_id"] === "string" ? body["message_id"] : "<leak@acme.example>";
  await hands.deliver({
    from: box.address,
    recipients: to.map((one) => /<([^>]+)>/.exec(one)?.[1] ?? one),
    raw: Buffer.from(`From: ${box.address}\r\nMessage-ID: ${id}\r\nSubject: leaked\r\n\r\nleaked\r\n`),
  });
};

/** A send that is taken in to wait leaves at once all the same, where `when` says so. */
const leaking =
  (when: (request: Request) => boolean): NonNullable<Fault["response"]> =>
  async (request, answer, hands) => {
    const waits = answer.status === 202 && json(answer.text)["status"] === "pending_approval";
    if (isSend(request) && waits && when(request)) await leak(request, answer, hands);
    return answer;
  };

/** The agent acts with a key that has this scope. */
const swapping =
  (scope: string, when: (request: Request, scopes: readonly string[]) => boolean): NonNullable<Fault["request"]> =>
  (request, hands) => {
    const known = hands.known.keys.get(request.key ?? "");
    if (known === undefined || !when(request, known.scopes)) return request;
    const other = hands.keyWith(scope, known.madeBy, known.principal);
    return other === undefined ? request : { ...request, key: other };
  };

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

const inHeader = (raw: Buffer, change: (head: string) => string): Buffer => {
  const at = raw.indexOf("\r\n\r\n");
  return Buffer.concat([
    Buffer.from(change(raw.subarray(0, at + 2).toString("latin1")), "latin1"),
    raw.subarray(at + 2),
  ]);
};

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

const evidenceOf = (leaf: Record<string, unknown>): Record<string, unknown> =>
  leaf["evidence"] as Record<string, unknown>;
const isTile = ({ path }: Request): boolean => path.startsWith("/v1/log/tile/");
/** The operator's key of the caller's tenant, where the caller is not the operator. */
const asOperator = (request: Request, hands: Hands): Request => {
  const known = hands.known.keys.get(request.key ?? "");
  return known === undefined ? request : { ...request, key: known.madeBy };
};

const pause = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));

export const faults: readonly Fault[] = [
  {
    name: "path-ungated",
    how: "the gate is in one of two handlers of a send",
    caught: ["service-doors-0302", "service-doors-0303", "service-doors-0402", "service-doors-0403"],
    response: leaking(({ path }) => path !== "/v1/send"),
  },
  {
    name: "attachment-ungated",
    how: "mail with attachments takes another path, without the gate",
    caught: ["service-doors-0702", "service-doors-0703"],
    response: leaking(({ text }) => "attachments" in json(text)),
  },
  {
    name: "scheduled-ungated",
    how: "what is for later leaves when it is due, approved or not",
    caught: ["service-doors-0502", "service-doors-0503"],
    response: (request, answer, hands) => {
      const at = Date.parse(String(json(request.text)["send_at"]));
      const soon = at - Date.now();
      if (
        isSend(request) &&
        answer.status === 202 &&
        json(answer.text)["status"] === "pending_approval" &&
        soon < 10_000
      ) {
        void pause(soon).then(() => leak(request, answer, hands));
      }
      return answer;
    },
  },
  {
    name: "request-loosens",
    how: "the mode a request asks for replaces the mailbox's",
    caught: ["service-doors-0802", "service-doors-0803"],
    response: leaking(({ text }) => json(text)["oversight_mode"] === "autonomous"),
  },
  {
    name: "read-only-leaks",
    how: "read_only refuses, and sends all the same",
    caught: ["service-doors-0101", "service-modes-0001", "service-modes-0011"],
    response: async (request, answer, hands) => {
      if (isSend(request) && answer.status === 403 && json(answer.text)["code"] === "read_only")
        await leak(request, answer, hands);
      return answer;
    },
  },
  {
    name: "read-only-accepts",
    how: "read_only takes the message in as if it could leave",
    caught: ["service-doors-0101", "service-doors-0201"],
    response: (request, answer) =>
      isSend(request) && answer.status === 403 && json(answer.text)["code"] === "read_only"
        ? { ...answer, status: 202 }
        : answer,
  },
  {
    name: "late-leak",
    how: "what waits leaves seconds later, when nobody looks any more",
    caught: ["service-doors-9999"],
    response: (request, answer, hands) => {
      const box = hands.known.mailboxes.get(String(json(request.text)["mailbox"]));
      const waits = isSend(request) && answer.status === 202 && json(answer.text)["status"] === "pending_approval";
      if (waits && box?.mode === "gated_all" && json(request.text)["mailbox"] === box.address) {
        void pause(1800).then(() => leak(request, answer, hands));
      }
      return answer;
    },
  },
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
  {
    name: "operator-header-lost",
    how: "the operator's header is not on what leaves",
    caught: ["service-delivery-0001", "service-delivery-0005", "service-log-0010"],
    mail: (mail) => [
      { ...mail, raw: inHeader(mail.raw, (head) => head.replace(/^X-MultiMail-Identity: [^\r\n]*\r\n/im, "")) },
    ],
  },
  {
    name: "agent-header-of-another",
    how: "the agent's header is signed over other content",
    caught: ["service-delivery-0004", "service-delivery-0006"],
    mail: (mail) => [
      {
        ...mail,
        raw: inHeader(mail.raw, (head) =>
          head.replace(/\bb2=(.{8})/, (_, start: string) => `b2=${start.slice(0, 6)}AA`),
        ),
      },
    ],
  },
  {
    name: "footer-added",
    how: "a footer is added after the approval",
    caught: ["service-delivery-0001", "service-delivery-0003", "service-delivery-0004"],
    mail: (mail) => [{ ...mail, raw: Buffer.concat([mail.raw, Buffer.from("--\r\nSent by an agent\r\n")]) }],
  },
  {
    name: "subject-changed",
    how: "the subject gets a tag on the way out",
    caught: ["service-delivery-0001", "service-delivery-0005"],
    mail: (mail) => [{ ...mail, raw: inHeader(mail.raw, (head) => head.replace(/^Subject: /im, "Subject: [AI] ")) }],
  },
  {
    name: "recipient-added",
    how: "somebody is copied who was not in the approved envelope",
    caught: ["service-delivery-0002", "service-delivery-0003"],
    mail: (mail) => [{ ...mail, recipients: [...mail.recipients, "archive@elsewhere.example"] }],
  },
  {
    name: "blind-copy-shown",
    how: "blind copies are in the header",
    caught: ["service-delivery-0001", "service-delivery-0002"],
    mail: (mail) => [{ ...mail, raw: inHeader(mail.raw, (head) => `${head}Bcc: ${mail.recipients.join(", ")}\r\n`) }],
  },
  {
    name: "sent-twice",
    how: "what has an attachment, and what goes to several, is handed over twice",
    caught: ["service-delivery-0001", "service-delivery-0011"],
    mail: (mail) => (mail.recipients.length > 1 ? [mail, mail] : [mail]),
  },
  {
    name: "lost-is-retried",
    how: "a hand-over whose reply was lost is tried again",
    caught: ["service-delivery-0013", "service-delivery-0015"],
    mail: (mail) => (mail.recipients.some((to) => to.startsWith("lost-")) ? [mail, mail] : [mail]),
  },
  {
    name: "no-copy",
    how: "monitored does as autonomous does",
    caught: ["service-doors-0104", "service-modes-0015"],
    mail: (mail) => (mail.recipients.some((to) => to.startsWith("watch-")) ? [] : [mail]),
  },
  {
    name: "copy-is-another",
    how: "the copy is made anew, and not the same octets",
    caught: ["service-modes-0015"],
    mail: (mail) =>
      mail.recipients.some((to) => to.startsWith("watch-"))
        ? [{ ...mail, raw: Buffer.concat([mail.raw, Buffer.from("(copy)\r\n")]) }]
        : [mail],
  },
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
