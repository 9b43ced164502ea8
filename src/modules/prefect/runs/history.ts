// The states a run went through, with the time it spent in each: where it waited shows in the gaps.
import type { State } from "../client/shapes.ts";
import type { Call } from "../kit.ts";
import { msOf } from "../times.ts";
import { some } from "./row.ts";
import { isEnded } from "./states.ts";

const MESSAGE_CHARS = 500;

/** Oldest first, at most `max`: the first one and the newest. `seconds` is the time in that state; open-ended for the current one. */
export function stateHistory({ clean, nowMs }: Call, states: readonly State[], max: number) {
  const sorted = states.toSorted((a, b) => (msOf(a.timestamp) ?? 0) - (msOf(b.timestamp) ?? 0));
  const rows = sorted.map((state, i) => {
    const message = clean.line(state.message, MESSAGE_CHARS);
    return {
      state: clean.line(state.name ?? state.type, 100),
      state_type: state.type,
      ...some("timestamp", state.timestamp),
      ...some("seconds", secondsIn(state, sorted[i + 1], nowMs)),
      ...some("scheduled_for", scheduledFor(state)),
      ...some("message", message === "" ? undefined : message),
    };
  });
  const kept = rows.length <= max ? rows : [...rows.slice(0, 1), ...rows.slice(1 - max)];
  return { states: kept, states_total: rows.length };
}

/** For an end that is final there is no time in it. */
function secondsIn(state: State, next: State | undefined, nowMs: number): number | undefined {
  if (next === undefined && isEnded({ state_type: state.type })) return undefined;
  const from = msOf(state.timestamp);
  const to = next === undefined ? nowMs : msOf(next.timestamp);
  return from === undefined || to === undefined ? undefined : Math.max(0, Math.round((to - from) / 100) / 10);
}

function scheduledFor(state: State): string | undefined {
  const at = state.state_details?.["scheduled_time"];
  return typeof at === "string" ? at : undefined;
}
