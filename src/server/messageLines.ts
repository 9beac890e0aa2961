/** Lines of the operator's log about messages: what was submitted, held, decided, delivered or deferred. */
import type { MessageNote } from "../contracts/MessageLog.ts";
import type { MessageEventType } from "../model/Event.ts";

/** What goes on between two moments that people ask about. */
const quiet: ReadonlySet<MessageEventType> = new Set(["release"]);

/** `null` for what needs no line. */
export const messageLine = ({ message, event, status, refusal, index, at }: MessageNote): string | null => {
  if (quiet.has(event) || (event === "dispatch" && refusal === null && status === "dispatching")) return null;
  const became = refusal === null ? status : `refused (${refusal}), stays ${status}`;
  return `${new Date(at * 1000).toISOString().slice(0, 19)}Z ${message} ${event}: ${became} [entry ${index}]`;
};
