/**
 * Characters that a domain's label may hold in a certain place alone (RFC 5892, appendix A: CONTEXTO and CONTEXTJ), and the label without
 * those that stand in theirs: a middle dot between two l (Catalan), the Greek keraia, Hebrew geresh and gershayim, the dot between
 * Katakana words, joiners.
 *
 * **Gotchas**: where a joiner may stand depends on how letters join, which the platform's URL parser knows (UTS 46, CheckJoiners): a
 * caller asks it as well.
 */

const PLACED: readonly RegExp[] = [
  /(?<=l)\u00b7(?=l)/gu,
  /\u0375(?=\p{Script=Greek})/gu,
  /(?<=\p{Script=Hebrew})[\u05f3\u05f4]/gu,
  /(?<=[\p{L}\p{M}])[\u200c\u200d]/gu,
];
const KATAKANA_DOT = /\u30fb/gu;
/** The dot itself is of the script Common. */
const JAPANESE = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u;

/** A label in lower case without the characters that stand where they may. */
export const withoutContextual = (label: string): string => {
  const left = PLACED.reduce((rest, placed) => rest.replaceAll(placed, ""), label);
  return JAPANESE.test(left) ? left.replaceAll(KATAKANA_DOT, "") : left;
};
