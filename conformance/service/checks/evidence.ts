/** The log as evidence: its head, that it only grows, and that an export shows all of it, entry by entry. */
import { hasStatus, type Call } from "../api.ts";
import type { Check } from "../check.ts";
import { expect, same } from "../expect.ts";
import { canonical, hashOfLeaf, latest, levelOf, logKeys, openCheckpoint, rootOf } from "../tree.ts";
import { eventually, type World } from "../world.ts";
import { busy, exportBy, hex, indexIn, type Export, type Members } from "./exported.ts";

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
        // 0.1.0 writes version 1, 0.2.0 version 3. @spec OV-122
        expect(it.v === 1 || it.v === 3, `version of leaf ${leaf_index}: 1 or 3 was expected, and it is ${it.v}`);
        same([it.index, it.type], [leaf_index, it.event.type], `place and type of leaf ${leaf_index}`);
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
];
