// What tells this failure from the next one of the same name. A storm asks for the same one hundreds of times: once is enough.
import { LRUCache } from "lru-cache";
import type { Clock } from "../clock.ts";
import type { FailureTarget } from "../evidence.ts";
import { untilAborted } from "../until-aborted.ts";
import { statusesOf } from "../kube/pod.ts";
import type { ClusterReader } from "./reader.ts";

/** No longer than that: a pod that restarted a moment ago is another failure already. */
const KEEP_MS = 25;
const MAX_TARGETS = 2_000;

interface Identity {
  readonly id: string | undefined;
}

export class Identities {
  readonly #readerFor: (cluster: string | undefined) => ClusterReader;
  readonly #known: LRUCache<string, Identity, FailureTarget>;

  constructor(readerFor: (cluster: string | undefined) => ClusterReader, clock: Clock, readMs: number) {
    this.#readerFor = readerFor;
    this.#known = new LRUCache<string, Identity, FailureTarget>({
      max: MAX_TARGETS,
      ttl: KEEP_MS,
      ttlResolution: 0,
      perf: clock,
      // who asks meanwhile waits for the same answer, hence a deadline of its own and no caller's signal
      fetchMethod: async (_key, _stale, { context }) => {
        const signal = AbortSignal.timeout(readMs);
        return { id: await untilAborted(this.#read(context, signal), signal).catch(() => undefined) };
      },
    });
  }

  /** Throws only the signal's reason. */
  async of(target: FailureTarget, signal: AbortSignal): Promise<string | undefined> {
    signal.throwIfAborted();
    const { cluster, namespace, podName, taskRun, pipelineRun } = target;
    const key = JSON.stringify([cluster, namespace, podName, taskRun, pipelineRun]);
    const found = await untilAborted(this.#known.fetch(key, { context: target }), signal);
    return found?.id;
  }

  async #read(target: FailureTarget, signal: AbortSignal): Promise<string | undefined> {
    const { namespace, podName, taskRun = "", pipelineRun = "" } = target;
    const reader = this.#readerFor(target.cluster);
    if (podName !== "") {
      const pod = await reader.pod({ namespace, name: podName }, signal);
      const restarts = statusesOf(pod).reduce((sum, { restartCount }) => sum + restartCount, 0);
      return pod.metadata.uid ? `${pod.metadata.uid}/${restarts}` : undefined;
    }
    if (taskRun === "" && pipelineRun === "") return undefined;
    const name = { namespace, name: taskRun || pipelineRun };
    const { metadata } = await (taskRun === "" ? reader.pipelineRun(name, signal) : reader.taskRun(name, signal));
    return metadata.uid ?? undefined;
  }
}
