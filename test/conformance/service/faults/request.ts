/** Requests and answers as the faults look at them, and change them. */
import type { Answer, Hands, Request } from "../proxy.ts";

export const json = (text: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
};

export const answered = (status: number, body: unknown): Answer => ({
  status,
  type: "application/json",
  headers: {},
  text: JSON.stringify(body),
});

export const withBody = (
  request: Request,
  change: (body: Record<string, unknown>) => Record<string, unknown>,
): Request => ({
  ...request,
  text: JSON.stringify(change(json(request.text))),
});

export const isSend = ({ method, path }: Request): boolean =>
  method === "POST" && (path === "/v1/send" || /^\/v1\/mailboxes\/[^/]+\/send$/.test(path));

export const scopesOf = (key: string | null, hands: Hands): readonly string[] =>
  hands.known.keys.get(key ?? "")?.scopes ?? [];

/** The operator's key of the caller's tenant, where the caller is not the operator. */
export const asOperator = (request: Request, hands: Hands): Request => {
  const known = hands.known.keys.get(request.key ?? "");
  return known === undefined ? request : { ...request, key: known.madeBy };
};
