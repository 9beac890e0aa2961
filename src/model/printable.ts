/** What a mail server replied, as it is kept: replies go into logs, databases and onto screens. */

/** One line of at most 500 characters of printable ASCII, the code once, other characters as `?`. RFC 5321 4.2. */
export const printable = (reply: string): string =>
  reply
    .replace(/^(\d{3})-/, "$1 ")
    .replace(/\r?\n\d{3}[ -]/g, " ")
    .replace(/[\r\n\t ]+/g, " ")
    .replace(/[^\x20-\x7e]/g, "?")
    .trim()
    .slice(0, 500);
