/**
 * What agents and reviewers read: the queue of what waits, a mailbox's messages, one message, its bytes.
 *
 * - Reading needs `read`, `oversight` or `admin`, and goes no further than the key's mailboxes. Nothing here changes a message.
 * - Lists come newest first, a page at a time; a cursor is the id of the last message of a page.
 *
 * **Gotchas**: what is another tenant's, or outside the key's mailboxes, is "not found", like what never was.
 */
import { Context, Effect, Layer } from "effect";
import { type Credential, readsMessages } from "../model/Credential.ts";
import type { Status } from "../model/State.ts";
import { Records } from "../store/Records.ts";
import type { Letter } from "./Letter.ts";
import { forbidden, fromRead, notFound, type ServiceError } from "../contracts/errors.ts";
import { ContentRow } from "../model/records/message.ts";
import { type StoredDraft, storedDraft } from "./StoredDraft.ts";
import { type SendListOperations, makeSendLists } from "./SendLists.ts";
import type { RiskRecords } from "../store/RiskRecords.ts";
import { layer as layerReach, Reach } from "../accounts/Reach.ts";
import { nowSeconds } from "../model/time.ts";
import { deliveriesOf } from "./deliveries.ts";
import { makePages, type Page, type PageRequest } from "./pages.ts";
import { makeReturns } from "./returns.ts";

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

const mayRead = (credential: Credential) =>
  readsMessages(credential)
    ? Effect.void
    : Effect.fail(forbidden("This key may not read messages.", "Use a key with the read or oversight scope."));

export const layer: Layer.Layer<Correspondence, never, Records | RiskRecords> = Layer.effect(
  Correspondence,
  Effect.gen(function* () {
    const records = yield* Records;
    const reach = yield* Reach;
    const page = yield* makePages;
    const withReturns = yield* makeReturns;
    const sendLists = yield* makeSendLists;

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
