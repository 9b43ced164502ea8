// One flow run in about 250 bytes, as every list of runs shows it.
import type { FlowRun } from "../client/shapes.ts";
import type { Call } from "../kit.ts";
import { msOf } from "../times.ts";
import type { Names } from "./names.ts";
import { isWaiting } from "./states.ts";

const MESSAGE_CHARS = 300;
const MAX_TAGS = 10;

export function runRow({ instance, clean, nowMs }: Call, run: FlowRun, names: Names) {
  const state = run.state_name ?? run.state?.name ?? run.state_type;
  const message = clean.line(run.state?.message, MESSAGE_CHARS);
  return {
    id: run.id,
    name: clean.line(run.name, 200),
    ...some("flow_name", names.flow(run.flow_id)),
    state: clean.line(state, 100),
    state_type: run.state_type,
    ...some("message", message === "" ? undefined : message),
    ...some("start_time", run.start_time),
    ...some("end_time", run.end_time),
    ...some("duration_s", durationSeconds(run, nowMs)),
    ...some(
      "expected_start_time",
      isWaiting(run) ? (run.next_scheduled_start_time ?? run.expected_start_time) : undefined,
    ),
    ...some("lateness_s", latenessSeconds(run, nowMs)),
    run_count: run.run_count ?? 0,
    ...some("deployment", deploymentOf(run, names)),
    ...some("work_pool", run.work_pool_name === undefined ? undefined : clean.line(run.work_pool_name, 200)),
    ...some("work_queue", run.work_queue_name === undefined ? undefined : clean.line(run.work_queue_name, 200)),
    ...(run.tags.length === 0 ? {} : { tags: run.tags.slice(0, MAX_TAGS).map((tag) => clean.line(tag, 100)) }),
    url: instance.links.flowRun(run.id),
  };
}

/** Runs keep the id of a deployment that was deleted. */
export function deploymentOf({ deployment_id: id }: FlowRun, names: Names): string | undefined {
  return id === undefined ? undefined : (names.deployment(id) ?? `${id} (deleted)`);
}

/** By the wall clock from the first start on, to its end or to now; undefined for a run that never started. */
export function durationSeconds(
  run: Pick<FlowRun, "start_time" | "end_time" | "state_type">,
  nowMs: number,
): number | undefined {
  const from = msOf(run.start_time);
  const to =
    msOf(run.end_time) ?? (run.state_type === "RUNNING" || run.state_type === "CANCELLING" ? nowMs : undefined);
  return from === undefined || to === undefined ? undefined : tenths(to - from);
}

/** How long after its time a run started, or, waiting, has not; undefined when it is on time or never was to start. */
export function latenessSeconds(run: FlowRun, nowMs: number): number | undefined {
  const isYet = isWaiting(run);
  const wanted = msOf(isYet ? (run.next_scheduled_start_time ?? run.expected_start_time) : run.expected_start_time);
  const began = isYet ? nowMs : msOf(run.start_time);
  if (wanted === undefined || began === undefined) return undefined;
  const late = tenths(began - wanted);
  return late >= 1 ? late : undefined; // less is how long a start takes
}

const tenths = (ms: number): number => Math.round(ms / 100) / 10;

/** A member only where there is something. */
export function some<Name extends string, Value>(name: Name, value: Value | undefined): { [K in Name]?: Value };
export function some(name: string, value: unknown): object {
  return value === undefined ? {} : { [name]: value };
}
