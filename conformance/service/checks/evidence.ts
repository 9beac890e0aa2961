/** The log as evidence: what anybody can follow, what an auditor takes away, and that both show one log that only grows. */
import { verify } from "node:crypto";
import { excerpt, hasStatus, isRefused, type Call } from "../api.ts";
import { expect, same, type Check } from "../check.ts";
import { encoded, keyOf } from "../headers.ts";
import {
  canonical,
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
import { eventually, type House, type Line, type World } from "../world.ts";
import { approveAndLeave } from "./waiting.ts";

// What a log holds is looked at without a type: it may be anything.
// oxlint-disable-next-line typescript/no-explicit-any
type Members = any;

interface Shown extends Line {
  readonly withheld?: true;
  readonly inclusion_proof?: readonly string[];
  readonly lean4_proof_refs: readonly string[];
}

interface Export {
  readonly header: Members;
  readonly lines: readonly Shown[];
  /** Of the entries that are shown. */
  readonly leaves: readonly Members[];
}

const exportBy = async (call: Call, key: string, query = ""): Promise<Export> => {
  const answer = hasStatus(await call("GET", `/v1/audit-log/export?format=jsonl${query}`, key), 200);
  const [header, ...lines] = answer.text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Members);
  expect(header?.kind === "countersign-log-export", `an export begins with its header, but ${excerpt(answer)}`);
  return { header, lines, leaves: lines.flatMap(({ leaf }) => (typeof leaf === "string" ? [JSON.parse(leaf)] : [])) };
};

const hex = (text: unknown): Buffer => Buffer.from(String(text), "hex");
const indexIn = (ref: unknown): number => Number(/\/(\d+)$/.exec(String(ref))?.[1] ?? Number.NaN);

/** A message that was edited, approved and handed over. */
const busy = async (house: House): Promise<void> => {
  const edited = await house.sent();
  const now = hasStatus(await house.revise(house.agent, edited, { subject: "Other" }), 202).body;
  await approveAndLeave(house, now);
};

/** The whole log as one operator may see it, taken once for all checks that only read. */
const taken = new WeakMap<Call, Promise<Export>>();
const whole = (world: World): Promise<Export> => {
  const before = taken.get(world.call);
  if (before !== undefined) return before;
  const now = (async () => {
    await busy(await world.house());
    return exportBy(world.call, world.admin);
  })();
  taken.set(world.call, now);
  return now;
};

const members =
  "v index at actor tenant mailbox message type event outcome refusal from to mode commands evidence personal".split(
    " ",
  );
const scopes: Readonly<Record<string, string>> = { agent: "send", reviewer: "oversight", operator: "admin" };

