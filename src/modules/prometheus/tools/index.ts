// THE list of this module's tools, in the order in which clients see them.
import type { Tool } from "../../../core/tool.ts";
import type { Kit } from "../kit.ts";
import { checkDatasource } from "./check-datasource.ts";
import { findMetricsByPattern } from "./find-metrics-by-pattern.ts";
import { findSeries } from "./find-series.ts";
import { getLabelValues } from "./get-label-values.ts";
import { getMetricLabels } from "./get-metric-labels.ts";
import { getMetricMetadata } from "./get-metric-metadata.ts";
import { getTsdbStats } from "./get-tsdb-stats.ts";
import { listAlerts } from "./list-alerts.ts";
import { listDatasources } from "./list-datasources.ts";
import { listMetrics } from "./list-metrics.ts";
import { listRules } from "./list-rules.ts";
import { listTargets } from "./list-targets.ts";
import { queryExemplars } from "./query-exemplars.ts";
import { queryHistogram } from "./query-histogram.ts";
import { queryInstant } from "./query-instant.ts";
import { queryRange } from "./query-range.ts";
import { renderChart } from "./render-chart.ts";
import { validatePromql } from "./validate-promql.ts";

const MAKERS: readonly ((kit: Kit) => Tool)[] = [
  listDatasources,
  listMetrics,
  getMetricMetadata,
  queryInstant,
  queryRange,
  getMetricLabels,
  getLabelValues,
  findMetricsByPattern,
  findSeries,
  listAlerts,
  listRules,
  listTargets,
  queryExemplars,
  queryHistogram,
  getTsdbStats,
  checkDatasource,
  validatePromql,
  renderChart,
];

export const tools = (kit: Kit): Tool[] => MAKERS.map((make) => make(kit));
