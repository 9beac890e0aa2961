/** The log shows it all: every event with who, what and the outcome, refused ones too, in order, with hashes that are right. */
import { excerpt, hasStatus, isRefused } from "../api.ts";
import type { Check } from "../check.ts";
import { expect, same } from "../expect.ts";
import { leafHash, verifyOperatorHeader } from "../headers.ts";
import { inSeconds, type House, type Line, type Shown } from "../world.ts";

const of = async (house: House, message: { readonly id: string }): Promise<readonly Line[]> =>
  (await house.log()).filter(({ message_id }) => message_id === message.id);

const types = (lines: readonly Line[]): readonly string[] =>
  lines.map(({ type, outcome }) => (outcome === "accepted" ? type : `${type}: ${outcome}`));

const approved = async (house: House): Promise<Shown> => {
  const message = await house.sent();
  hasStatus(await house.decide(house.alice, message, "approve", { digest: message.digest }), 200);
  await house.leaves(message);
  await house.until(message, "delivered");
  return message;
};

export const logChecks: readonly Check[] = [
  {
    id: "service-log-0001",
    comment: "submit, approve, dispatch, delivered: in this order, the approval before the hand-over",
    requirements: ["OV-52", "OV-39", "OV-36"],
    flags: ["LogGap"],
    run: async (world) => {
      const house = await world.house();
      const lines = await of(house, await approved(house));
      same(types(lines), ["submit", "approve", "dispatch", "delivered"], "entries of the message");
      const indexes = lines.map(({ leaf_index }) => leaf_index);
      expect(
        indexes.every((index, i) => i === 0 || index > indexes[i - 1]!),
        "the entries are in the order of their indexes",
      );
    },
  },
  {
    id: "service-log-0002",
    comment: "every line has the members of the export, and says who approved which content",
    requirements: ["OV-35", "OV-46"],
    flags: ["LogGap"],
    run: async (world) => {
      const house = await world.house();
      const message = await approved(house);
      const lines = await of(house, message);
      for (const line of lines) {
        for (const member of [
          "message_id",
          "agent_id",
          "identity_signature",
          "oversight_mode",
          "approver_id",
          "decision",
          "domain_risk_score",
          "content_hash",
          "lean4_proof_ref",
          "timestamp",
          "leaf_index",
          "leaf_hash",
          "leaf",
        ]) {
          expect(member in line, `an entry ${line.type} has no ${member}`);
        }
      }
      const [submit, approve, dispatch, end] = lines;
      same(
        [submit!.approver_id, submit!.agent_id, submit!.content_hash],
        [null, house.agentId, message.digest],
        "approver, agent and content of the submit",
      );
      expect(
        typeof submit!.identity_signature === "string" && submit!.identity_signature !== "",
        "the submit has the agent's signature",
      );
      same(
        [approve!.approver_id, approve!.decision, approve!.content_hash],
        [house.aliceId, "approve", message.digest],
        "approver, decision and content of the approval",
      );
      for (const line of [dispatch!, end!])
        same(
          [line.approver_id, line.oversight_mode],
          [house.aliceId, "gated_send"],
          `approver and mode of ${line.type}`,
        );
    },
  },
  {
    id: "service-log-0003",
    comment: "each leaf_hash is the RFC 6962 hash of its leaf",
    requirements: ["OV-56", "OV-61"],
    flags: ["LogGap"],
    run: async (world) => {
      const house = await world.house();
      await approved(house);
      const lines = await house.log();
      expect(lines.length > 4, "the log is almost empty");
      for (const line of lines) same(line.leaf_hash, leafHash(line.leaf), `leaf_hash of entry ${line.leaf_index}`);
    },
  },
  {
    id: "service-log-0004",
    comment: "the log only grows: an earlier export is the beginning of a later one",
    requirements: ["OV-56"],
    flags: ["LogGap"],
    run: async (world) => {
      const house = await world.house();
      const entries = async () =>
        (await house.log()).map(({ leaf_index, leaf_hash, leaf }) => JSON.stringify([leaf_index, leaf_hash, leaf]));
      await approved(house);
      const before = await entries();
      hasStatus(await house.decide(house.alice, await house.sent(), "reject"), 200);
      const after = await entries();
      same(after.slice(0, before.length), before, "the beginning of a later export");
      expect(after.length > before.length, "nothing was added to the log");
    },
  },
  {
    id: "service-log-0005",
    comment: "refused decisions are in the log, with their reason and who tried",
    requirements: ["OV-35"],
    flags: ["LogGap"],
    run: async (world) => {
      const house = await world.house();
      const message = await house.sent();
      const edited = hasStatus(await house.revise(house.agent, message, { body: "Other." }), 202).body;
      isRefused(await house.decide(house.alice, message), 409);
      isRefused(await house.decide(house.agent, edited), 403);
      const lines = await of(house, message);
      const refused = lines.filter(({ outcome }) => outcome === "refused");
      same(
        refused.map(({ type, refusal }) => `${type} ${refusal}`),
        ["approve stale_digest", "approve not_permitted"],
        "refused entries",
      );
      expect(
        refused[0]!.leaf.includes(house.aliceId) && refused[1]!.leaf.includes(house.agentId),
        "the refused entries do not say who",
      );
      for (const line of refused) same(line.approver_id, null, "approver of what was refused");
    },
  },
  {
    id: "service-log-0006",
    comment: "a refused submit is in the log",
    requirements: ["OV-35", "OV-5"],
    flags: ["LogGap"],
    run: async (world) => {
      const house = await world.house({ oversight_mode: "read_only" });
      isRefused(await house.send(), 403);
      const submits = (await house.log()).filter(({ type }) => type === "submit");
      same(submits.length, 1, "submits in the log");
      same([submits[0]!.decision, submits[0]!.approver_id], ["refused", null], "decision and approver");
    },
  },
  {
    id: "service-log-0007",
    comment: "mode changes, accepted and refused, are in the log with who",
    requirements: ["OV-8"],
    flags: ["LogGap"],
    run: async (world) => {
      const house = await world.house();
      hasStatus(await house.setMode("read_only", house.agent), 200);
      isRefused(await house.setMode("autonomous", house.agent), 403);
      hasStatus(await house.setMode("monitored"), 200);
      const lines = (await house.log()).filter(({ type }) => type === "set_mode");
      same(
        lines.map(({ outcome, refusal }) => [outcome, refusal]),
        [
          ["accepted", null],
          ["refused", "mode_raise"],
          ["accepted", null],
        ],
        "set_mode entries",
      );
      expect(
        lines[0]!.leaf.includes(house.agentId) && lines[1]!.leaf.includes("autonomous"),
        "a mode change does not say who, or what was asked for",
      );
    },
  },
  {
    id: "service-log-0008",
    comment: "edits, cancels, schedules and releases are in the log",
    requirements: ["OV-35", "OV-27"],
    flags: ["LogGap"],
    run: async (world) => {
      const house = await world.house();
      const cancelled = await house.sent();
      hasStatus(await house.revise(house.agent, cancelled, { subject: "Other" }), 202);
      hasStatus(await house.cancel(house.agent, cancelled), 200);
      same(types(await of(house, cancelled)), ["submit", "revise", "cancel"], "entries of what was cancelled");
      const scheduled = await house.sent({ send_at: inSeconds(world.soon) });
      hasStatus(await house.decide(house.alice, scheduled), 200);
      await house.leaves(scheduled);
      await house.until(scheduled, "delivered");
      same(
        types(await of(house, scheduled)),
        ["submit", "approve", "release", "dispatch", "delivered"],
        "entries of what was scheduled",
      );
    },
  },
  {
    id: "service-log-0009",
    comment: "where policy let it go, the log says so and names nobody",
    requirements: ["OV-35"],
    flags: ["LogGap"],
    run: async (world) => {
      const house = await world.house({ oversight_mode: "autonomous" });
      const message = await house.sent();
      await house.leaves(message);
      await house.until(message, "delivered");
      const lines = await of(house, message);
      same(types(lines), ["submit", "dispatch", "delivered"], "entries");
      for (const line of lines)
        same([line.decision, line.approver_id], ["policy", null], `decision and approver of ${line.type}`);
    },
  },
  {
    id: "service-log-0010",
    comment: "the entry that the delivered message names is the hand-over in the log, with that hash",
    requirements: ["OV-46", "OV-52"],
    flags: ["Forgery", "LogGap"],
    run: async (world) => {
      const house = await world.house();
      const message = await approved(house);
      const [mail] = house.mails(message);
      const { claims } = await verifyOperatorHeader(world.call, mail!, house);
      const named = (await of(house, message)).find(({ leaf_index }) => leaf_index === claims.log?.index);
      expect(named !== undefined, `the message names entry ${claims.log?.index}, which is not one of its entries`);
      same(named.type, "dispatch", "the entry that let it go");
      const hash = Buffer.from(named.leaf_hash, "hex");
      expect(
        [hash.toString("base64"), hash.toString("base64url")].includes(claims.log.leaf),
        "the leaf's hash in the header is another",
      );
    },
  },
  {
    id: "service-log-0011",
    comment: "the log holds no content: neither body, nor subject, nor addresses, nor a reviewer's words, nor keys",
    requirements: ["OV-56", "OV-88"],
    flags: ["Leak"],
    run: async (world) => {
      const house = await world.house();
      const to = house.to();
      const message = await house.sent({ to, subject: "Subject-7f3a", body: "Body-91bc" });
      hasStatus(await house.decide(house.alice, message, "reject", { reason: "Reason-5d2e" }), 200);
      const leaves = (await house.log()).map(({ leaf }) => leaf).join("\n");
      for (const secret of ["Subject-7f3a", "Body-91bc", "Reason-5d2e", to, house.address, house.agent, house.alice])
        expect(!leaves.includes(secret), `a leaf holds ${secret.slice(0, 12)}`);
    },
  },
  {
    id: "service-log-0012",
    comment: "the log is for reviewers and operators, by page and as a whole, in the same words",
    requirements: ["OV-20", "OV-35"],
    flags: ["Leak", "Interoperability"],
    run: async (world) => {
      const house = await world.house();
      const message = await approved(house);
      for (const path of ["/v1/audit-log", "/v1/audit-log/export"])
        isRefused(await world.call("GET", `${path}?mailbox=${house.mailbox}`, house.agent), 403);
      const page = hasStatus(
        await world.call("GET", `/v1/audit-log?mailbox=${house.mailbox}&limit=100`, house.alice),
        200,
      );
      const exported = await house.log();
      same(
        page.body.entries?.map((entry: Line) => [entry.leaf_index, entry.leaf_hash]),
        exported.map(({ leaf_index, leaf_hash }) => [leaf_index, leaf_hash]),
        "the page and the export",
      );
      const one = hasStatus(await world.call("GET", `/v1/audit-log?message_id=${message.id}`, house.operator), 200);
      same(one.body.entries.length, 4, "entries of one message");
      expect((page.headers.get("content-type") ?? "").includes("json"), excerpt(page));
    },
  },
];
