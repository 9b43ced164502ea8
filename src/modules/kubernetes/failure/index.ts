// Evidence of a failure through the module's own connections: the inquiry asks, this reads the Kubernetes API.
import type { Clock } from "../../../core/clock.ts";
import type { EvidenceSource } from "../../../core/evidence.ts";
import { createEvidenceSource as createSource } from "../../../core/inquiry/index.ts";
import type { Limits as InquiryLimits } from "../../../core/inquiry/inquiry.ts";
import { LABEL } from "../../../core/inquiry/labels.ts";
import type { ClusterReader, EventQuestion, ObjectName } from "../../../core/inquiry/reader.ts";
import { ownedShape, podShape, type Pod } from "../../../core/kube/pod.ts";
import type { Redactor } from "../../../core/redact.ts";
import type { Cluster } from "../api/cluster.ts";
import type { Clusters } from "../api/clusters.ts";
import { known, pathTo, rbacName } from "../api/discovery.ts";
import { listItems } from "../api/items.ts";
import type { PatienceLimits } from "../api/patience.ts";
import { readEvents } from "../objects/events.ts";
import { PODS, readPod } from "../objects/pod.ts";
import { readLog } from "../objects/read-log.ts";
import { readPipelineRun, readTaskRun, taskRunsOf } from "../objects/tekton.ts";

export interface LogLimits {
  /** For one try at a log. */
  readonly log: PatienceLimits;
  readonly maxReadBytes: number;
}

export type Limits = InquiryLimits & LogLimits;

const LOG_LIMITS: LogLimits = { log: { idleMs: 4_000, totalMs: 5_000 }, maxReadBytes: 64 * 1024 * 1024 };
const MAX_PODS = 500;
/** Of one object, or of the namespace: they do not come in the order of time. */
const MAX_EVENTS = 5_000;

export interface EvidenceSourceOptions {
  readonly clusters: Clusters;
  readonly redactor: Redactor;
  readonly clock: Clock;
  readonly limits?: Partial<Limits>;
}

export function createEvidenceSource({
  clusters,
  redactor,
  clock,
  limits = {},
}: EvidenceSourceOptions): EvidenceSource {
  const logLimits = { ...LOG_LIMITS, ...limits };
  const readerFor = (name: string | undefined) => readerOf(clusters.find(name), logLimits);
  return createSource({ readerFor, redactor, clock, limits });
}

function readerOf(cluster: Cluster, { log: limits, maxReadBytes }: LogLimits): ClusterReader {
  return {
    name: cluster.name,
    api: "the Kubernetes API",
    account: "the hub's service account",
    pod: ({ namespace, name }, signal) => readPod(cluster, namespace, name, signal),
    failedPods: (run, signal) => podsOf(cluster, run, signal),
    taskRun: (name, signal) => readTaskRun(cluster, name, signal),
    pipelineRun: (name, signal) => readPipelineRun(cluster, name, signal),
    taskRunsOf: (run, signal) => taskRunsOf(cluster, run, signal),
    async events(namespace, about, signal) {
      const query = { namespace, fieldSelector: selectorOf(about), most: MAX_EVENTS };
      return (await readEvents(cluster, query, signal)).items;
    },
    async owner({ apiVersion, kind, plural }, { namespace, name }, signal) {
      const resource = known(apiVersion, kind, plural);
      const path = pathTo(resource, namespace, name);
      const asked = { path, verb: "get", resource: rbacName(resource), namespace, name, signal } as const;
      return (await cluster.get(asked, ownedShape)).metadata;
    },
    log: ({ maxBytes, maxTries, redactor, ...request }, signal) =>
      readLog(cluster, request, { maxBytes, maxTries, redactor, limits, maxReadBytes, signal }),
  };
}

const selectorOf = (about: EventQuestion): string =>
  about === "warnings" ? "type=Warning" : `involvedObject.kind=${about.kind},involvedObject.name=${about.name}`;

async function podsOf(cluster: Cluster, { namespace, name }: ObjectName, signal: AbortSignal): Promise<readonly Pod[]> {
  const labelSelector = `${LABEL.pipelineRun}=${name},${LABEL.memberOf}=tasks`;
  const query = [["labelSelector", labelSelector]] as const;
  const asked = {
    path: pathTo(PODS, namespace),
    query,
    verb: "list",
    resource: rbacName(PODS),
    namespace,
    signal,
  } as const;
  return (await listItems(cluster, asked, podShape, MAX_PODS)).items;
}