export const evidenceChecks: readonly Check[] = [
  {
    id: "service-log-0013",
    comment: "the checkpoint is a note with the log's name, size and root, signed by its Ed25519 key",
    requirements: ["OV-63"],
    flags: ["Tampering"],
    run: async (world) => {
      const keys = await logKeys(world.call);
      expect(
        keys.keys.some(({ name, ed25519 }) => ed25519 && name === keys.origin),
        "the log publishes no Ed25519 key of its own name",
      );
      await world.house();
      expect((await latest(world.call, keys)).size > 0, "the log is empty");
    },
  },
  {
    id: "service-log-0014",
    comment: "a later checkpoint continues an earlier one: the same tiles give both roots",
    requirements: ["OV-61", "OV-77"],
    flags: ["Tampering"],
    run: async (world) => {
      const keys = await logKeys(world.call);
      const house = await world.house();
      const before = await latest(world.call, keys);
      const { audit_ref: ref } = hasStatus(await house.decide(house.alice, await house.sent(), "reject"), 200).body;
      const after = await eventually(
        () => latest(world.call, keys),
        ({ size }) => size > Math.max(indexIn(ref), before.size),
        `a checkpoint over entry ${indexIn(ref)} was to be signed`,
        10_000,
      );
      const hashes = await levelOf(world.call, 0, after.size);
      same(rootOf(hashes).toString("hex"), after.root.toString("hex"), "the root over the tiles");
      const earlier = rootOf(hashes.slice(0, before.size)).toString("hex");
      same(earlier, before.root.toString("hex"), `the root over the first ${before.size} entries`);
    },
  },
  {
    id: "service-log-0015",
    comment: "while the log grows a checkpoint over it is seconds away, and an export covers all there is",
    requirements: ["OV-75"],
    flags: ["Tampering", "LogGap"],
    run: async (world) => {
      const keys = await logKeys(world.call);
      const house = await world.house();
      const decided = async () =>
        indexIn(hasStatus(await house.decide(house.alice, await house.sent(), "reject"), 200).body.audit_ref);
      const first = await decided();
      expect(Number.isInteger(first), "a decision has an audit_ref that ends in its place in the log");
      await eventually(
        () => latest(world.call, keys),
        ({ size }) => size > first,
        `a checkpoint over entry ${first} was to be signed a second after the one before`,
        10_000,
      );
      const second = await decided();
      const { header } = await exportBy(world.call, house.alice, `&mailbox=${house.mailbox}`);
      expect(header.to > second, `entry ${second} was there, and an export after it ends before entry ${header.to}`);
      same(openCheckpoint(header.last_checkpoint, keys).size, header.to, "the size of the export's checkpoint");
    },
  },
  {
    id: "service-log-0016",
    comment: "the whole export gives the root that is signed: every entry is there, or its hash",
    requirements: ["OV-61", "OV-86", "OV-63"],
    flags: ["Tampering", "LogGap"],
    run: async (world) => {
      const keys = await logKeys(world.call);
      const { header, lines } = await whole(world);
      same(
        [header.lines, header.from, header.origin],
        ["every", 0, keys.origin],
        "lines, from and origin of the export",
      );
      same(lines.length, header.to, "lines of the export");
      const misplaced = lines.findIndex(({ leaf_index }, i) => leaf_index !== i);
      same(misplaced, -1, "the first line that is not in its place");
      for (const { leaf_index, leaf, withheld } of lines)
        expect((typeof leaf === "string") !== (withheld === true), `entry ${leaf_index} is neither shown nor withheld`);
      const { size, root } = openCheckpoint(header.last_checkpoint, keys);
      same(size, header.to, "the size of the export's checkpoint");
      same(rootOf(lines.map(({ leaf_hash }) => hex(leaf_hash))).toString("hex"), root.toString("hex"), "the root");
      for (const { leaf, leaf_hash, leaf_index } of lines)
        if (leaf !== undefined)
          same(leaf_hash, hashOfLeaf(Buffer.from(leaf)).toString("hex"), `leaf_hash of entry ${leaf_index}`);
    },
  },
  {
    id: "service-log-0017",
    comment: "each leaf is canonical JSON of the members a leaf has, none of them twice, and short enough for a tile",
    requirements: ["OV-60"],
    flags: ["Tampering", "Interoperability"],
    run: async (world) => {
      const { lines } = await whole(world);
      for (const { leaf, leaf_index } of lines) {
        if (leaf === undefined) continue;
        const it = JSON.parse(leaf) as Members;
        same(leaf, canonical(it), `leaf ${leaf_index}`);
        expect(Buffer.byteLength(leaf) <= 65_535, `leaf ${leaf_index} has ${Buffer.byteLength(leaf)} octets`);
        const named = Object.keys(it).filter((name) => name !== "previous");
        same(named.toSorted(), members.toSorted(), `members of leaf ${leaf_index}`);
        same(
          [it.v, it.index, it.type],
          [1, leaf_index, it.event.type],
          `version, place and type of leaf ${leaf_index}`,
        );
        for (const name of ["at", "actor", "tenant", "mailbox", "message"])
          expect(!(name in it.event), `the event in leaf ${leaf_index} has a member ${name} as well`);
      }
    },
  },
  {
    id: "service-log-0018",
    comment: "a tenant's entries each name the one before, so that none can be withheld from it",
    requirements: ["OV-87"],
    flags: ["Tampering", "LogGap"],
    run: async (world) => {
      const { leaves } = await whole(world);
      const last = new Map<string, number>();
      for (const { index, tenant, previous } of leaves) {
        if (previous !== undefined)
          same(previous, last.get(tenant) ?? null, `the tenant's entry that entry ${index} names as the one before`);
        last.set(tenant, index);
      }
    },
  },
  {
    id: "service-log-0019",
    comment: "who acts, does so with a credential that the log made before, for that principal and that role",
    requirements: ["OV-71"],
    flags: ["LogGap", "Escalation"],
    run: async (world) => {
      const made = new Map<string, Members>();
      for (const { index, type, event, outcome, actor, tenant } of (await whole(world)).leaves) {
        const what = `entry ${index}, ${type}`;
        if (actor.role === "system") same([actor.principal, actor.credential], ["system", null], `who acts in ${what}`);
        else {
          const key = made.get(actor.credential);
          // A tenant is made, and given its first key, by an operator of another one.
          const byAnother = type === "create_tenant" || (type === "create_key" && made.size === 0);
          expect(key !== undefined || byAnother, `${what}, is by a credential that the log has not made`);
          if (key !== undefined) {
            same(
              [actor.principal, tenant],
              [key.principal, key.tenant],
              `principal and tenant of the credential in ${what}`,
            );
            expect(
              key.scopes.includes(scopes[actor.role]),
              `${what}, is by a ${actor.role} with ${key.scopes.join(" ")}`,
            );
          }
        }
        if (type === "create_key" && outcome === "accepted") {
          expect(!made.has(event.key), `${what}, makes a key that was made before`);
          made.set(event.key, { ...event, tenant });
        }
      }
    },
  },
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
