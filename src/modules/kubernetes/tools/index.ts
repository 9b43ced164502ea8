// The module's tools, the most used first.
import type { Tool } from "../../../core/tool.ts";
import type { Kit } from "../kit.ts";
import { eventsList } from "./events-list.ts";
import { namespacesList, projectsList } from "./namespaces-list.ts";
import { podsGet } from "./pods-get.ts";
import { podsList, podsListInNamespace } from "./pods-list.ts";
import { podsLog } from "./pods-log.ts";
import { resourcesGet, resourcesList } from "./resources.ts";
import { pipelineRunGet, taskRunGet } from "./taskrun-get.ts";
import { tektonPipelineRunLogs, tektonTaskRunLogs } from "./tekton-logs.ts";
import { nodesTop, podsTop } from "./top.ts";

export const tools = (kit: Kit): readonly Tool[] =>
  [
    podsLog,
    podsListInNamespace,
    podsList,
    podsGet,
    eventsList,
    namespacesList,
    projectsList,
    resourcesList,
    resourcesGet,
    podsTop,
    nodesTop,
    taskRunGet,
    pipelineRunGet,
    tektonTaskRunLogs,
    tektonPipelineRunLogs,
  ].map((make) => make(kit));
