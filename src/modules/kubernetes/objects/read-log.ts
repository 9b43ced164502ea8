// One container's log, read as a stream and no further than it must be: newest lines first in importance, bounded in time and bytes.
import { ToolFailure } from "../../../core/failure.ts";
import { explainNetwork } from "../../../core/upstream-error.ts";
import type { Redactor } from "../../../core/redact.ts";
import { collectLog, type CollectedLog } from "../../../core/container-log/index.ts";
import type { ContainerLog } from "../../../core/inquiry/reader.ts";
import type { Pairs } from "../../../core/upstream.ts";
import { apiPath, type Cluster } from "../api/cluster.ts";
import { Patience, type PatienceLimits } from "../api/patience.ts";

export interface LogRequest {
  readonly namespace: string;
  readonly pod: string;
  /** Undefined lets Kubernetes choose, which it does only when there is one. */
  readonly container: string | undefined;
  /** Lines of the answer, after grep. */
  readonly tail: number;
  readonly previous?: boolean;
  /** `sinceSeconds` or `sinceTime`, as the API takes it. */
  readonly since?: Pairs;
  readonly grep?: string | undefined;
  readonly before?: number;
  readonly after?: number;
}

export interface ReadOptions {
  readonly maxBytes: number;
  readonly redactor: Redactor;
  readonly signal: AbortSignal;
  readonly limits?: PatienceLimits;
  /** 64 MiB by default. */
  readonly maxReadBytes?: number;
  /** With fewer lines each time. As many as it takes by default. */
  readonly maxTries?: number;
}

/** Without limitBytes: it cuts off the newest lines. https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ */
const GREP_LINES = 100_000;
const LIMITS: PatienceLimits = { idleMs: 5_000, totalMs: 20_000 };

/** More than 64 MiB or 20 s in so many lines: again with a quarter of them, so that the newest are always seen. */
export async function readLog(cluster: Cluster, request: LogRequest, options: ReadOptions): Promise<ContainerLog> {
  let lines = request.grep === undefined ? request.tail : Math.max(GREP_LINES, request.tail);
  const first = lines;
  for (let tries = 1; ; tries += 1) {
    // oxlint-disable-next-line no-await-in-loop -- each try depends on the last
    const { log, lost } = await readOnce(cluster, request, lines, options);
    const isTooMuch = log.read_stopped === true || lost === "slow";
    if (!isTooMuch || lines === 1 || tries === options.maxTries) {
      return {
        ...log,
        ...(lines < first && { truncated: true, tail_asked: lines }),
        ...(lost !== undefined && { truncated: true, ended_early: true }),
      };
    }
    lines = Math.max(1, Math.floor(lines / 4));
  }
}

async function readOnce(
  cluster: Cluster,
  request: LogRequest,
  lines: number,
  options: ReadOptions,
): Promise<{ log: CollectedLog; lost: Patience["lost"] }> {
  const { namespace, pod, container, tail, previous, since = [], grep, before, after } = request;
  const query: Pairs = [
    ...(container === undefined ? [] : [["container", container] as const]),
    ["tailLines", String(lines)],
    ...(previous === true ? [["previous", "true"] as const] : []),
    ...since,
    ["timestamps", "true"],
  ];
  const path = apiPath("api", "v1", "namespaces", namespace, "pods", pod, "log");
  const { signal } = options;
  const asked = {
    path,
    query,
    accept: "*/*",
    verb: "get",
    resource: "pods/log",
    namespace,
    name: pod,
    signal,
  } as const;
  const body = await cluster.stream(asked).catch((error: unknown) => {
    throw explainRefusal(error, request);
  });
  const patience = new Patience(body, options.limits ?? LIMITS);
  const filter = grep === undefined ? {} : { grep, before: before ?? 0, after: after ?? 0 };
  try {
    const log = await collectLog(patience.chunks(), { ...options, ...filter, tailLines: tail, timestamps: true });
    return { log, lost: patience.lost };
  } catch (error) {
    if (error instanceof ToolFailure || signal.aborted) throw error;
    const known = explainNetwork(error);
    if (known === undefined) throw error;
    throw new ToolFailure("unavailable", `the log broke off: ${known.message}; try again`, { code: "BROKEN_OFF" });
  } finally {
    body.destroy();
  }
}

/** Kubernetes' own words, and what to do about each. */
const ADVICE: readonly (readonly [words: RegExp, hint: string])[] = [
  [/previous terminated container .* not found/, "It has not restarted: leave previous out."],
  [
    /is waiting to start|ContainerCreating|PodInitializing/,
    "It has no log yet: pods_get and events_list say what it waits for.",
  ],
  [/a container name must be specified/, "Pass one of these names as container, or all_containers=true."],
  [/is not valid for pod/, "Leave container out to get the one that failed, or see pods_get for their names."],
];

function explainRefusal(error: unknown, { namespace, pod }: LogRequest): unknown {
  if (!(error instanceof ToolFailure)) return error;
  const { kind, message, details } = error;
  if (details["code"] !== "BAD_REQUEST" && details["code"] !== "NOT_FOUND") return error;
  const hint = ADVICE.find(([words]) => words.test(message))?.[1] ?? details["hint"];
  const text = `failed to get pod ${pod} log in namespace ${namespace}: ${message}`;
  return new ToolFailure(kind, text, { ...details, hint }, { cause: error });
}
