// States as callers write them: types (FAILED) and the names of their kinds (Late), in any case, in one list.
import { z } from "zod";
import { STATE_TYPES } from "../filters/parts.ts";

const NAMES = [
  "Late",
  "AwaitingRetry",
  "AwaitingConcurrencySlot",
  "Cached",
  "TimedOut",
  "Retrying",
  "NotReady",
  "Suspended",
];

/** A flow run, a task run or a state of one. */
interface Stated {
  readonly state_type?: string | undefined;
  readonly state_name?: string | undefined;
}

const BAD = ["FAILED", "CRASHED"];
const ENDED = [...BAD, "COMPLETED", "CANCELLED"];
const WAITING = ["SCHEDULED", "PENDING"];

export const isBad = ({ state_type: type = "" }: Stated): boolean => BAD.includes(type);
export const isEnded = ({ state_type: type = "" }: Stated): boolean => ENDED.includes(type);
/** For its first start, or for the next after a failed one. */
export const isWaiting = ({ state_type: type = "" }: Stated): boolean => WAITING.includes(type);
/** A worker took it, and it has not begun. */
export const isPending = ({ state_type: type }: Stated): boolean => type === "PENDING";
export const stateName = ({ state_name: name, state_type: type }: Stated): string => name ?? type ?? "unknown";

type StateType = (typeof STATE_TYPES)[number];

export const statesInput = z
  .array(z.string().min(1).max(100))
  .max(20)
  .optional()
  .describe(`Only these states, by type (${STATE_TYPES.join(", ")}) or by name (${NAMES.join(", ")}), in any case`);

/** Prefect matches names exactly, so the known ones are spelt as it spells them. */
export function stateFilter(given: readonly string[] | undefined) {
  if (given === undefined || given.length === 0) return {};
  const types: StateType[] = [];
  const names: string[] = [];
  for (const text of given.map((one) => one.trim())) {
    const type = STATE_TYPES.find((one) => one === text.toUpperCase());
    if (type !== undefined) types.push(type);
    else names.push(NAMES.find((one) => one.toLowerCase() === text.toLowerCase()) ?? text);
  }
  return {
    state: {
      ...(types.length > 0 && names.length > 0 ? { operator: "or_" as const } : {}),
      ...(types.length === 0 ? {} : { type: { any_: types } }),
      ...(names.length === 0 ? {} : { name: { any_: names } }),
    },
  };
}
