// What the cluster said about the pod, its runs and its owner, or about the whole namespace when nothing is known.
import type { Evidence } from "../evidence.ts";
import { countOf, lastSeen, type CoreEvent } from "../kube/events.ts";
import { there, type Inquiry } from "./inquiry.ts";
import type { EventQuestion } from "./reader.ts";
import type { Subject } from "./subject.ts";
import { ownerOf } from "./workload.ts";

const MAX_EVENTS = 50;

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
      ? [await ask(inquiry, "warnings", `the warnings of namespace ${inquiry.namespace}`)]
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
  const events = await ask(inquiry, { kind, name }, `the events of ${kind} ${name}`);
  return events.filter(({ involvedObject: { uid: about } }) => !uid || !about || about === uid);
}

async function ask(inquiry: Inquiry, about: EventQuestion, what: string): Promise<readonly CoreEvent[]> {
  const { reader, namespace } = inquiry;
  const found = await inquiry.read({ verb: "list", resource: "events", what }, (signal) =>
    reader.events(namespace, about, signal),
  );
  return there(found) ?? [];
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
