// The module's variables. The first two are the seed's (proms-mcp).
import { z } from "zod";
import { flag, seconds, setting, type Section } from "../../core/settings.ts";
import { MAX_QUERY_SECONDS } from "./kit.ts";

export const SETTINGS = {
  datasourcesPath: setting(
    "GRAFANA_DATASOURCES_PATH",
    z.string().max(4_096).default("/etc/grafana/provisioning/datasources/datasources.yaml"),
    "Grafana's provisioning file (YAML or JSON) that names the Prometheus datasources; read again when it changes.",
  ),
  queryTimeoutSeconds: setting(
    "QUERY_TIMEOUT",
    seconds(1, MAX_QUERY_SECONDS, 30),
    "How many seconds a query may take, unless its datasource or the caller says otherwise.",
  ),
  seedMetrics: setting(
    "PROMS_MCP_METRICS",
    flag(true),
    "Also exports the `proms_mcp_*` metrics, under which dashboards made for proms-mcp find their numbers.",
  ),
} satisfies Section;
