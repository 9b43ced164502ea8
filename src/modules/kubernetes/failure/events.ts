// What the cluster said about the pod, its runs and its owner, or about the whole namespace when nothing is known.
import type { Evidence } from "../../../core/evidence.ts";
import { countOf, lastSeen, readEvents, type CoreEvent } from "../objects/events.ts";
import { there, type Inquiry } from "./inquiry.ts";
import type { Subject } from "./subject.ts";
import { ownerOf } from "./workload.ts";

const MAX_EVENTS = 50;
/** Of one object, or of the namespace: they do not come in the order of time. */
const MAX_READ = 5_000;

interface Involved {
  readonly kind: string;
  readonly name: string;
  /** Another object of the same name, from before, has another. */
  readonly uid?: string | null | undefined;
}

/** Warnings first, then newest first. @param podName of the report, for a pod that is gone */
export async function findEvents(inquiry: Inquiry, subject: Subject, podName: string): Promise<Evidence["events"]> {
  const objects = involvedIn(subject, podName);
  const read =
    objects.length === 0
      ? [await ask(inquiry, "type=Warning", `the warnings of namespace ${inquiry.namespace}`)]
      : await Promise.all(objects.map((one) => eventsOf(inquiry, one)));
  const unique = new Map(read.flat().map((event, at) => [event.metadata.uid ?? `no uid ${at}`, event]));
  return [...unique.values()]
    .sort((a, b) => rank(a) - rank(b) || (lastSeen(a) < lastSeen(b) ? 1 : -1))
    .slice(0, MAX_EVENTS)
    .map(showEvent);
}

function involvedIn({ pod, taskRun, pipelineRun }: Subject, podName: string): Involved[] {
  const owner = pod === undefined ? undefined : ownerOf(pod);
  const name = pod?.metadata.name ?? (podName || (taskRun?.status?.podName ?? ""));
  return [
    ...(name === "" ? [] : [{ kind: "Pod", name, uid: pod?.metadata.uid }]),
    ...(taskRun === undefined ? [] : [{ kind: "TaskRun", ...taskRun.metadata }]),
    ...(pipelineRun === undefined ? [] : [{ kind: "PipelineRun", ...pipelineRun.metadata }]),
    ...(owner === undefined || owner.kind === "TaskRun" ? [] : [{ kind: owner.kind, name: owner.name }]),
  ];
}

async function eventsOf(inquiry: Inquiry, { kind, name, uid }: Involved): Promise<CoreEvent[]> {
  const selector = `involvedObject.kind=${kind},involvedObject.name=${name}`;
  const events = await ask(inquiry, selector, `the events of ${kind} ${name}`);
  return events.filter(({ involvedObject: { uid: about } }) => !uid || !about || about === uid);
}

async function ask(inquiry: Inquiry, fieldSelector: string, what: string): Promise<readonly CoreEvent[]> {
  const { cluster, namespace } = inquiry;
  const found = await inquiry.read({ verb: "list", resource: "events", what }, (signal) =>
    readEvents(cluster, { namespace, fieldSelector, most: MAX_READ }, signal),
  );
  return there(found)?.items ?? [];
}

const rank = ({ type }: CoreEvent): number => (type === "Warning" ? 0 : 1);

function showEvent(event: CoreEvent): Evidence["events"][number] {
  const { type, reason, message, involvedObject } = event;
  return {
    type: type ?? "Normal",
    reason: reason ?? "",
    message: message ?? "",
    object: `${involvedObject.kind ?? ""}/${involvedObject.name ?? ""}`,
    count: countOf(event),
    last_at: lastSeen(event) || undefined,
  };
}
