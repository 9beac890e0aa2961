/** The statements that erase a message: its mark first, then everything the mark lets go (`erasure.ts`). */
import type { Writes } from "../Journal.ts";
import { erasable, erasedContent } from "../tables/erasure.ts";
import { statement, write, type Write } from "./Write.ts";

type Erasure = Writes["erasures"][number];

const markErased = statement<Erasure>(
  {
    message: ["text", (row) => row.message],
    tenant: ["text", (row) => row.tenant],
    at: ["integer", (row) => row.at],
  },
  (input) => `UPDATE messages AS t SET erased_at = n.at FROM ${input}
    WHERE t.id = n.message AND t.tenant = n.tenant AND ${erasable("t")}`,
);

const erasing = { message: ["text", (row: Erasure) => row.message] } as const;

const eraseEntries = statement<Erasure>(
  erasing,
  (input) =>
    `UPDATE entries AS t SET personal = NULL FROM ${input} WHERE t.message = n.message AND t.personal IS NOT NULL`,
);

const eraseContents = statement<Erasure>(
  erasing,
  (input) =>
    `UPDATE contents AS t SET ${Object.entries(erasedContent)
      .map(([column, value]) => `${column} = ${value}`)
      .join(", ")}, raw = substr(t.raw, 1, 0) FROM ${input}
    WHERE t.message = n.message AND length(t.raw) > 0`,
);

const eraseReasons = statement<Erasure>(
  erasing,
  (input) =>
    `UPDATE decisions AS t SET reason = NULL FROM ${input} WHERE t.message = n.message AND t.reason IS NOT NULL`,
);

/**
 * The erasures of a batch, in two lists: what is erased must be marked first, for the triggers let nothing else be blanked. Each
 * row of the first must find its message, ended and not held.
 */
export const erasuresOf = ({ erasures }: Writes): { readonly marks: Write; readonly blanks: readonly Write[] } => ({
  marks: write(markErased, erasures),
  blanks: [eraseEntries, eraseContents, eraseReasons].map((statement) => write(statement, erasures)),
});
