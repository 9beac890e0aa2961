/**
 * What the table client knows of the world, and the hooks that each of its steps passes through, so that one fault is one hook.
 */
export type Mode = "read_only" | "gated_all" | "gated_send" | "monitored" | "autonomous";
export type Value = string | boolean;
export type Facts = Readonly<Record<string, Value>>;
export interface Verdict {
  readonly score: number;
  readonly held: boolean;
  readonly blocked: boolean;
}
export interface Policy {
  readonly quorum: number;
  readonly decisionWindow: number;
  readonly approvalMaxAge: number;
}
export interface Event {
  readonly type: string;
  readonly at: number;
  readonly actor: { readonly role: string; readonly principal: string; readonly credential: string | null };
  readonly tenant: string;
  readonly mailbox?: string;
  readonly message?: string;
  readonly digest?: string;
  readonly base?: string;
  readonly owner?: string | null;
  readonly requestedMode?: Mode | null;
  readonly sendAt?: number;
  readonly verdict?: Verdict;
  readonly mode?: Mode;
  readonly policy?: Policy;
  readonly reviewer?: string;
  readonly key?: string;
  readonly outcome?: string;
  readonly attempt?: number;
  readonly scopes?: readonly string[];
}
export interface Approval {
  readonly reviewer: string;
  readonly credential: string | null;
  readonly digest: string;
  readonly at: number;
}
export interface Message {
  readonly id: string;
  readonly tenant: string;
  readonly mailbox: string;
  status: string;
  author: string;
  owner: string | null;
  digest: string;
  requestedMode: Mode | null;
  sendAt: number;
  verdict: Verdict;
  decideBy: number;
  approvals: readonly Approval[];
  attempt: number;
}
export interface Tenant {
  halted: boolean;
  revoked: readonly string[];
}
export interface Mailbox {
  readonly tenant: string;
  mode: Mode;
  policy: Policy;
}
export interface World {
  readonly tenants: Map<string, Tenant>;
  readonly mailboxes: Map<string, Mailbox>;
  readonly messages: Map<string, Message>;
}
export interface Row {
  readonly status: string;
  readonly event: string;
  readonly class: string;
  readonly next?: string;
  readonly commands?: readonly string[];
  /** With `next`: why the message ends as `refused`. */
  readonly refusal?: string;
}
export type Shown =
  | {
      readonly from: string | null;
      readonly to: string | null;
      readonly mode?: Mode | null;
      readonly commands: readonly string[];
    }
  | { readonly from: string | null; readonly refusal: string };

/** One message event with all that bears on it. */
export interface Case {
  readonly event: Event;
  readonly world: World;
  readonly tenant: Tenant;
  readonly mailbox: Mailbox;
  readonly message: Message;
  /** The effective mode. */
  readonly mode: Mode;
}

/** Where something may go wrong. Each is given the right answer. */
export interface Hooks {
  readonly event?: (event: Event, world: World) => Event;
  readonly mode?: (mode: Mode, it: Omit<Case, "mode">) => Mode;
  readonly live?: (live: readonly Approval[], it: Omit<Case, "mode">, at: number) => readonly Approval[];
  readonly count?: (approvals: readonly Approval[]) => number;
  readonly facts?: (facts: Facts, it: Case) => Facts;
  readonly row?: (row: Row, it: Case) => Row;
  /** After the message has been changed as the row says. */
  readonly change?: (message: Message, it: Case & { readonly row: Row; readonly before: Message }) => void;
  readonly setMode?: (
    answer: Mode | { readonly refusal: string },
    event: Event,
    mailbox: Mailbox,
  ) => Mode | { readonly refusal: string };
  readonly after?: (event: Event, world: World, shown: Shown) => void;
  readonly shown?: (shown: Shown, event: Event) => Shown;
}
