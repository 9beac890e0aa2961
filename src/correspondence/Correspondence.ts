/**
 * What agents and reviewers read: the queue of what waits, a mailbox's messages, one message, its bytes.
 *
 * - Reading needs `read`, `oversight` or `admin`, and goes no further than the key's mailboxes. Nothing here changes a message.
 * - Lists come newest first, a page at a time; a cursor is the id of the last message of a page.
 *
 * **Gotchas**: what is another tenant's, or outside the key's mailboxes, is "not found", like what never was.
 */
import { Context, Effect, Layer } from "effect";
import { type Credential } from "../model/Credential.ts";
import type { Status } from "../model/State.ts";
import { type Message, Records } from "../store/Records.ts";
import type { Letter } from "./Letter.ts";
import { ServiceError, invalid, forbidden, fromRead, notFound } from "../contracts/errors.ts";
import { ContentRow } from "../model/records/message.ts";
import { type StoredDraft, storedDraft } from "./StoredDraft.ts";
import { type SendListOperations, makeSendLists } from "./SendLists.ts";
import { RiskRecords, returnedRisk } from "../store/RiskRecords.ts";
import { layer as layerReach, Reach } from "../accounts/Reach.ts";
import { nowSeconds } from "../model/time.ts";
import { deliveriesOf } from "./deliveries.ts";

/** A page, newest first. `cursor` continues after it; `null` when it is the last. */
export interface Page {
  readonly letters: readonly Letter[];
  readonly cursor: string | null;
}

export interface PageRequest {
  /** 1 … 100. */
  readonly limit: number;
  readonly cursor: string | null;
}

/** Where people are asked for something. */
export const waitingStatuses: readonly Status[] = ["pending_approval", "uncertain"];

export class Correspondence extends Context.Service<
  Correspondence,
  {
    /** What waits for a person, in one mailbox (id or address) or in all the key reaches. */
    readonly pending: (
      credential: Credential,
      request: PageRequest & { readonly mailbox: string | null },
    ) => Effect.Effect<Page, ServiceError>;
    /** A mailbox's messages, sent and held. `sinceId`: only those submitted after that one. */
    readonly inbox: (
      credential: Credential,
      mailbox: string,
      request: PageRequest & { readonly statuses: readonly Status[] | null; readonly sinceId: string | null },
    ) => Effect.Effect<Page, ServiceError>;
    /** One message, by its id or one of its pending ids. */
    readonly message: (credential: Credential, id: string) => Effect.Effect<Letter, ServiceError>;
    /** The latest content with its bytes. */
    readonly raw: (
      credential: Credential,
      id: string,
    ) => Effect.Effect<{ readonly letter: Letter; readonly content: ContentRow }, ServiceError>;
    /** What an edit that leaves parts out may take over. */
    readonly draft: (
      credential: Credential,
      id: string,
    ) => Effect.Effect<{ readonly letter: Letter; readonly draft: StoredDraft }, ServiceError>;
    /** The messages of a conversation, oldest first. */
    readonly thread: (
      credential: Credential,
      mailbox: string,
      thread: string,
    ) => Effect.Effect<readonly Letter[], ServiceError>;
    /** Whom agents may and may not write to. */
    readonly sendLists: SendListOperations;
  }
>()("countersign/correspondence/Correspondence") {}

const MESSAGE_ID = /^msg_[0-9A-HJKMNP-TV-Z]{26}$/;

const canRead = (credential: Credential): boolean =>
  credential.scopes.some((scope) => scope === "read" || scope === "oversight" || scope === "admin");

const cursorProblem = (field: string, cursor: string | null): ServiceError | null =>
  cursor === null || MESSAGE_ID.test(cursor)
    ? null
    : invalid(field, `${field} is not one this API gave out.`, `Leave ${field} out to start at the newest message.`);

