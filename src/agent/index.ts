// The failure agent as a module: a report becomes evidence, evidence a draft, the draft one issue. Its tools are `reports`.
import { defineModule } from "../core/module.ts";
import { SETTINGS } from "./settings.ts";

const INSTRUCTIONS = `\
Failures of pods and pipelines that were reported to this hub, each with the issue that was filed for it.

list_reports shows what failed lately; get_report one of them with its timeline: what was collected, who analysed it (llm or \
rules), where it was filed, and what keeps it from being filed. report_failure reports another one. The same failure again \
becomes an occurrence of the issue there is.`;

export const reports = defineModule({
  name: "reports",
  title: "Failure reports",
  instructions: INSTRUCTIONS,
  settings: SETTINGS,
  off: ({ modelUrl, dataDir, databaseUrl }, env) =>
    modelUrl !== undefined ||
    dataDir !== undefined ||
    databaseUrl !== undefined ||
    Boolean(env["GITEA_HOST"] || env["MCP_GITEA_URL"])
      ? undefined
      : "GITEA_HOST",
  start: async (start) => (await import("./agent.ts")).startAgent(start),
});
