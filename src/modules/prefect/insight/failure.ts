// What speaks for a failure's cause: how the last runs of the same flow went, and what the failing tasks have in common.
import type { FlowRun, TaskRun } from "../client/shapes.ts";
import { isBad } from "../runs/states.ts";
import { upstreamIds } from "../runs/tasks.ts";
import { msOf } from "../times.ts";

export interface Pattern {
  /**
   * `persistent`: it fails each time since the last success, twice at least; `intermittent`: successes lie between failures, or after them;
   * `first`: nothing like it before; `unknown`: the other runs could not be read.
   */
  readonly kind: "persistent" | "intermittent" | "first" | "unknown";
  /** P passed, F failed, - cancelled, the oldest first; the run itself stands in brackets. */
  readonly strip: string;
  readonly first_failure_id: string;
  readonly last_success_id?: string;
  /** A later run that succeeded. */
  readonly recovered_id?: string;
  readonly same_message: boolean;
}

/** Ended runs of the flow around one run and without it, both newest first. */
export interface Around {
  readonly before: readonly FlowRun[];
  readonly since: readonly FlowRun[];
}

export function patternOf(run: FlowRun, { before, since }: Around): Pattern {
  const success = before.findIndex(isGood);
  const streak = [run, ...before.slice(0, success === -1 ? undefined : success)].filter(isBad);
  const recovered = since.findLast(isGood);
  const bad = [...since, run, ...before].filter(isBad);
  const isOngoing = recovered === undefined && streak.length + since.filter(isBad).length > 1;
  return {
    kind: isOngoing ? "persistent" : bad.length > 1 || recovered !== undefined ? "intermittent" : "first",
    strip: `${marks(before)}[${mark(run)}]${marks(since)}`,
    first_failure_id: streak.at(-1)?.id ?? run.id,
    ...(success === -1 ? {} : { last_success_id: before[success]?.id ?? "" }),
    ...(recovered === undefined ? {} : { recovered_id: recovered.id }),
    same_message: bad.length > 1 && new Set(bad.map((one) => shapeOf(one.state?.message))).size === 1,
  };
}

const isGood = ({ state_type: type }: FlowRun): boolean => type === "COMPLETED";
const mark = (run: FlowRun): string => (isBad(run) ? "F" : isGood(run) ? "P" : "-");
const marks = (runs: readonly FlowRun[]): string => runs.toReversed().map(mark).join("");

/** Numbers and ids differ from run to run. */
const shapeOf = (message = ""): string =>
  message
    .toLowerCase()
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\d+/g, "#")
    .slice(0, 500);

/** The earliest failure first, but never after what only failed because of it. */
export function rootFirst(tasks: readonly TaskRun[]): TaskRun[] {
  const bad = new Set(tasks.map(({ id }) => id));
  const depends = (task: TaskRun): number => Number(upstreamIds(task).some((id) => bad.has(id)));
  return tasks.toSorted(
    (a, b) => depends(a) - depends(b) || (msOf(a.end_time) ?? Infinity) - (msOf(b.end_time) ?? Infinity),
  );
}
