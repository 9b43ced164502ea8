// The resources of this module: metrics and alerts of each datasource, for people who attach them by hand. Tools show the same.
import { ToolFailure } from "../../../core/failure.ts";
import type { ReadContext, Resource } from "../../../core/prompt.ts";
import { completeDatasource } from "../completions.ts";
import type { Datasource } from "../datasource.ts";
import { success, type Kit } from "../kit.ts";
import { roomFor, type PageWindow } from "../lists/paging.ts";
import { readAlerts } from "../tools/list-alerts.ts";
import { readMetricNames } from "../tools/list-metrics.ts";
import { resourceUri, type ResourceKind } from "./resource-uri.ts";
import { resolveScope } from "../language/selectors.ts";

const MAX_ENTRIES = 10_000;

export const resources = (kit: Kit): Resource[] => [
  {
    ...template(kit, "metrics"),
    title: "Metrics of a datasource",
    description: "All metric names of a datasource, sorted, as JSON; as many as fit, with the exact total.",
    read: (variables, context) =>
      readPage(kit, variables, context, (datasource, window) => {
        const scope = resolveScope({}, kit.clock.now());
        return readMetricNames(kit, datasource, { scope, options: window, signal: context.signal });
      }),
  },
  {
    ...template(kit, "alerts"),
    title: "Alerts of a datasource",
    description: "The alerts that fire or are pending in a datasource, firing and newest first, as JSON, with counts.",
    read: (variables, context) =>
      readPage(kit, variables, context, (datasource, window) =>
        readAlerts(kit, datasource, { ...window, matchers: [] }, context.signal),
      ),
  },
];

const template = (kit: Kit, kind: ResourceKind) => ({
  name: `prometheus_${kind}`,
  mimeType: "application/json",
  uri: `prometheus://{datasource}/${kind}`,
  complete: { datasource: completeDatasource(kit) },
  list: () => kit.datasources.list().map(({ name }) => ({ uri: resourceUri(name, kind), name: `${kind} of ${name}` })),
});

/** Resources are read on purpose, so they get the larger of the two budgets. */
async function readPage(
  kit: Kit,
  variables: Readonly<Record<string, string>>,
  { budget }: ReadContext,
  read: (datasource: Datasource, window: PageWindow) => Promise<object>,
) {
  const name = variables["datasource"];
  if (name === undefined || name === "") throw new ToolFailure("not-found", "no datasource is named in the URI");
  const datasource = kit.datasources.find(name);
  const page = await read(datasource, { offset: 0, limit: MAX_ENTRIES, roomBytes: roomFor(budget.structuredBytes) });
  return { mimeType: "application/json", body: JSON.stringify(success(kit, datasource, { ...page })) };
}
