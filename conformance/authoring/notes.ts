/**
 * What a failure means for those who rely on the client. One note for each flag, shared by the suites.
 */
import type { Note } from "../runner/report.ts";
import type { Draft } from "./draft.ts";

const note = (kind: string, description: string, effect: string): Note => ({ kind, description, effect });

const notes: Readonly<Record<string, Note>> = {
  GateBypass: note(
    "AUTH_BYPASS",
    "A message that must wait for a person does not wait.",
    "An agent's mail leaves although nobody let it go.",
  ),
  SelfDecision: note(
    "AUTH_BYPASS",
    "The author of a message, or the owner of its key, decides on it.",
    "Whoever holds an agent's key can release its mail.",
  ),
  WrongRole: note(
    "AUTH_BYPASS",
    "An event by a role that may not cause it.",
    "A stolen or confused credential does what only another role may.",
  ),
  AutomaticApproval: note(
    "AUTH_BYPASS",
    "Time, a score, a list or a program takes the place of a person.",
    "Silence counts as consent.",
  ),
  ModeRaise: note("AUTH_BYPASS", "Something other than an operator makes a mode looser.", "An agent frees itself."),
  FailOpen: note("AUTH_BYPASS", "A value that nobody understands.", "A damaged or newer configuration lets mail out."),
  KillSwitch: note(
    "AUTH_BYPASS",
    "Something moves although the tenant is halted or read_only.",
    "The stop switch does not stop.",
  ),
  RiskIgnored: note(
    "AUTH_BYPASS",
    "A verdict of high risk, or a block list, does not count.",
    "Mail to a known bad recipient leaves.",
  ),
  QuorumForged: note(
    "AUTH_BYPASS",
    "One person counts as several, or a void approval counts.",
    "One person, or a thief with two keys, releases what needs two people.",
  ),
  RevokedReviewer: note(
    "AUTH_BYPASS",
    "A revoked reviewer's word counts.",
    "Whoever took over a reviewer's account keeps releasing mail.",
  ),
  StaleApproval: note(
    "AUTH_BYPASS",
    "An approval is used after its time.",
    "A spare approval releases mail long after anyone thought of it.",
  ),
  ContentSwap: note(
    "CONTENT_SWAP",
    "An approval of one content counts for another.",
    "What leaves is not what the person saw.",
  ),
  LostRace: note(
    "CONTENT_SWAP",
    "Two events on one state both take effect.",
    "Two people believe that they decided, and only one was heard.",
  ),
  ForeignMail: note(
    "AUTH_BYPASS",
    "An agent changes a message that is not its own.",
    "One agent puts its words into another's approved mail.",
  ),
  TenantWall: note(
    "AUTH_BYPASS",
    "An event reaches a message of another tenant or mailbox.",
    "One customer decides on another's mail.",
  ),
  DoubleSend: note("DOUBLE_SEND", "A hand-over may happen twice.", "A recipient gets one message several times."),
  EndUndone: note(
    "DOUBLE_SEND",
    "A message that has ended changes again.",
    "What was rejected, expired or delivered leaves after all.",
  ),
  StuckMessage: note(
    "DENIAL",
    "An event that must end or move a message does not.",
    "Mail waits for ever, or nobody can stop it.",
  ),
  FalseRefusal: note(
    "DENIAL",
    "A harmless event is refused or held.",
    "Oversight that delays what it has no reason to delay is switched off.",
  ),
  MissingCommand: note(
    "EVIDENCE_LOSS",
    "The commands are not those of the table.",
    "Nobody is asked, nothing is copied, or nothing is sent.",
  ),
  LoosenedFreesMail: note(
    "AUTH_BYPASS",
    "A change of mode, policy or roster moves a waiting message.",
    "An operator who changes the future signs the past.",
  ),
  WrongOrder: note(
    "INTEROP",
    "Several refusals apply, and another than the first is given.",
    "Two systems tell two stories about one event.",
  ),
  OffByOne: note("BASIC", "A bound is met exactly.", "Something lapses or is released a second too early or too late."),
  DigestCollision: note(
    "CONTENT_SWAP",
    "Two contents get one digest, or one content two.",
    "An approval of one message releases another.",
  ),
  EncodingDiffers: note(
    "INTEROP",
    "Octets are not laid out as the specification says.",
    "Others cannot verify what the client signs, or take its digest for another's.",
  ),
  ForgedSignature: note(
    "FORGERY",
    "A signature that the named key did not make counts as valid.",
    "Anyone can sign as an agent or operator.",
  ),
  SignatureEncoding: note(
    "FORGERY",
    "A signature in another form than the one prescribed.",
    "One signature has many spellings, so logs and caches keyed on it can be split.",
  ),
  ValidSignatureRefused: note("INTEROP", "A valid signature counts as invalid.", "Honest mail is taken for forged."),
  ReplayedHeader: note(
    "FORGERY",
    "A genuine header on a message it was not made for.",
    "One signed mail lends its identity to any other.",
  ),
  DoubledHeader: note(
    "FORGERY",
    "An identity header, or a field it signs, is there twice.",
    "One program checks the first, another shows the second.",
  ),
  KeyMisused: note(
    "FORGERY",
    "A key that is revoked, unknown, of another kind, another domain or another time.",
    "A stolen or foreign key speaks for an operator.",
  ),
  ModifiedContent: note(
    "CONTENT_SWAP",
    "The message is not the one that was signed.",
    "A changed mail passes as the one a person released.",
  ),
  HeaderInjection: note(
    "FORGERY",
    "An agent writes a field that receivers trust.",
    "Mail is believed for a header that nobody checked.",
  ),
  RiskUnderstated: note(
    "AUTH_BYPASS",
    "A score is lower than its weights make it.",
    "A dangerous recipient passes the threshold.",
  ),
  EvidenceOrder: note(
    "EVIDENCE_LOSS",
    "A record comes before what it records.",
    "The log tells of a delivery that nobody handed over.",
  ),
  TwoReadings: note(
    "EVIDENCE_LOSS",
    "One entry says two things, or says one where only some readers look.",
    "The rules are held against one event, and people are shown another.",
  ),
  TamperedLog: note(
    "EVIDENCE_LOSS",
    "An entry, a proof or a tree head is not what was logged.",
    "A rewritten log passes for the original.",
  ),
};

/** The notes that these drafts use. Throws for a flag without one. */
export const notesFor = (drafts: readonly Draft[]): Readonly<Record<string, Note>> => {
  const used = new Set(drafts.flatMap(({ flags }) => flags));
  for (const flag of used) if (notes[flag] === undefined) throw new TypeError(`no note explains ${flag}`);
  return Object.fromEntries(Object.entries(notes).filter(([name]) => used.has(name)));
};
