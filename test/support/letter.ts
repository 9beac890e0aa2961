/** A letter as an agent posts it to `/v1/send`. */
export const letter = (change: Record<string, unknown> = {}) => ({
  mailbox: "support@acme.example",
  to: "carol@example.org",
  subject: "Ticket #4821",
  body: "Hi, we've resolved ticket #4821.",
  ...change,
});
