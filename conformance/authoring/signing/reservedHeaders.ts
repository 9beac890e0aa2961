/** OV-47 reserved-headers-refused. */
import { stated, type Draft } from "../draft.ts";

const field = (name: string, reserved: boolean): Draft =>
  stated({
    comment: `reserved header field: ${JSON.stringify(name)}`,
    requirements: ["OV-47"],
    flags: [reserved ? "HeaderInjection" : "FalseRefusal"],
    op: "reserved_header",
    input: { name },
    expect: { ok: { reserved } },
  });

const reserved = [
  ..."X-MultiMail-Identity X-MultiMail-Agent-Identity X-MultiMail-Other X-Countersign-Note".split(" "),
  ..."ARC-Seal Resent-From List-Unsubscribe MIME-Version Content-Type Content-Disposition X-AI-Generated".split(" "),
  ..."X-Agent-Identity Sender DKIM-Signature DomainKey-Signature Received Received-SPF Return-Path".split(" "),
  ..."Authentication-Results Auto-Submitted Bcc Apparently-To Delivered-To Envelope-To From To Cc Reply-To".split(" "),
  ..."Subject Date Message-ID In-Reply-To References".split(" "),
  // In any case, with blanks around them.
  ..."bcc BCC x-multimail-agent-identity X-AI-GENERATED x-countersign-x LIST-ID".split(" "),
  " Bcc",
  "Bcc ",
  "\tBcc\t",
];
const free = "X-Ticket X-Priority Importance Comments X-MultiMailer Listing Fromage X-Sender".split(" ");

export const reservedHeaders: readonly Draft[] = [
  ...reserved.map((name) => field(name, true)),
  ...free.map((name) => field(name, false)),
];
