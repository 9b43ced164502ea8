// THE list of this module's tools, in the order in which clients see them.
import type { Tool } from "../../../core/tool.ts";
import type { Kit } from "../kit.ts";
import { cancelFlowRuns } from "./cancel-flow-runs.ts";
import { getConcurrencyLimits } from "./get-concurrency-limits.ts";
import { getDeployments } from "./get-deployments.ts";
import { getWorkPools } from "./get-work-pools.ts";
import { retryFlowRun } from "./retry-flow-run.ts";
import { runDeployment } from "./run-deployment.ts";
import { setDeploymentPaused } from "./set-deployment-paused.ts";
import { diagnoseDelays } from "./diagnose-delays.ts";
import { investigateFlowRun } from "./investigate-flow-run.ts";
import { getObjectSchema } from "./get-object-schema.ts";
import { reviewRateLimits } from "./review-rate-limits.ts";
import { searchDocs } from "./search-docs.ts";
import { getArtifacts } from "./get-artifacts.ts";
import { getAutomations } from "./get-automations.ts";
import { readEvents } from "./read-events.ts";
import { getDashboard } from "./get-dashboard.ts";
import { getFlowRunLogs } from "./get-flow-run-logs.ts";
import { getFlowRun } from "./get-flow-run.ts";
import { getFlowRuns } from "./get-flow-runs.ts";
import { getFlows } from "./get-flows.ts";
import { getIdentity } from "./get-identity.ts";
import { getTaskRuns } from "./get-task-runs.ts";

const READS: readonly ((kit: Kit) => Tool)[] = [
  getIdentity,
  getDashboard,
  getDeployments,
  getFlows,
  getFlowRuns,
  getFlowRun,
  getFlowRunLogs,
  getTaskRuns,
  getWorkPools,
  readEvents,
  getAutomations,
  getObjectSchema,
  getArtifacts,
  getConcurrencyLimits,
];

const INSIGHTS_AND_WRITES: readonly ((kit: Kit) => Tool)[] = [
  investigateFlowRun,
  diagnoseDelays,
  runDeployment,
  cancelFlowRuns,
  retryFlowRun,
  setDeploymentPaused,
];

/** What cannot work here is not there. */
export const tools = (kit: Kit): Tool[] => [
  ...READS.map((make) => make(kit)),
  ...(hasCloud(kit) ? [reviewRateLimits(kit)] : []),
  ...(kit.docs === undefined ? [] : [searchDocs(kit, kit.docs)]),
  ...INSIGHTS_AND_WRITES.map((make) => make(kit)),
];

/** Callers may bring a workspace of Cloud. */
const hasCloud = ({ instances, visitors }: Kit): boolean =>
  visitors.isOn || instances.list.some(({ address }) => address.cloud !== undefined);

/** Why a tool is not there. */
export const absent = (kit: Kit): Record<string, string> => ({
  ...(hasCloud(kit)
    ? {}
    : {
        prefect_review_rate_limits:
          "Prefect Cloud only: it is there when PREFECT_API_URL or an instance is a workspace of Prefect Cloud",
      }),
  ...(kit.docs === undefined
    ? {
        prefect_search_docs:
          "the operator switches it on with PREFECT_DOCS_MCP_URL=<MCP server that searches Prefect's documentation>",
      }
    : {}),
});
