/** Mail leaves by one of several ways in, or at another time, without what it must wait for. */
import type { Answer, Fault, Hands, Request } from "../proxy.ts";
import { isSend, json } from "./request.ts";

const pause = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));

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

export const doorFaults: readonly Fault[] = [
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
];
