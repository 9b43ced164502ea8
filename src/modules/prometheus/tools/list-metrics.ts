// list_metrics: the names of the metrics there are, a page at a time.
import { z } from "zod";
import type { CallContext } from "../../../core/context.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Tool } from "../../../core/tool.ts";
import type { Datasource } from "../datasource.ts";
import { jsonBytes } from "../format/draft.ts";
import { datasourceId, envelope, prometheusTool, success, type Kit } from "../kit.ts";
import { pageInput, pageOutput, roomFor, shrinkPage } from "../lists/paging.ts";
import { metadataOf, type MetadataEntry } from "../projections/metadata.ts";
import { namesPage, type NamesOptions, type NamesPage } from "../projections/names.ts";
import { resourceUri, type ResourceKind } from "../resources/resource-uri.ts";
import { matchField, resolveScope, windowFields, type Scope } from "../language/selectors.ts";

/** More metrics than this are counted as "at least". Sent as `limit`, which servers before 3.x ignore. */
export const NAMES_CAP = 100_001;

export const metadataField = z
  .boolean()
  .default(false)
  .describe("Also give type, help (first 200 characters) and unit of each metric, under metadata");

export const namesOutput = {
  data: z.array(z.string()).describe("Metric names, sorted"),
  ...pageOutput,
  total_exact: z.boolean().optional().describe("False when the server has more than were counted"),
  metadata: z.looseObject({}).optional().describe("By metric name: type, help, unit; text from outside"),
};

export const listMetrics = (kit: Kit): Tool =>
  prometheusTool({
    name: "list_metrics",
    title: "List metrics",
    description:
      "Lists the names of all metrics of a datasource, sorted, 500 at a time. " +
      "Use it to see what there is; when you know part of a name, find_metrics_by_pattern is shorter. " +
      'match narrows it to the metrics of some series, for example {job="api"}. At most 10,000 names or 24 KB per answer.',
    input: z.strictObject({
      datasource_id: datasourceId,
      match: matchField,
      ...windowFields,
      ...pageInput(500, 10_000, "metrics"),
      with_metadata: metadataField,
    }),
    output: envelope({ ...namesOutput, resolved: z.looseObject({}) }),
    run: async ({ datasource_id, match, start, end, limit, offset, with_metadata }, context) => {
      const datasource = kit.datasources.find(datasource_id);
      const scope = resolveScope({ match, start, end }, kit.clock.now());
      const window = { limit, offset, roomBytes: roomFor(context.budget.textBytes, scope.members) };
      const page = await readMetricNames(kit, datasource, { scope, options: window, signal: context.signal });
      const shown = with_metadata ? await addMetadata(kit, datasource, page, window, context.signal) : page;
      if (shown.truncated) attachLink(context, datasource, "metrics");
      return success(kit, datasource, { ...scope.members, ...shown });
    },
  });

interface Reading {
  readonly scope: Scope;
  readonly options: Omit<NamesOptions, "cap">;
  readonly signal: AbortSignal;
}

/** One page of metric names. */
export const readMetricNames = (
  kit: Kit,
  datasource: Datasource,
  { scope, options, signal }: Reading,
): Promise<NamesPage> =>
  kit.client.ask(
    datasource,
    { path: "api/v1/label/__name__/values", params: { ...scope.params, limit: NAMES_CAP }, errors: "discovery" },
    namesPage,
    { ...options, cap: NAMES_CAP },
    { signal },
  );

export type PageWithMetadata = NamesPage & { readonly metadata: Readonly<Record<string, MetadataEntry>> };

/** The page with what is known of its metrics, as many of them as then still fit. */
export async function addMetadata(
  kit: Kit,
  datasource: Datasource,
  page: NamesPage,
  { offset, roomBytes }: { offset: number; roomBytes: number },
  signal: AbortSignal,
): Promise<PageWithMetadata> {
  // No limit: which metrics a limit keeps is random in Prometheus 2.42.
  const request = { path: "api/v1/metadata", errors: "discovery" } as const;
  const known =
    page.returned === 0 ? {} : await kit.client.ask(datasource, request, metadataOf, { names: page.data }, { signal });
  let left = roomBytes;
  const over = page.data.findIndex((name) => {
    const entry = known[name];
    left -= jsonBytes(name) + 1 + (entry === undefined ? 0 : jsonBytes({ [name]: entry }) + 1);
    return left < 0;
  });
  const shown = { ...page, ...shrinkPage(page, offset, over === -1 ? page.returned : Math.max(1, over)) };
  const metadata = Object.fromEntries(
    shown.data.flatMap((name) => (known[name] === undefined ? [] : [[name, known[name]] as const])),
  );
  return { ...shown, metadata };
}

/** For people with a client that can open it; the tool's paging shows the same. */
export function attachLink(context: CallContext, { name }: Datasource, kind: ResourceKind): void {
  const uri = resourceUri(name, kind);
  context.attach({ type: "resource_link", uri, name: `${kind} of ${name}`, mimeType: "application/json" });
}

/** Members that only stand when there is something in them. */
export const unlessEmpty = (name: string, list: readonly unknown[]): JsonObject =>
  list.length === 0 ? {} : { [name]: list };
