/** One received message as a vector at the verifier level, and what is at hand to make one: signed, and changed where the defect wants it. */
import type { JsonObject } from "../../runner/vectors.ts";
import { stated, type Draft } from "../draft.ts";
import {
  agentStatement,
  claimed,
  letter,
  mailboxKey,
  mailboxKid,
  operatorKey,
  operatorKid,
  replaced,
  signedAt,
  under,
  type Field,
} from "./letter.ts";
import { agentValue, base64, claimsOf, jws, octetsOf, pemOf, type Claimed, type Letter } from "./signer.ts";

const questions: readonly string[] = [
  ..."present statement binding key kind time domain name".split(" ").map((one) => `agent.${one}`),
  ..."present signature key kind time domain name".split(" ").map((one) => `operator.${one}`),
  ..."body fields message_id author recipients subject".split(" ").map((one) => `content.${one}`),
  ..."agent mailbox operator".split(" ").map((one) => `agreement.${one}`),
];

// --- keys -----------------------------------------------------------------------------------------------------------------

const published = { operator: "acme.example", status: "active", valid_from: signedAt - 1000, valid_to: null };
const record = {
  mailbox: { kid: mailboxKid, public_key_pem: pemOf(mailboxKey), agent: "crm", mailbox: "mbx_1", ...published },
  operator: { kid: operatorKid, public_key_pem: pemOf(operatorKey), agent: null, mailbox: null, ...published },
};
type Keys = Partial<Record<keyof typeof record, JsonObject | null>>;

/** The published keys with changes; `null` takes a key away. */
const keysWith = (changes: Keys): readonly JsonObject[] =>
  (["mailbox", "operator"] as const).flatMap((name) => {
    const change = changes[name];
    return change === null ? [] : [{ ...record[name], ...change }];
  });

// --- headers --------------------------------------------------------------------------------------------------------------

export const agentName = "X-MultiMail-Agent-Identity";
export const operatorName = "X-MultiMail-Identity";
export const addresses = { from: "crm@acme.example", to: ["ann@customer.example", "bob@customer.example"] };
export const jwsHeader = { alg: "ES256", kid: operatorKid, typ: "agent-mail+jwt" };

export const agentField = (
  of: Letter = letter,
  key = mailboxKey,
  change: Partial<typeof agentStatement> = {},
): Field => [agentName, agentValue(of, key, { ...agentStatement, ...change })];

interface OperatorChange {
  readonly key?: Buffer;
  readonly statement?: Partial<Claimed>;
  readonly header?: JsonObject;
  readonly claims?: JsonObject;
  readonly folded?: number;
  readonly to?: readonly string[];
  readonly from?: string;
}
export const operatorField = (of: Letter = letter, change: OperatorChange = {}): Field => {
  const { key = operatorKey, statement, header, folded = 0, from = addresses.from, to = addresses.to } = change;
  const claims = { ...claimsOf(of, { ...claimed, ...statement }, { from, to }, folded), ...change.claims };
  return [operatorName, jws(key, { ...jwsHeader, ...header }, claims)];
};

/** The letter under both headers, the second one made with a change. */
export const signed = (of: Letter, change: OperatorChange = {}): Letter =>
  under(of, agentField(of), operatorField(of, change));
export const genuine = signed(letter);

export const agentText = agentField()[1];
/** The genuine message with the text of the first header, or of the second, changed. */
export const edited = (change: (value: string) => string): Letter => replaced(genuine, agentName, change(agentText));
export const editedJws = (change: (value: string) => string): Letter =>
  replaced(genuine, operatorName, change(operatorField()[1]));

// --- vectors --------------------------------------------------------------------------------------------------------------

interface Circumstances {
  readonly keys?: Keys;
  readonly now?: number;
}

const message = (
  comment: string,
  flag: string,
  octets: Buffer,
  checks: Readonly<Record<string, string>>,
  { keys = {}, now = signedAt + 86_400 }: Circumstances,
): Draft => {
  const verified = Object.keys(checks).length === questions.length && !Object.values(checks).includes("fail");
  const wrong = Object.keys(checks).find((one) => !questions.includes(one));
  if (wrong !== undefined) throw new TypeError(`${comment}: there is no question ${wrong}`);
  return stated({
    comment: `message: ${comment}`,
    requirements: ["OV-49", "OV-50"],
    flags: [flag],
    level: "verifier",
    op: "verify_message",
    given: { keys: keysWith(keys) },
    input: { raw: base64(octets), now },
    result: verified ? "valid" : "invalid",
    expect: { ok: { verified, checks } },
  });
};

const answers = (names: string, answer: string): Readonly<Record<string, string>> =>
  Object.fromEntries(names.split(" ").flatMap((name) => (name === "" ? [] : [[name, answer]])));

/** Verified, with every question answered well. */
export const good = (comment: string, of: Letter, circumstances: Circumstances = {}): Draft =>
  message(comment, "ValidSignatureRefused", octetsOf(of), answers(questions.join(" "), "pass"), circumstances);

/** Not verified; `fails` and `passes` are the questions that the defect decides. The others are open. */
export const bad = (
  flag: string,
  comment: string,
  of: Letter | Buffer,
  fails = "",
  passes = "",
  circumstances: Circumstances = {},
): Draft =>
  message(
    comment,
    flag,
    Buffer.isBuffer(of) ? of : octetsOf(of),
    { ...answers(fails, "fail"), ...answers(passes, "pass") },
    circumstances,
  );
