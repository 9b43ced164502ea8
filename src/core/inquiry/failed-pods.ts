// The failed pods of a PipelineRun whose TaskRuns do not tell: they may not be read, or are not up to date yet.
import { isFailure } from "../kube/container.ts";
import { statusesOf, type Pod } from "../kube/pod.ts";
import { there, type Inquiry } from "./inquiry.ts";

/** In the order in which they failed. Without the pods of `finally`: the reporter is one of them. */
export async function failedPodsOf(inquiry: Inquiry, pipelineRun: string | undefined): Promise<Pod[]> {
  if (pipelineRun === undefined) return [];
  const { reader, namespace } = inquiry;
  const found = await inquiry.read(
    { verb: "list", resource: "pods", what: `the pods of PipelineRun ${pipelineRun}` },
    (signal) => reader.failedPods({ namespace, name: pipelineRun }, signal),
  );
  const failed = (there(found) ?? []).filter(({ status }) => status?.phase === "Failed");
  return failed.sort((a, b) => (failedAt(a) < failedAt(b) ? -1 : 1));
}

function failedAt(pod: Pod): string {
  const ends = statusesOf(pod).flatMap(({ state }) =>
    isFailure(state?.terminated) ? [state.terminated.finishedAt ?? "9"] : [],
  );
  return ends.sort()[0] ?? "9";
}
