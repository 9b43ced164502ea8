// What prefect_diagnose_delays says in one line: how much waits, what holds back most of it; or that nothing waits, and what to know then.
import type { Call } from "../kit.ts";
import { latenessSeconds } from "../runs/row.ts";
import { isWaiting, stateName } from "../runs/states.ts";
import { ageSeconds, spoken } from "../times.ts";
import type { Delays } from "./delays.ts";
import { unique, type Hypothesis, type Missing } from "./hypothesis.ts";
import { SLOT, type Waiting } from "./waiting.ts";

const SPOKEN_IDLE = 3;

export function delayVerdict(call: Call, waiting: Waiting, delays: Delays, missing: readonly Missing[]): string {
  const { late, due, pending, awaiting_slot: held } = waiting.counts;
  const tasks = delays.waitingTasks.length;
  const inside = `${tasks} task run${tasks === 1 ? " waits" : "s wait"} inside RUNNING runs`;
  if (due + pending + held === 0) {
    const nothing = whatItIs(call, waiting);
    return tasks > 0
      ? `${nothing}, but ${inside}: ${why(delays.hypothesis)}`
      : `nothing waits: ${nothing}${idleTrouble(waiting, delays, missing)}`;
  }
  const oldest = oldestLateness(call, waiting);
  const kinds = [
    `${due} due (${late} Late)`,
    `${pending} PENDING`,
    ...(held > 0 ? [`${held} ${SLOT}`] : []),
    ...(tasks > 0 ? [inside] : []),
  ];
  const since = oldest > 0 ? `, the oldest for ${spoken(oldest)}` : "";
  return `${kinds.join(", ")}${since}: ${why(delays.hypothesis)}`;
}

/** Seconds; 0 when no run is late. */
export const oldestLateness = ({ nowMs }: Call, { runs }: Waiting): number =>
  Math.max(0, ...runs.map((run) => latenessSeconds(run, nowMs) ?? 0));

/** Counts are news only where there are several causes. */
function why([first, ...others]: readonly Hypothesis[]): string {
  if (first === undefined) return "cause unknown, see missing";
  if (others.length === 0) return first.text;
  const codes = unique(others.map(({ cause }) => cause)).map((code) => {
    const own = others.filter(({ cause }) => cause === code);
    return counted(
      code,
      own.reduce((sum, { holds_back: runs = 0 }) => sum + runs, 0),
    );
  });
  return `${counted(first.text, first.holds_back ?? 0)}; and ${others.length} more: ${codes.join(", ")}`;
}

const counted = (text: string, runs: number): string =>
  runs === 0 ? text : `${text} (${runs === 1 ? "1 run" : `${runs} runs`})`;

/** One run that was asked about, or the whole. */
function whatItIs({ clean, nowMs }: Call, { run }: Waiting): string {
  if (run === undefined) return "no run is due, Late or PENDING";
  const name = clean.line(run.name, 200);
  const at = run.next_scheduled_start_time ?? run.expected_start_time;
  const left = -(ageSeconds(at, nowMs) ?? 0);
  return isWaiting(run) && left > 0 ? `${name} is due in ${spoken(left)} (${at})` : `${name} is ${stateName(run)}`;
}

/** Nothing waits in a pool, or of a deployment: that is well only where something could start. */
function idleTrouble({ run, pool, deployment }: Waiting, { hypothesis }: Delays, missing: readonly Missing[]): string {
  if (missing.length > 0) return "; parts could not be read, see missing";
  if (run !== undefined || (pool === undefined && deployment === undefined)) return "";
  if (hypothesis.length === 0) return "; nothing keeps it from starting runs";
  return `; but ${hypothesis
    .slice(0, SPOKEN_IDLE)
    .map(({ text }) => text)
    .join("; ")}`;
}
