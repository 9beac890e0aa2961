/** Permits to send, as Oversight makes them. */
import { issue, type DeliveryPermit, type PermitContent } from "../../src/contracts/DeliveryPermit.ts";

/** A raw message with this body. */
export const text = (body: string): Uint8Array =>
  Buffer.from(`From: agent@sender.test\r\nTo: ann@there.test\r\nMessage-ID: <1@sender.test>\r\n\r\n${body}`);

let count = 0;
/** A permit as Oversight would make it. */
export const permitOf = (content: Partial<PermitContent> = {}): DeliveryPermit =>
  issue({
    message: `msg_${++count}`,
    tenant: "ten_1",
    mailbox: "box_1",
    kind: "message",
    attempt: 1,
    tries: 0,
    messageId: "<1@sender.test>",
    from: "agent@sender.test",
    recipients: ["ann@there.test"],
    partly: false,
    refused: [],
    raw: text("Hello.\r\n"),
    createdAt: 0,
    ...content,
  });
