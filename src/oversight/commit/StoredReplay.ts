/**
 * Replay: the state is the fold of the log. Reads every entry, decides it again with the same machine, and reports where the
 * log, the machine or the stored state disagree. @spec OV-35
 *
 * **Gotchas**: the fold keeps one small record per message in memory (about 1 KiB each).
 */
import { Effect, Result, Schema } from "effect";
import { canonical, type Json } from "../../bytes/canonical.ts";
import { commitment } from "../../audit/leaf/Leaf.ts";
import { sameHash } from "../../audit/tree/MerkleProof.ts";
import { LoggedIdentities } from "./LoggedIdentities.ts";
import { LogReplay } from "../../audit/verify/Replay.ts";
import { transition } from "../../machine/transition.ts";
import type { Journal, StoreError } from "../../store/Journal.ts";
import type { Records } from "../../store/Records.ts";
import type { EntryRow } from "../../model/records/log.ts";

/** The log contradicts itself or the stored state. `index` is the first entry at fault, or `null` when the stored state is. */
export class ReplayError extends Schema.TaggedError<ReplayError>()("ReplayError", {
  index: Schema.NullOr(Schema.Int),
  message: Schema.String,
}) {}

/** A key as the log records it. */
interface LoggedKey {
  readonly tenant: string;
  readonly principal: string;
  readonly scopes: readonly string[];
  readonly principalKind: Json;
  readonly owner: Json;
  readonly mailboxes: Json;
  readonly name: Json;
  readonly hash: Json;
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

/** What stands beside a leaf must be what the leaf commits to. Erased is not changed. */
const personalFault = (stored: string | null, committed: string | null): string | null => {
  if (stored === null) return null;
  try {
    if (commitment(JSON.parse(stored) as Json) === committed) return null;
  } catch {
    // Falls through: what is no JSON is not what was committed to.
  }
  return "what stands beside the leaf is not what the leaf commits to";
};

/** A fold under way over what a store holds. `takeRow` throws nothing: it answers what is wrong, or `null`. */
export class StoredReplay extends LogReplay {
  readonly keys = new Map<string, LoggedKey>();
  readonly identities = new LoggedIdentities();

  constructor() {
    super(transition, { keepEnded: true });
  }

  /** Takes the next entry, as it is stored. */
  takeRow(entry: EntryRow): string | null {
    const taken = this.takeEntry(entry);
    if (Result.isFailure(taken)) return taken.failure;
    const { leaf, event } = taken.success;
    for (const column of ["type", "at", "tenant", "mailbox", "message"] as const) {
      if (leaf[column] !== entry[column])
        return `its ${column} is stored as ${entry[column]}; the leaf says ${leaf[column]}`;
    }
    const beside = personalFault(entry.personal, leaf.personal);
    if (beside !== null) return beside;
    const identity = this.identities.take(leaf);
    if (identity !== null) return identity;
    if (leaf.outcome !== "accepted") return null;
    if (event.type === "create_key") {
      if (entry.personal === null) return "the hash of the key it makes is gone";
      const { name = null, hash = null } = JSON.parse(entry.personal) as { readonly [field: string]: Json };
      const { principal_kind: principalKind = null, owner = null, mailboxes = null } = leaf.evidence;
      const { tenant, principal, scopes, at: createdAt } = event;
      const logged = {
        tenant,
        principal,
        scopes,
        principalKind,
        owner,
        mailboxes,
        name,
        hash,
        createdAt,
        revokedAt: null,
      };
      this.keys.set(event.key, logged);
    } else if (event.type === "revoke_key") {
      const key = this.keys.get(event.key);
      if (key === undefined || key.tenant !== event.tenant) return "it revokes a key that was never made";
      this.keys.set(event.key, { ...key, revokedAt: key.revokedAt ?? event.at });
    }
    return null;
  }
}

/** Reads the log page by page and folds it. */
export const replayAll = <E>(
  entries: (from: number, limit: number) => Effect.Effect<readonly EntryRow[], E>,
  pageSize = 1000,
): Effect.Effect<StoredReplay, E | ReplayError> =>
  Effect.gen(function* () {
    const replay = new StoredReplay();
    for (;;) {
      const page = yield* entries(replay.frontier.size, pageSize);
      for (const entry of page) {
        const fault = replay.takeRow(entry);
        if (fault !== null) {
          return yield* new ReplayError({ index: entry.index, message: `Entry ${entry.index}: ${fault}.` });
        }
      }
      if (page.length < pageSize) return replay;
      yield* Effect.yieldNow;
    }
  });

/** Compares two records by their content, not by the order of their JSON. */
const same = (a: unknown, b: unknown): boolean => canonical(a as Json) === canonical(b as Json);

const foldOf = (replay: StoredReplay, kind: "tenant" | "mailbox" | "message") =>
  kind === "tenant" ? replay.tenants : kind === "mailbox" ? replay.mailboxes : replay.messages;

/** Folds the whole log of a store and holds the stored head and every stored state against it. */
export const verifyStored = (
  journal: Journal["Service"],
  records: Records["Service"],
): Effect.Effect<StoredReplay, StoreError | ReplayError> =>
  Effect.gen(function* () {
    const head = yield* journal.head;
    const replay = yield* replayAll((from, limit) => journal.entries({ from, to: head.size, limit }));
    const fault = (message: string) => new ReplayError({ index: null, message });
    if (replay.frontier.size !== head.size) {
      return yield* fault(`The head counts ${head.size} entries; the log has ${replay.frontier.size}.`);
    }
    const [beyond] = yield* journal.entries({ from: head.size, limit: 1 });
    if (beyond !== undefined) {
      return yield* fault(`The head counts ${head.size} entries; the log holds an entry ${beyond.index}.`);
    }
    if (!sameHash(replay.root, head.root))
      return yield* fault("The stored tree head is not the root over the log's entries.");
    for (const kind of ["tenant", "mailbox", "message"] as const) {
      const folded: ReadonlyMap<string, { readonly id: string }> = foldOf(replay, kind);
      let seen = 0;
      for (let after: string | null = null; ;) {
        const page: readonly { readonly id: string }[] = yield* records.allStates({ kind, after, limit: 1000 });
        for (const state of page) {
          if (!same(folded.get(state.id) ?? null, state)) {
            return yield* fault(`The stored state of ${kind} ${state.id} is not what the log says.`);
          }
        }
        seen += page.length;
        if (page.length < 1000) break;
        after = page.at(-1)!.id;
      }
      if (seen !== folded.size) {
        return yield* fault(`The log knows ${folded.size} of kind ${kind}; the store has ${seen}.`);
      }
    }
    let seen = 0;
    for (const tenant of replay.tenants.keys()) {
      for (const { id, prefix: _, ...stored } of yield* records.apiKeys(tenant)) {
        seen++;
        if (!same(replay.keys.get(id) ?? null, stored))
          return yield* fault(`The stored key ${id} is not what the log says.`);
      }
    }
    if (seen !== replay.keys.size)
      return yield* fault(`The log knows ${replay.keys.size} keys; the store has ${seen}.`);
    const identity = replay.identities.fault(yield* records.listKeys());
    if (identity !== null) return yield* fault(identity);
    return replay;
  }).pipe(journal.snapshot);
