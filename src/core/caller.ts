// Who calls, and what they may. Doors get it from the gate; sessions, views, limits and the audit go by it.
import type { Access } from "./tool.ts";

export interface Rights {
  /** Equal rights have equal keys; views are made for each. Empty: all that the hub offers. */
  readonly key: string;
  may(module: string, access: Access): boolean;
}

export const EVERYTHING: Rights = { key: "", may: () => true };

/** `id` is stable and unique (it binds sessions, states and limits), `name` is for people, rules and logs. */
export interface Caller {
  readonly id: string;
  readonly name: string;
  readonly groups?: readonly string[];
  /** Where its request came from; no part of who it is. */
  readonly address?: string | undefined;
  readonly rights: Rights;
}

/** Where nobody asks who calls: AUTH_MODE=none, and the hub's own work. */
export const ANONYMOUS: Caller = { id: "anonymous", name: "anonymous", rights: EVERYTHING };
