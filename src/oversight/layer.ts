/** Puts the one door together. */
import { Effect, Layer } from "effect";
import { toHex } from "../bytes/octets.ts";
import { actorOf } from "../model/Credential.ts";
import { Oversight } from "../contracts/Oversight.ts";
import { Journal } from "../store/Journal.ts";
import { Records } from "../store/Records.ts";
import { Committer, layerCommitter } from "./commit/Committer.ts";
import { makeCredentials } from "./operator/Credentials.ts";
import { makeDecisions } from "./reviewer/Decisions.ts";
import { layerRiskDesk } from "./operator/RiskDesk.ts";
import { makeHandOvers } from "./handOver/HandOvers.ts";
import { layerJudgement } from "./judgement/Judgement.ts";
import { makeOperations } from "./operator/Operations.ts";
import { makeReviewers } from "./operator/Reviewers.ts";
import { layerRecentContents } from "./handOver/RecentContents.ts";
import * as Reach from "../accounts/Reach.ts";
import { layerRiskPolicies } from "./judgement/RiskPolicies.ts";
import { verifyStored } from "./commit/StoredReplay.ts";
import { OversightSettings } from "../contracts/settings.ts";
import { makeSubmissions } from "./agent/Submissions.ts";
import { forbidden, invalid, fromStore } from "../contracts/errors.ts";
import { layerOutstandingPermits } from "./handOver/OutstandingPermits.ts";

/** The longest page of the log, entries. */
const pageLimit = 1000;

const layerDoor = Layer.effect(
  Oversight,
  Effect.gen(function* () {
    const journal = yield* Journal;
    const records = yield* Records;
    const committer = yield* Committer;
    const settings = yield* OversightSettings;
    const reach = yield* Reach.Reach;

    const entries: Oversight["Service"]["entries"] = Effect.fnUntraced(function* (credential, filter) {
      const actor = actorOf(credential, "operator", "reviewer");
      if (actor === null || actor.role === "agent") {
        return yield* forbidden(
          "The log is for reviewers and operators.",
          "Use a key with the oversight or admin scope.",
        );
      }
      if (filter.limit < 1 || filter.limit > pageLimit) {
        return yield* invalid("limit", `limit must be 1 to ${pageLimit}.`, "Ask for fewer entries at a time.");
      }
      const { mailbox: named, ...rest } = filter;
      const mailbox = named === undefined ? undefined : (yield* reach.mailbox(credential, named)).id;
      // A key that is confined to some mailboxes reads the log of one of them at a time.
      if (credential.mailboxes !== null && mailbox === undefined) {
        return yield* invalid("mailbox", "This key is confined to some mailboxes.", "Name one of them: mailbox=…");
      }
      return yield* journal
        .entries({ ...rest, tenant: credential.tenant, ...(mailbox === undefined ? {} : { mailbox }) })
        .pipe(Effect.catch(fromStore));
    });

    return Oversight.of({
      ...(yield* makeSubmissions),
      ...(yield* makeDecisions),
      ...(yield* makeCredentials),
      ...(yield* makeOperations),
      ...(yield* makeReviewers),
      ...(yield* makeHandOvers),
      enqueued: committer.enqueued,
      leaseOwner: committer.leaseOwner,
      leaseSeconds: settings.leaseSeconds,
      origin: settings.origin,
      head: journal.head.pipe(Effect.catch(fromStore)),
      entries,
      verifyLog: verifyStored(journal, records).pipe(
        Effect.map((replay) => ({ entries: replay.frontier.size, root: toHex(replay.root) })),
        Effect.catchTags({
          StoreError: fromStore,
          ReplayError: (error) =>
            Effect.fail(
              invalid(
                null,
                error.message,
                "Do not run on this store: restore a backup, and keep this one as evidence.",
              ),
            ),
        }),
      ),
    });
  }),
);

/**
 * The door, and what is known of domains. Needs the journal, the records, the key ring, the risk assessor and the settings.
 * `leaseOwner` differs between processes.
 */
export const layerOversight = (leaseOwner: string) =>
  Layer.merge(layerDoor, layerRiskDesk).pipe(
    Layer.provide([Layer.provideMerge(layerJudgement, layerRiskPolicies), layerRecentContents]),
    Layer.provide(Reach.layer),
    // Records of the log go the same way into it.
    Layer.provideMerge(layerCommitter(leaseOwner)),
    Layer.provide(layerOutstandingPermits),
  );
