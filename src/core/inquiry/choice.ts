// Whose log to read, and why: what the caller asked for is kept when it failed, and corrected when another did.
import type { Evidence } from "../evidence.ts";
import {
  blockedBy,
  chooseContainer,
  describeEnd,
  isFailure,
  isRunning,
  lastEnd,
  tektonReason,
  type Choice,
} from "../kube/container.ts";
import { containersOf, statusesOf, statusOf, type Pod } from "../kube/pod.ts";

type Chosen = NonNullable<Evidence["chosen"]>;

/**
 * Undefined when no container ever came to be: the pod was not scheduled, or evicted at once.
 * @param reasons what a TaskRun says of its steps, by container
 */
export function choose(pod: Pod, asked: string | undefined, reasons: ReadonlyMap<string, string>): Chosen | undefined {
  if (statusesOf(pod).length === 0) return undefined;
  const harmless = new Set([...reasons].flatMap(([name, reason]) => (isHarmless(reason) ? [name] : [])));
  const best = withBlocked(pod, chooseContainer(pod, harmless));
  if (asked === undefined || asked === "") return { container: best.container, because: best.because };
  const names = containersOf(pod);
  const name = [asked, `step-${asked}`].find((one) => names.includes(one));
  if (name === undefined)
    return { container: best.container, because: `${best.because}; there is no container ${asked}`, asked };
  const correction = name === asked ? {} : { asked };
  if (name === best.container && best.hasFailed) return { container: name, because: best.because, ...correction };
  const failure = harmless.has(name) ? undefined : failureOf(pod, name);
  if (failure !== undefined) return { container: name, because: `it was asked for, and ${failure}`, ...correction };
  if (!best.hasFailed) return { container: name, because: "it was asked for, and none failed", ...correction };
  const because = `${best.because}; ${name}, which was asked for, ${healthOf(pod, name, reasons.get(name))}`;
  return { container: best.container, because, asked };
}

const isHarmless = (reason: string): boolean => reason === "Skipped" || reason === "Continued";

/** A container that cannot start explains more than one that runs. */
function withBlocked(pod: Pod, best: Choice): Choice {
  if (best.hasFailed && !isRunning(statusOf(pod, best.container)?.state)) return best;
  const blocked = statusesOf(pod).find((status) => blockedBy(status) !== undefined);
  if (blocked === undefined) return best;
  return { container: blocked.name, because: `it cannot start, ${blockedBy(blocked)}`, hasFailed: true };
}

function failureOf(pod: Pod, name: string): string | undefined {
  const status = statusOf(pod, name);
  if (status === undefined) return undefined;
  if (isFailure(status.state?.terminated)) return `it failed, ${describeEnd(status.state.terminated)}`;
  if (isFailure(status.lastState?.terminated)) return `it failed before, ${lastEnd(status)}`;
  const blocked = blockedBy(status);
  return blocked === undefined ? undefined : `it cannot start, ${blocked}`;
}

function healthOf(pod: Pod, name: string, reason: string | undefined): string {
  const { terminated, running } = statusOf(pod, name)?.state ?? {};
  if (running) return "still runs";
  if (!terminated) return "has not started";
  const why = tektonReason(terminated) ?? reason;
  if (why === "Skipped") return "was skipped";
  if (why === "Continued") return "may fail";
  return `ended with ${describeEnd(terminated)}`;
}
