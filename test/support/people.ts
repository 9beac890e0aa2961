/** A mailbox and the usual people, made over HTTP by the operator. */

/** Posts a body to a path as the operator; the body of the answer 201. Throws at any other answer. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Create = (path: string, body: unknown) => Promise<any>;

export interface People {
  /** As it was made; it has an `id`. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly mailbox: any;
  /** The key of the mailbox's agent. */
  readonly agent: string;
  /** The keys of two reviewers. */
  readonly alice: string;
  readonly bob: string;
}

export const furnish = async (
  { create }: { readonly create: Create },
  mailbox: Record<string, unknown> = {},
): Promise<People> => {
  const key = async (name: string, scopes: readonly string[], kind: "agent" | "person"): Promise<string> =>
    (await create("/v1/api-keys", { name, scopes, principal: { kind, id: name } })).key;
  return {
    mailbox: await create("/v1/mailboxes", {
      address: "support@acme.example",
      agent_id: "agent-1",
      display_name: "Support",
      oversight_address: "oversight@acme.example",
      ...mailbox,
    }),
    agent: await key("agent-1", ["read", "send"], "agent"),
    alice: await key("alice", ["read", "oversight"], "person"),
    bob: await key("bob", ["read", "oversight"], "person"),
  };
};
