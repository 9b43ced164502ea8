// Questions about runs that several tools ask in the same words.
import { rfc3339 } from "../../core/clock.ts";
import type { FlowRunFilter } from "./filters/runs.ts";

type StateType = NonNullable<NonNullable<NonNullable<FlowRunFilter["state"]>["type"]>["any_"]>[number];

export const inState = (...types: StateType[]): FlowRunFilter => ({ state: { type: { any_: types } } });
export const named = (...names: string[]): FlowRunFilter => ({ state: { name: { any_: names } } });

/** SCHEDULED and overdue, as Prefect itself marks it. */
export const LATE: FlowRunFilter = { state: { type: { any_: ["SCHEDULED"] }, name: { any_: ["Late"] } } };

/** SCHEDULED runs whose time has come, marked Late or not yet. */
export const due = (nowMs: number): FlowRunFilter => ({
  ...inState("SCHEDULED"),
  next_scheduled_start_time: { before_: rfc3339(nowMs) },
});

/** Ended in one of these states since then. */
export const ended = (since: string, ...types: StateType[]): FlowRunFilter => ({
  ...inState(...types),
  end_time: { after_: since },
});
