/** What is proven piece by piece: an entry by its proof or receipt, a signature by its key, a tile by its hashes, a theorem by its reference. */
import { verify } from "node:crypto";
import { hasStatus, isRefused } from "../api.ts";
import type { Check } from "../check.ts";
import { expect, same } from "../expect.ts";
import { encoded, keyOf } from "../headers.ts";
import {
  hashOfLeaf,
  latest,
  levelOf,
  logKeys,
  openCheckpoint,
  rootBy,
  rootOf,
  tilePath,
  tilesOf,
  tileWidth,
} from "../tree.ts";
import { busy, exportBy, hex, indexIn, type Members, type Shown } from "./exported.ts";
import { approveAndLeave } from "./waiting.ts";

export const proofChecks: readonly Check[] = [
  {
    id: "service-log-0020",
    comment: "with proofs, each entry of an export leads to the root that is signed, from its own place",
    requirements: ["OV-61"],
    flags: ["Tampering"],
    run: async (world) => {
      const keys = await logKeys(world.call);
      const house = await world.house();
      await busy(house);
      const query = `&mailbox=${house.mailbox}&include_proofs=true`;
      const { header, lines } = await exportBy(world.call, house.alice, query);
      const { size, root } = openCheckpoint(header.last_checkpoint, keys);
      const shown = lines.filter(({ leaf }) => leaf !== undefined);
      expect(shown.length > 5, "the export is almost empty");
      for (const { leaf, leaf_index, inclusion_proof: path } of shown) {
        expect(Array.isArray(path), `entry ${leaf_index} has no inclusion_proof`);
        const found = rootBy(hashOfLeaf(Buffer.from(leaf)), leaf_index, size, path.map(hex));
        same(found?.toString("hex"), root.toString("hex"), `where the proof of entry ${leaf_index} leads`);
      }
    },
  },
  {
    id: "service-log-0021",
    comment:
      "the entries of a submit and an edit have the agent's signature, its key, and the operator's word on that key",
    requirements: ["OV-67"],
    flags: ["Forgery", "LogGap"],
    run: async (world) => {
      const house = await world.house();
      await busy(house);
      const { leaves } = await exportBy(world.call, house.alice, `&mailbox=${house.mailbox}`);
      const contents = leaves.filter(({ type }) => type === "submit" || type === "revise");
      same(contents.length, 2, "entries that bring a content");
      for (const { type, mailbox, evidence: it } of contents) {
        same(it.agent, house.agentId, `the agent in the evidence of the ${type}`);
        const spki = Buffer.from(String(it.identity_key), "base64");
        const { document, key } = await keyOf(world.call, it.identity_kid);
        const published = key.export({ format: "der", type: "spki" });
        expect(
          spki.equals(published),
          `the key in the entry of the ${type} is not the one published as ${document.kid}`,
        );
        const signature = Buffer.from(String(it.identity_signature), "base64");
        const stated = Buffer.from(`${it.agent}:${it.identity_ts}`);
        expect(
          verify("sha256", stated, key, signature),
          `the agent's signature in the entry of the ${type} does not verify`,
        );
        const operator = await keyOf(world.call, it.identity_key_operator);
        same(
          [operator.document.mailbox, operator.document.operator],
          [null, document.operator],
          "whose the vouching key is",
        );
        const word = encoded("countersign/mailbox-key/v1", mailbox, it.agent, it.identity_kid, spki);
        const vouched = verify("sha256", word, operator.key, Buffer.from(String(it.identity_key_signature), "base64"));
        expect(vouched, `the operator's signature on the key in the entry of the ${type} does not verify`);
      }
    },
  },
  {
    id: "service-log-0022",
    comment:
      "the entry of a hand-over names its content, and everyone whose approval counted; nobody where policy let it go",
    requirements: ["OV-70"],
    flags: ["LogGap"],
    run: async (world) => {
      const house = await world.house({ quorum: 2 });
      const message = await house.sent();
      hasStatus(await house.decide(house.bob, message), 200);
      await approveAndLeave(house, message);
      const free = await world.house({ oversight_mode: "autonomous" });
      const passed = await free.sent();
      await free.leaves(passed);
      await free.until(passed, "delivered");
      for (const [of, digest, approvers] of [
        [house, message.digest, [house.aliceId, house.bobId].toSorted()],
        [free, passed.digest, []],
      ] as const) {
        const { leaves } = await exportBy(world.call, of.alice, `&mailbox=${of.mailbox}`);
        const handOver = leaves.find(({ type, to }) => type === "dispatch" && to === "dispatching");
        expect(handOver !== undefined, "there is no entry of a hand-over");
        const { content_digest: content, approvers: named } = handOver.evidence;
        same([content, named], [digest, approvers], "content and approvers in the entry of a hand-over");
      }
    },
  },
  {
    id: "service-log-0023",
    comment:
      "tiles have the names, widths and contents of C2SP tlog-tiles, at every level; what is no tile is not there",
    requirements: ["OV-66", "OV-61"],
    flags: ["Interoperability", "Tampering"],
    run: async (world) => {
      await world.house();
      const { size } = await latest(world.call, await logKeys(world.call));
      const hashes = await levelOf(world.call, 0, size);
      for (let level = 1, below = hashes; below.length >= tileWidth; level++) {
        const nodes = await levelOf(world.call, level, size);
        const full = Array.from({ length: Math.floor(below.length / tileWidth) }, (_, i) =>
          rootOf(below.slice(i * tileWidth, (i + 1) * tileWidth)),
        );
        same(
          nodes.map((one) => one.toString("hex")),
          full.map((one) => one.toString("hex")),
          `tiles of level ${level}`,
        );
        below = nodes;
      }
      const beyond = Math.ceil(size / tileWidth) + 1000;
      for (const path of [
        tilePath(0, beyond),
        "/v1/log/tile/0/0",
        "/v1/log/tile/0/000.p/0",
        "/v1/log/tile/0/000.p/256",
      ])
        hasStatus(await world.call("GET", path, null), 404);
    },
  },
  {
    id: "service-log-0024",
    comment: "hashes and keys are for anybody; leaves are not, unless the operator made them public",
    requirements: ["OV-82", "OV-66"],
    flags: ["Leak"],
    run: async (world) => {
      const house = await world.house();
      const { size } = await latest(world.call, await logKeys(world.call));
      const hashes = await levelOf(world.call, 0, size);
      const { path, width } = tilesOf("entries", size).at(-1)!;
      const open = (await world.call("GET", path, null)).status === 200;
      if (!open) {
        const others = world.otherAdmin === null ? [] : [world.otherAdmin];
        for (const key of [null, house.agent, ...others]) isRefused(await world.call("GET", path, key), 401, 403);
      }
      for (const key of [null, house.agent])
        for (const other of ["/v1/audit-log", "/v1/audit-log/export"])
          isRefused(await world.call("GET", other, key), 401, 403);
      const answer = await world.call("GET", path, world.admin);
      // The operator of another tenant than the first does not see them either.
      if (!open && answer.status === 403) return;
      const { octets } = hasStatus(answer, 200);
      const found: string[] = [];
      for (let at = 0; at < octets.length;) {
        const length = octets.readUInt16BE(at);
        found.push(hashOfLeaf(octets.subarray(at + 2, at + 2 + length)).toString("hex"));
        at += 2 + length;
      }
      const wanted = hashes.slice(-width).map((one) => one.toString("hex"));
      same(found, wanted, `hashes of the entries in ${path}`);
    },
  },
  {
    id: "service-log-0025",
    comment: "a decision's receipt is proof by itself: its leaf leads to a root that the log signed",
    requirements: ["OV-78"],
    flags: ["Tampering", "LogGap"],
    run: async (world) => {
      const keys = await logKeys(world.call);
      const house = await world.house();
      const message = await house.sent();
      const { audit_ref: ref } = hasStatus(await house.decide(house.alice, message), 200).body;
      const path = `/v1/audit-log/${encodeURIComponent(ref)}/receipt`;
      const { text } = hasStatus(await world.call("GET", path, house.alice, undefined, { accept: "text/plain" }), 200);
      const [head, ...rest] = text.split("\n\n");
      const [format, extra, index, ...hashes] = head!.split("\n");
      same([format, index], ["c2sp.org/tlog-proof@v1", `index ${indexIn(ref)}`], "format and place in the receipt");
      const leaf = Buffer.from(/^extra ([A-Za-z0-9+/]+=*)$/.exec(extra ?? "")?.[1] ?? "", "base64");
      const { size, root } = openCheckpoint(rest.join("\n\n"), keys);
      const proof = hashes.map((one) => Buffer.from(one, "base64"));
      const found = rootBy(hashOfLeaf(leaf), indexIn(ref), size, proof);
      same(found?.toString("hex"), root.toString("hex"), "where the receipt's proof leads");
      const it = JSON.parse(leaf.toString("utf8")) as Members;
      const said = [it.type, it.outcome, it.actor.principal, it.event.digest];
      same(said, ["approve", "accepted", house.aliceId, message.digest], "what the receipt's leaf says");
      await house.leaves(message);
      for (const key of [null, house.agent]) isRefused(await world.call("GET", path, key), 401, 403);
    },
  },
  {
    id: "service-log-0026",
    comment: "entries that say the same name the same theorems; a reference resolves to that theorem and to no other",
    requirements: ["OV-79", "OV-89"],
    flags: ["LogGap"],
    run: async (world) => {
      const house = await world.house();
      for (const message of [await house.sent(), await house.sent()]) await approveAndLeave(house, message);
      const lines = (await exportBy(world.call, house.alice, `&mailbox=${house.mailbox}`)).lines;
      const [one, two] = [...new Set(lines.map(({ message_id }) => message_id))].flatMap((id) =>
        id === null ? [] : [lines.filter(({ message_id }) => message_id === id)],
      );
      const named = (of: readonly Shown[] = []) =>
        of.map(({ type, lean4_proof_ref: ref, lean4_proof_refs: refs }) => [type, ref, refs]);
      same(named(one), named(two), "what the entries of two messages alike name");
      const all = new Set(lines.flatMap(({ lean4_proof_refs: refs }) => refs));
      for (const { lean4_proof_ref: ref, lean4_proof_refs: refs, leaf_index } of lines)
        same(ref, refs[0] ?? null, `the headline of entry ${leaf_index}`);
      const get = (ref: string) => world.call("GET", `/v1/proofs/${encodeURIComponent(ref)}`, null);
      for (const ref of all) {
        const match = /^([A-Za-z_0-9]+)@(sha256:[0-9a-f]{64})$/.exec(ref);
        expect(match !== null, `${ref} is no reference to a theorem`);
        const { theorem, source } = hasStatus(await get(ref), 200).body;
        same([String(theorem).split(".").at(-1), source], [match[1], match[2]], `what ${ref} resolves to`);
        isRefused(await get(`${match[1]}@sha256:${"0".repeat(64)}`), 404);
        isRefused(await get(`no_such_theorem@${match[2]}`), 404);
      }
    },
  },
];
