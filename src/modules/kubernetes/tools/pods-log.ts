// pods_log: what the containers of a pod said; the one that failed when none is named.
import { z } from "zod";
import type { CallContext } from "../../../core/context.ts";
import { ToolFailure } from "../../../core/failure.ts";
import type { Tool } from "../../../core/tool.ts";
import type { Cluster } from "../api/cluster.ts";
import { clusterTool, namespaceArgument, objectName, type Kit } from "../kit.ts";
import { chooseContainer, noteOn, type Choice } from "../../../core/kube/container.ts";
import { containersOf, type Pod } from "../../../core/kube/pod.ts";
import { readPod } from "../objects/pod.ts";
import { readLog, type LogRequest } from "../objects/read-log.ts";
import { logEntry, logText, showLog, waitingEntry } from "../text/log.ts";
import { sinceQuery } from "../text/since.ts";

const DEFAULT_TAIL = 100;
const MAX_TAIL = 10_000;
/** Notes and headers around the logs. */
const FRAME_BYTES = 1_024;

const output = z.looseObject({
  pod: z.string(),
  namespace: z.string(),
  logs: z.array(logEntry).describe("One for each container that was read"),
  notes: z.array(z.string()).describe("What else matters: why a container was chosen, what it waits for, restarts"),
});

export const podsLog = (kit: Kit): Tool =>
  clusterTool(kit, {
    name: "pods_log",
    title: "Log of a pod",
    description:
      "Reads the newest log lines of a pod: of the container you name, else of the one that failed first (init containers and Tekton steps included). " +
      "Use it for why something crashed; after a restart previous=true has the log of the run that died. " +
      "grep (RE2) searches up to 100,000 lines and keeps the last tail matches. Secrets are redacted, repeats folded, at most 24 KB.",
    input: z.strictObject({
      name: objectName("Name of the pod"),
      namespace: namespaceArgument,
      container: objectName("Container; left out: the one that failed, else the default one").optional(),
      tail: z
        .number()
        .int()
        .min(0)
        .max(MAX_TAIL)
        .default(DEFAULT_TAIL)
        .describe(`Newest lines to show, at most ${MAX_TAIL}; 0 means ${DEFAULT_TAIL}`),
      previous: z.boolean().default(false).describe("The log of the run before the last restart"),
      since: z.string().max(40).optional().describe("Only lines newer than this: 10m, 1h30m or 2026-11-25T10:00:00Z"),
      grep: z.string().min(1).max(200).optional().describe("Only lines that match this RE2 pattern; (?i) ignores case"),
      before: z.number().int().min(0).max(50).default(0).describe("Lines to show before each match of grep"),
      after: z.number().int().min(0).max(50).default(0).describe("Lines to show after each match of grep"),
      all_containers: z.boolean().default(false).describe("Every container of the pod, init containers first"),
    }),
    output,
    text: ({ pod, namespace, logs, notes }) => logText(`pod ${pod} in namespace ${namespace}`, logs, notes),
    async run(input, cluster, context) {
      const { name, container, namespace = cluster.namespace, all_containers: isAll } = input;
      if (isAll && container !== undefined) {
        throw new ToolFailure("invalid", "container and all_containers exclude each other; leave one out");
      }
      const request = {
        namespace,
        pod: name,
        tail: input.tail === 0 ? DEFAULT_TAIL : input.tail,
        previous: input.previous,
        since: input.since === undefined ? [] : sinceQuery(input.since),
        grep: input.grep,
        before: input.before,
        after: input.after,
      };
      const read = isAll ? readAll : readOne;
      const { logs, notes } = await read(kit, cluster, { ...request, container }, context);
      return { pod: name, namespace, logs, notes };
    },
  });

/** A named container needs no look at the pod, and so no permission for it. */
async function readOne(kit: Kit, cluster: Cluster, request: LogRequest, { signal, budget }: CallContext) {
  const pod = request.container === undefined ? await podIfAllowed(cluster, request, signal) : undefined;
  const choice = pod === undefined ? undefined : chooseContainer(pod);
  const container = request.container ?? choice?.container;
  const options = { maxBytes: budget.textBytes - FRAME_BYTES, redactor: kit.redactor, signal };
  const log = await readLog(cluster, { ...request, container }, options).catch((error: unknown) => {
    throw withState(error, pod, container);
  });
  const notes = pod === undefined ? [] : notesOn(pod, choice, request.previous === true);
  return { logs: [showLog(container ?? request.pod, request, log)], notes };
}

async function readAll(kit: Kit, cluster: Cluster, request: LogRequest, { signal, budget }: CallContext) {
  const pod = await readPod(cluster, request.namespace, request.pod, signal);
  const containers = containersOf(pod);
  const maxBytes = Math.floor((budget.textBytes - FRAME_BYTES) / containers.length) - 200;
  const logs = [];
  for (const container of containers) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one at a time: each log may be 64 MiB
      const log = await readLog(cluster, { ...request, container }, { maxBytes, redactor: kit.redactor, signal });
      logs.push(showLog(container, request, log));
    } catch (error) {
      // one that has not started, or not restarted, has no log: that is no failure of the others
      if (!(error instanceof ToolFailure) || error.details["code"] !== "BAD_REQUEST") throw error;
      logs.push(waitingEntry(container, noteOn(pod, container, true) ?? error.message));
    }
  }
  return { logs, notes: [] };
}

/** Who may read logs but not pods still gets the log of a pod with one container. */
async function podIfAllowed(cluster: Cluster, { namespace, pod }: LogRequest, signal: AbortSignal) {
  try {
    return await readPod(cluster, namespace, pod, signal);
  } catch (error) {
    if (error instanceof ToolFailure && error.kind === "denied" && error.details["code"] === "FORBIDDEN")
      return undefined;
    if (error instanceof ToolFailure && error.kind === "not-found") {
      throw new ToolFailure(
        error.kind,
        `failed to get pod ${pod} log in namespace ${namespace}: ${error.message}`,
        error.details,
      );
    }
    throw error;
  }
}

function notesOn(pod: Pod, choice: Choice | undefined, previous: boolean): string[] {
  const others = containersOf(pod).filter((name) => name !== choice?.container);
  const chosen =
    choice === undefined || others.length === 0
      ? []
      : [`container ${choice.container}: ${choice.because}; the others are ${others.join(", ")}`];
  const state = choice === undefined ? undefined : noteOn(pod, choice.container, previous);
  return [...chosen, ...(state === undefined ? [] : [state])];
}

/** A container that cannot start says why in the pod's status, not in a log. */
function withState(error: unknown, pod: Pod | undefined, container: string | undefined): unknown {
  if (!(error instanceof ToolFailure) || pod === undefined || container === undefined) return error;
  const note = noteOn(pod, container, true);
  return note === undefined ? error : new ToolFailure(error.kind, `${error.message} (${note})`, error.details);
}
