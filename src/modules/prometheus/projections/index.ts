// Every projection there is, for the parsing thread, which knows them by name. A new projection is one line here.
import type { Projection } from "../projection.ts";
import { alertNames, alertsPage } from "./alerts.ts";
import { exemplarsPage } from "./exemplars.ts";
import { metadataOf, metadataPage } from "./metadata.ts";
import { namesIndex, namesPage } from "./names.ts";
import { buildInfo, probeQuery } from "./probe.ts";
import { queryChart } from "./query-chart.ts";
import { bucketBounds, formattedQuery, metricLookup } from "./query-names.ts";
import { histogramAnswer, oneNumber, queryAnswer } from "./query.ts";
import { alertRuleNames, rulesPage } from "./rules.ts";
import { nameCount, seriesPage, valueCounts } from "./series.ts";
import { targetsPage } from "./targets.ts";
import { tsdbStats } from "./tsdb.ts";

export const PROJECTIONS: readonly Projection<unknown, unknown>[] = [
  alertNames,
  alertRuleNames,
  alertsPage,
  bucketBounds,
  buildInfo,
  exemplarsPage,
  formattedQuery,
  histogramAnswer,
  metadataOf,
  metadataPage,
  metricLookup,
  nameCount,
  namesIndex,
  namesPage,
  oneNumber,
  probeQuery,
  queryAnswer,
  queryChart,
  rulesPage,
  seriesPage,
  targetsPage,
  tsdbStats,
  valueCounts,
];
