/**
 * The demo: one gated email from an agent to a recipient, played against a real server over REST and SMTP on this machine.
 * Every step prints what was done and what came of it; the first thing that is not as it should be ends it with a reason.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { playApproval } from "./approval.ts";
import { playAudit } from "./audit.ts";
import { playDelivery } from "./delivery.ts";
import { callerOf, startServer } from "./demoServer.ts";
import { narratorOf, type Screen } from "./narrator.ts";
import { startReceiver } from "./Receiver.ts";

export const playStory = async (screen: Screen): Promise<void> => {
  const narrator = narratorOf(screen);
  const { step, detail, paint } = narrator;

  const folder = await mkdtemp(join(tmpdir(), "countersign-demo-"));
  const receiver = await startReceiver();
  const operatorKey = `mm_live_${crypto.randomUUID().replaceAll("-", "")}`;
  screen.line(paint(1, "Countersign: an email from an agent, and the person who lets it go"));
  screen.line("Everything below happens on this machine, over REST and SMTP. Nothing leaves it.");

  const server = startServer(folder, receiver.url, operatorKey);

  try {
    step("The server starts: SQLite, a log with no entry that can be changed, and an SMTP receiver to watch");
    const base = await server.base();
    detail("REST API", base);
    detail("SMTP receiver", receiver.url);

    const call = callerOf(base);
    const { aliceKey, auditRef, approvedText } = await playApproval(narrator, call, operatorKey);
    const delivered = await playDelivery(narrator, call, receiver, approvedText);
    await playAudit(narrator, call, screen, folder, { operatorKey, aliceKey, auditRef, ...delivered });
    screen.line(
      "\nMail verifies for whoever asks the operator's own domain for its keys, and only from mailboxes of that domain:",
    );
    screen.line(
      "here it is acme.example, an example. Yours is set by COUNTERSIGN_OPERATOR_DOMAIN, before the first mailbox is made.",
    );
    screen.line(
      `\n${paint(32, "All as it should be.")} ${narrator.steps()} steps; the server and the receiver end now.`,
    );
  } finally {
    await server.stop();
    await receiver.stop();
    await rm(folder, { recursive: true, force: true });
  }
};
