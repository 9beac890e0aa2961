import { hasUnsafeCharacter } from "../../mail/compose/ReservedHeaders.ts";

/** Text for people on one line. */
export const isPlainName = (text: string, limit: number): boolean =>
  text.trim() !== "" && text.length <= limit && text.isWellFormed() && !hasUnsafeCharacter(text);
