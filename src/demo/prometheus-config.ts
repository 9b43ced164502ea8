// What the demo's Prometheus scrapes: every pod of the shop as a target of its own, the batch exporter that is stuck, and the hub.
import { BATCH_TARGET, type Target } from "./shop/shop.ts";

export interface Scraped {
  /** The load generator's page. */
  readonly loadUrl: string;
  readonly targets: readonly Target[];
  /** The hub's metrics page; left out when it has none. */
  readonly hubMetricsUrl?: string;
}

export function scrapeConfigs({ loadUrl, targets, hubMetricsUrl }: Scraped) {
  const load = new URL(loadUrl);
  const pods = ({ job, instance }: Target) => ({
    targets: [load.host],
    // `__param_` labels become the query of the scrape's URL; `job` and `instance` override the address's.
    labels: { __metrics_path__: load.pathname, __param_pod: instance, job, instance },
  });
  const hub = hubMetricsUrl === undefined ? undefined : new URL(hubMetricsUrl);
  return [
    { job_name: "shop", static_configs: targets.map(pods) },
    { job_name: "batch", static_configs: [pods(BATCH_TARGET)] },
    ...(hub === undefined
      ? []
      : [
          {
            job_name: "ops-hub",
            metrics_path: hub.pathname,
            static_configs: [{ targets: [hub.host], labels: { instance: "hub" } }],
          },
        ]),
  ];
}
