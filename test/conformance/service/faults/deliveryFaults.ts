/** What leaves is not what was approved, or not as often. */
import type { Fault } from "../proxy.ts";

const inHeader = (raw: Buffer, change: (head: string) => string): Buffer => {
  const at = raw.indexOf("\r\n\r\n");
  return Buffer.concat([
    Buffer.from(change(raw.subarray(0, at + 2).toString("latin1")), "latin1"),
    raw.subarray(at + 2),
  ]);
};

export const deliveryFaults: readonly Fault[] = [
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
];
