/** OV-166 agent-lines-fit, OV-167 encoded-words-are-read: both headers as mail programs hand them on. */
import type { Draft } from "../draft.ts";
import { letter, replaced, under } from "./letter.ts";
import { agentField, agentName, bad, edited, editedJws, good, operatorField, operatorName, signed } from "./message.ts";
import type { Letter } from "./signer.ts";

/** Of the clauses that these vectors are of, beside those of every message. */
const of = (requirement: string, draft: Draft): Draft => ({
  ...draft,
  requirements: [...draft.requirements, requirement],
});

/** In lines of at most 78, as OV-166 has it: behind `;`, else inside a value. */
const inLines = (value: string): string => {
  const lines = [`${agentName}:`];
  const put = (piece: string, blank: string): void => {
    const line = lines.at(-1)!;
    if (line.length + blank.length + piece.length > 78) lines.push(` ${piece}`);
    else lines[lines.length - 1] = line + blank + piece;
  };
  for (const part of value.split(/(?<=;) /)) {
    if (part.length < 78) put(part, " ");
    else [...part].forEach((one, i) => put(one, i === 0 ? " " : ""));
  }
  return lines.join("\r\n").slice(agentName.length + 2);
};
/** A blank wherever a fold may have been. */
const spread = (value: string): string => value.replace(/(?<=(?:sig|mid|bh|h|b2)=[^;]*)(?=[^;])/g, "\t ");

const quoted = (text: string): string =>
  `=?utf-8?q?${text.replaceAll(/[^A-Za-z0-9!*+/-]/g, (one) =>
    one === " " ? "_" : `=${one.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  )}?=`;
const inBase64 = (text: string): string => `=?ISO-8859-1?B?${Buffer.from(text, "latin1").toString("base64")}?=`;
/** The whole value in encoded words, each on a line of its own. */
const inWords =
  (word: (text: string) => string, most = 36) =>
  (value: string): string =>
    (value.match(new RegExp(`.{1,${most}}`, "g")) ?? []).map(word).join("\r\n ");
/** As Python writes a line that is too long: only what does not fit, beside text that stays. */
const signaturesInWords = (value: string): string =>
  value.replaceAll(/(?:sig|b2)=[^;]+;?/g, (part) => inWords(quoted)(part));

const blindLetter = replaced(letter, "To", "undisclosed-recipients: ;");

const genuineOnes: readonly Draft[] = [
  of("OV-166", good("the first header in lines of 78", edited(inLines))),
  of("OV-166", good("blanks inside the values of the first header that may be folded", edited(spread))),
  of("OV-167", good("the second header in encoded words of Q", editedJws(inWords(quoted)))),
  of("OV-167", good("the second header in encoded words of B", editedJws(inWords(inBase64)))),
  of("OV-167", good("the signatures of the first header in encoded words", edited(signaturesInWords))),
  of("OV-167", good("the whole first header in encoded words", edited(inWords(quoted)))),
  of(
    "OV-167",
    good(
      "both headers in encoded words",
      under(
        letter,
        [agentName, inWords(inBase64)(agentField()[1])],
        [operatorName, inWords(quoted)(operatorField()[1])],
      ),
    ),
  ),
  of("OV-168", good("to blind copies alone", signed(blindLetter, { to: [] }))),
];

const unread = (comment: string, message: Letter): Draft =>
  of("OV-167", bad("FailOpen", comment, message, "agent.present"));

const others: readonly Draft[] = [
  of(
    "OV-166",
    bad(
      "HeaderInjection",
      "a blank inside an agent's name",
      edited((value) => value.replace("agent=crm", "agent=c rm")),
      "agent.present",
    ),
  ),
  of(
    "OV-167",
    bad(
      "ForgedSignature",
      "another agent in an encoded word",
      edited((value) => value.replace("agent=crm;", `${quoted("agent=ceo;")}`)),
      "agent.statement",
      "agent.present",
    ),
  ),
  unread(
    "an encoded word beyond ASCII",
    edited((value) => value.replace("agent=crm;", "=?utf-8?q?agent=3Dcrm=C2=AD=3B?=")),
  ),
  unread(
    "an encoded word of another character set",
    edited((value) => value.replace("agent=crm;", "=?utf-7?q?agent=3Dcrm=3B?=")),
  ),
  unread(
    "an encoded word that ends in half an escape",
    edited((value) => value.replace("agent=crm;", "=?utf-8?q?agent=3Dcrm=3?=;")),
  ),
];

export const mailPrograms: readonly Draft[] = [...genuineOnes, ...others];
