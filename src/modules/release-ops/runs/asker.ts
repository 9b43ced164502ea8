// Who asks for a run, and by which call: for the audit, whose lines the hub's own audit shares the call's id with.
import type { CallContext } from "../../../core/context.ts";

export interface Asker {
  /** Name of the caller. */
  readonly caller: string;
  readonly door: string;
  readonly callId?: string;
}

export const askerOf = ({ caller, door, callId }: CallContext): Asker => ({ caller: caller.name, door, callId });
