/** What an agent asks the door for. */
import type { Draft, SubmitRequest } from "../../src/contracts/Oversight.ts";

export const draft = (change: Partial<Draft> = {}): Draft => ({
  to: ["carol@customer.example"],
  cc: [],
  bcc: [],
  replyTo: null,
  subject: "Ticket #4821",
  text: "Hi, we've resolved ticket #4821.",
  html: null,
  markdown: null,
  attachments: [],
  headers: {},
  sendAt: null,
  mode: null,
  note: null,
  ...change,
});

export const request = (change: Partial<SubmitRequest> = {}): SubmitRequest => ({
  ...draft(),
  mailbox: "support@acme.example",
  idempotencyKey: null,
  ...change,
});
