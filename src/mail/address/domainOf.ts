/** The part of an address after its last `@`, as it is written; of a text without one, all of it. */
export const domainOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1);
