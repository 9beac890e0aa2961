/** Logs to report on: made by the machine, with everything in them that a report speaks of. */
import { system } from "../../src/model/Actor.ts";
import { actor } from "../support/log.ts";
import { agent, ann, author, ben, clean, digestOf, TenantLog, october, olga, tenant } from "../support/tenantLog.ts";

const hour = 3600;
const day = 86_400;

/** A repeatable sequence of numbers in 0 … 1. */
const chances = (seed: number) => () => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
};

/**
 * Small enough to count by hand: two mailboxes, made before the period.
 *
 * - msg_1 approved after 90 s and delivered; msg_2 rejected after 5 s; msg_3 approved after 4 s by the same person 2 s later,
 *   lost, resolved by an operator; msg_4 tried by its own author, then expired; msg_5 in the other mailbox left without anyone.
 * - One stop of an hour, in which a hand-over is refused; one raise by an operator, one refused raise by an agent.
 */
export const counted = (): TenantLog => {
  const log = new TenantLog(october - day);
  log.tenantBegins();
  log.mailbox("mbx_1");
  log.mailbox("mbx_2", "monitored");
  // The first moment of the period.
  log.submit("mbx_1", "msg_1", day);
  log.approve("mbx_1", "msg_1", 90, ann);
  log.dispatch("mbx_1", "msg_1", 1);
  log.outcome("delivered", "mbx_1", "msg_1", 2);
  log.submit("mbx_1", "msg_2", hour);
  log.submit("mbx_1", "msg_3", 3);
  log.reject("mbx_1", "msg_2", 2, ben);
  log.approve("mbx_1", "msg_3", 2, ben);
  log.dispatch("mbx_1", "msg_3", 0);
  log.outcome("lost", "mbx_1", "msg_3", 1);
  log.happens(hour, olga, {
    type: "resolve",
    mailbox: "mbx_1",
    message: "msg_3",
    outcome: "delivered",
    digest: digestOf("msg_3"),
    verdict: clean,
  });
  log.submit("mbx_1", "msg_4", 0);
  log.approve("mbx_1", "msg_4", 1, author);
  log.submit("mbx_2", "msg_5", 1);
  log.happens(0, olga, { type: "halt" });
  log.dispatch("mbx_2", "msg_5", 10);
  log.happens(hour, olga, { type: "resume" });
  log.dispatch("mbx_2", "msg_5", 1);
  log.outcome("delivered", "mbx_2", "msg_5", 1);
  log.happens(day, system, { type: "expire", mailbox: "mbx_1", message: "msg_4" });
  log.happens(day, agent, { type: "set_mode", mailbox: "mbx_1", mode: "autonomous" });
  log.happens(0, olga, { type: "set_mode", mailbox: "mbx_1", mode: "monitored" });
  log.happens(0, olga, { type: "revoke_key", key: ben.credential! });
  // After the period.
  log.submit("mbx_1", "msg_6", 60 * day);
  return log;
};

/** A busy month. */
export const busy = (messages = 600, seed = 7): TenantLog => {
  const chance = chances(seed);
  const log = new TenantLog(october - 20 * day);
  const cleo = "cleo.van.der.meer@acme.example";
  log.tenantBegins(cleo, "dmitri");
  const boxes = Array.from({ length: 9 }, (_, i) => `mbx_01K6M${i}SUPPORT`);
  for (const [i, box] of boxes.entries()) log.mailbox(box, i < 6 ? "gated_send" : i < 8 ? "monitored" : "autonomous");
  const people = [ann, ben, actor(tenant, "reviewer", cleo), actor(tenant, "reviewer", "dmitri")];
  const step = Math.floor((50 * day) / messages);
  for (let i = 0; i < messages; i++) {
    const box = boxes[Math.floor(chance() * chance() * boxes.length)]!;
    const message = `msg_${i}`;
    const verdict = chance() < 0.05 ? { score: 8200, held: true, blocked: false } : clean;
    const submitted = log.submit(box, message, Math.floor(step * 0.8 * (0.2 + chance())), verdict);
    const who = people[Math.floor(chance() * chance() * people.length)]!;
    if (submitted.to_status === "pending_approval") {
      const wait = Math.floor(4 + 2 ** (chance() * 15));
      const fate = chance();
      if (fate < 0.04) {
        log.happens(wait, olga, { type: "cancel", mailbox: box, message });
        continue;
      }
      if (fate < 0.14) {
        log.reject(box, message, wait, who);
        continue;
      }
      if (fate < 0.16) log.approve(box, message, 1, author);
      if (fate < 0.18) continue;
      log.approve(box, message, wait, who);
    }
    if (log.dispatch(box, message, 1).to_status !== "dispatching") continue;
    const end = chance();
    log.outcome(end < 0.94 ? "delivered" : end < 0.97 ? "failed" : "lost", box, message, 2);
    if (end >= 0.97)
      log.happens(hour, olga, {
        type: "resolve",
        mailbox: box,
        message,
        outcome: "failed",
        digest: digestOf(message),
        verdict: clean,
      });
    if (i % 97 === 50) {
      log.happens(30, olga, { type: "halt" });
      log.happens(4 * hour, olga, { type: "resume" });
    }
    if (i % 61 === 30) {
      const modes = ["gated_send", "monitored", "read_only", "autonomous", "gated_all"] as const;
      log.happens(5, olga, { type: "set_mode", mailbox: boxes[i % 5]!, mode: modes[((i / 7) % 5) | 0]! });
    }
  }
  return log;
};
