// The failed pods of a PipelineRun whose TaskRuns do not tell: they may not be read, or are not up to date yet.
import { listItems } from "../api/items.ts";
import { pathTo, rbacName } from "../api/discovery.ts";
import { isFailure } from "../objects/container.ts";
import { PODS, podShape, statusesOf, type Pod } from "../objects/pod.ts";
import type { Inquiry } from "./inquiry.ts";
import { there } from "./inquiry.ts";
import { LABEL } from "./labels.ts";

const MAX_PODS = 500;

/** In the order in which they failed. Without the pods of `finally`: the reporter is one of them. */
export async function failedPodsOf(inquiry: Inquiry, pipelineRun: string | undefined): Promise<Pod[]> {
  if (pipelineRun === undefined) return [];
  const { cluster, namespace } = inquiry;
  const resource = rbacName(PODS);
  const found = await inquiry.read(
    { verb: "list", resource, what: `the pods of PipelineRun ${pipelineRun}` },
    (signal) => {
      const labelSelector = `${LABEL.pipelineRun}=${pipelineRun},${LABEL.memberOf}=tasks`;
      const query = [["labelSelector", labelSelector]] as const;
      const request = { path: pathTo(PODS, namespace), query, verb: "list", resource, namespace, signal } as const;
      return listItems(cluster, request, podShape, MAX_PODS);
    },
  );
  const failed = (there(found)?.items ?? []).filter(({ status }) => status?.phase === "Failed");
  return failed.sort((a, b) => (failedAt(a) < failedAt(b) ? -1 : 1));
}

function failedAt(pod: Pod): string {
  const ends = statusesOf(pod).flatMap(({ state }) =>
    isFailure(state?.terminated) ? [state.terminated.finishedAt ?? "9"] : [],
  );
  return ends.sort()[0] ?? "9";
}
