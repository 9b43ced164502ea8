// The log of the chosen container and of its run before a restart, or why there is none.
import type { Evidence } from "../evidence.ts";
import { ToolFailure } from "../failure.ts";
import { noteOn } from "../kube/container.ts";
import { statusOf, type Pod } from "../kube/pod.ts";
import type { Inquiry } from "./inquiry.ts";
import type { ContainerLog } from "./reader.ts";

export type LogEvidence = Evidence["logs"][number];

export interface FoundLog {
  readonly entry: LogEvidence;
  readonly redacted: number;
}

const TAIL = 5_000;
const MAX_BYTES = 256 * 1024;
/** 5,000 lines, 1,250, 312. */
const MAX_TRIES = 3;

export async function findLogs(inquiry: Inquiry, pod: Pod, container: string): Promise<FoundLog[]> {
  const status = statusOf(pod, container);
  const hasRunBefore = Boolean(status?.lastState?.terminated);
  const read = (previous: boolean) => readOne(inquiry, pod, container, previous);
  if (status?.state?.waiting && hasRunBefore) {
    // until it runs again, the kubelet shows the same log for both
    const before = await read(true);
    return before.entry.text === "" ? [await read(false), before] : [before];
  }
  const why = reasonForNone(pod, container);
  if (why !== undefined) return [{ entry: emptyEntry(container, false, why), redacted: 0 }];
  if (!hasRunBefore) return [await read(false)];
  const [now, before] = await Promise.all([read(false), read(true)]);
  return now.entry.text === "" && before.entry.text !== "" ? [before, now] : [now, before];
}

/** A container that never started has no log to ask for. */
const reasonForNone = (pod: Pod, container: string): string | undefined =>
  statusOf(pod, container)?.state?.waiting ? (noteOn(pod, container, true) ?? "it has not started") : undefined;

const emptyEntry = (container: string, previous: boolean, note: string): LogEvidence => ({
  container,
  previous,
  text: "",
  lines_total: 0,
  bytes_total: 0,
  truncated: false,
  note,
});

async function readOne(inquiry: Inquiry, pod: Pod, container: string, previous: boolean): Promise<FoundLog> {
  const { reader, namespace, redactor, limits } = inquiry;
  const what = `the log of container ${container}${previous ? " from before its restart" : ""}`;
  const bounds = { tail: TAIL, maxBytes: MAX_BYTES, maxTries: MAX_TRIES };
  const question = { namespace, pod: pod.metadata.name, container, previous, ...bounds, redactor };
  const found = await inquiry.read(
    { verb: "get", resource: "pods/log", what },
    (signal) => reader.log(question, signal).catch(refusalAsNote),
    limits.logMs,
  );
  if (found === undefined || found === "gone") {
    return { entry: emptyEntry(container, previous, "it could not be read; problems says why"), redacted: 0 };
  }
  if ("note" in found) return { entry: emptyEntry(container, previous, found.note), redacted: 0 };
  return { entry: showLog(container, previous, found), redacted: found.redacted };
}

/** What Kubernetes says of a container without a log is no problem of reading. */
function refusalAsNote(error: unknown): { note: string } {
  const isRefusal =
    error instanceof ToolFailure && ["BAD_REQUEST", "NOT_FOUND"].includes(String(error.details["code"]));
  if (!isRefusal) throw error;
  return { note: error.message };
}

function showLog(container: string, previous: boolean, log: ContainerLog): LogEvidence {
  const isTail = log.lines_total >= TAIL;
  const note = [
    log.unavailable,
    log.unavailable === undefined && log.text === "" ? "it wrote nothing" : undefined,
    log.tail_asked === undefined ? undefined : `only its last ${log.tail_asked} lines were read: more were too large`,
    isTail ? `only its last ${TAIL} lines were read` : undefined,
    log.read_stopped === true ? "it is so large that its newest lines were not seen" : undefined,
    log.ended_early === true ? "it broke off, stalled or was slow, so that newer lines may be missing" : undefined,
  ].filter((one) => one !== undefined);
  return {
    container,
    previous,
    text: log.text,
    lines_total: log.lines_total,
    bytes_total: log.bytes_total,
    truncated: log.truncated || isTail,
    ...(note.length > 0 && { note: note.join("; ") }),
  };
}
