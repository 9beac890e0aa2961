/** Why mail from a mailbox would not verify, a sentence each, for the operator who makes the mailbox or starts the server. @spec OV-174 */

/** Names that mean the reader's own machine (RFC 6761 6.3). */
const isLocal = (domain: string): boolean => /(?:^|\.)localhost$/.test(domain);

/** Keys of a domain that no one else can look up vouch for nothing; `null` for any other. */
export const domainWarning = (operatorDomain: string): string | null =>
  isLocal(operatorDomain)
    ? `The operator's domain is ${operatorDomain}, which means each reader's own machine: no recipient can look up its keys. ` +
      "It is for trials; a domain of yours has to be set before mail leaves for others."
    : null;

/** `domains`: the address's, the operator's; lower-case A-labels. */
export const mailboxWarnings = (addrSpec: string, domain: string, operatorDomain: string): readonly string[] => {
  const local = domainWarning(operatorDomain);
  return [
    ...(domain === operatorDomain || domain.endsWith(`.${operatorDomain}`)
      ? []
      : [
          `Mail from ${addrSpec} will not verify: its domain is not ${operatorDomain} or below it. ` +
            "Give the mailbox an address there, or run an installation for its domain.",
        ]),
    ...(local === null ? [] : [local]),
  ];
};
