// Who asks for a run, and by which call: for the audit, whose lines the hub's own audit shares the call's id with.
import type { CallContext, ClientInfo } from "../../../core/context.ts";

export interface Asker {
  /** Name of the caller. */
  readonly caller: string;
  readonly door: string;
  readonly callId?: string;
  /** The program that asked for it. */
  readonly client?: ClientInfo | undefined;
}

export const askerOf = ({ caller, door, callId, client }: CallContext): Asker => ({
  caller: caller.name,
  door,
  callId,
  client,
});