export const layer: Layer.Layer<Correspondence, never, Records | RiskRecords> = Layer.effect(
  Correspondence,
  Effect.gen(function* () {
    const records = yield* Records;
    const reach = yield* Reach;
    const riskRecords = yield* RiskRecords;
    const sendLists = yield* makeSendLists;

    const mayRead = (credential: Credential) =>
      canRead(credential)
        ? Effect.void
        : Effect.fail(forbidden("This key may not read messages.", "Use a key with the read or oversight scope."));

    /** With what was found when one came back, in place of what was found at its submit: people decide on the newer. */
    const withReturns = Effect.fnUntraced(function* (found: readonly Message[]) {
      // Only what was held, or blocked, comes back; its state says so.
      const suspects = found.filter(
        ({ state }) => state.status === "pending_approval" && (state.verdict.held || state.verdict.blocked),
      );
      const returned = yield* riskRecords.returned(suspects.map(({ row }) => row.id)).pipe(Effect.catch(fromRead));
      return found.map((one): Omit<Letter, "mailbox" | "tenant" | "at" | "delivery"> => {
        const back = suspects.includes(one) ? returnedRisk(one.content, returned) : null;
        if (back === null) return { ...one, returned: null };
        const { risk, ...rest } = back;
        return {
          ...one,
          content: { ...one.content, summary: { ...one.content.summary, risk } },
          returned: rest,
        };
      });
    });

    const page = Effect.fnUntraced(function* (
      credential: Credential,
      request: PageRequest,
      filter: {
        readonly mailboxes: readonly string[] | null;
        readonly statuses: readonly Status[] | null;
        readonly sinceId: string | null;
      },
    ) {
      const wrong = cursorProblem("cursor", request.cursor) ?? cursorProblem("since_id", filter.sinceId);
      if (wrong !== null) return yield* wrong;
      // One more than asked for tells whether there is another page.
      const found = yield* records
        .messages({
          tenant: credential.tenant,
          limit: request.limit + 1,
          ...(filter.mailboxes === null ? {} : { mailboxes: filter.mailboxes }),
          ...(filter.statuses === null ? {} : { statuses: filter.statuses }),
          ...(request.cursor === null ? {} : { before: request.cursor }),
          ...(filter.sinceId === null ? {} : { sinceId: filter.sinceId }),
        })
        .pipe(Effect.catch(fromRead));
      const shown = yield* withReturns(found.slice(0, request.limit));
      const boxes = new Map<string, Letter["mailbox"]>();
      for (const id of new Set(shown.map(({ row }) => row.mailbox))) {
        boxes.set(id, yield* reach.mailboxNow(credential, id));
      }
      const deliveries = yield* deliveriesOf(records, shown);
      const tenant = yield* reach.tenant(credential);
      const at = yield* nowSeconds;
      const result: Page = {
        letters: shown.map((one) => ({
          ...one,
          mailbox: boxes.get(one.row.mailbox)!,
          delivery: deliveries.get(one.row.id)!,
          tenant,
          at,
        })),
        cursor: found.length > request.limit ? (shown.at(-1)?.row.id ?? null) : null,
      };
      return result;
    });

    const pending = Effect.fn("Correspondence.pending")(function* (
      credential: Credential,
      request: PageRequest & { readonly mailbox: string | null },
    ) {
      yield* mayRead(credential);
      const mailboxes =
        request.mailbox === null
          ? yield* reach.extent(credential)
          : [(yield* reach.mailboxNow(credential, request.mailbox)).id];
      return yield* page(credential, request, { mailboxes, statuses: waitingStatuses, sinceId: null });
    });

    const inbox = Effect.fn("Correspondence.inbox")(function* (
      credential: Credential,
      mailbox: string,
      request: PageRequest & { readonly statuses: readonly Status[] | null; readonly sinceId: string | null },
    ) {
      yield* mayRead(credential);
      const { id } = yield* reach.mailboxNow(credential, mailbox);
      if (request.statuses !== null && request.statuses.length === 0) return { letters: [], cursor: null };
      return yield* page(credential, request, {
        mailboxes: [id],
        statuses: request.statuses,
        sinceId: request.sinceId,
      });
    });

    const message = Effect.fn("Correspondence.message")(function* (credential: Credential, id: string) {
      yield* mayRead(credential);
      const found = yield* reach.message(credential, id);
      const mailbox = yield* reach.mailboxNow(credential, found.row.mailbox);
      const [shown] = yield* withReturns([found]);
      const deliveries = yield* deliveriesOf(records, [found]);
      const letter: Letter = {
        ...shown!,
        mailbox,
        delivery: deliveries.get(found.row.id)!,
        tenant: yield* reach.tenant(credential),
        at: yield* nowSeconds,
      };
      return letter;
    });

    const raw = Effect.fn("Correspondence.raw")(function* (credential: Credential, id: string) {
      const letter = yield* message(credential, id);
      const content = yield* records.contentOf(letter.row.id, letter.state.revision).pipe(Effect.catch(fromRead));
      // INVARIANT: a revision is written in the transaction that makes it the latest.
      if (content === null) return yield* Effect.die(new Error("a message has no content of its latest revision"));
      return { letter, content };
    });

    const draft = Effect.fn("Correspondence.draft")(function* (credential: Credential, id: string) {
      const { letter, content } = yield* raw(credential, id);
      return { letter, draft: storedDraft(content.summary, content.raw) };
    });

    // A thread is named after its first message, and until replies come in it has no other.
    const thread = Effect.fn("Correspondence.thread")(function* (
      credential: Credential,
      mailbox: string,
      threadId: string,
    ) {
      const { id } = yield* reach.mailboxNow(credential, mailbox);
      const first = yield* message(credential, threadId.replace(/^thr_/, "msg_"));
      if (first.row.thread !== threadId || first.row.mailbox !== id) {
        return yield* notFound("thread", "Take thread_id from a message as it stands.");
      }
      return [first];
    });

    return Correspondence.of({ pending, inbox, message, raw, draft, thread, sendLists });
  }),
).pipe(Layer.provide(layerReach));
