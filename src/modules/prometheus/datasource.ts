// What the module knows of one Prometheus: read from Grafana's provisioning file, see datasources/.
import type { Secret } from "../../core/secret.ts";

export interface TlsOptions {
  /** PEM texts. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: Secret;
  readonly serverName?: string;
  /** True switches certificate checks off; a warning is in /health. */
  readonly skipVerify: boolean;
}

export interface Datasource {
  /** Unique; the `id` callers use. */
  readonly name: string;
  readonly uid?: string;
  /** Base address without user, password, query or trailing slash: safe to show. */
  readonly url: string;
  readonly isDefault: boolean;
  readonly httpMethod: "GET" | "POST";
  /** Grafana's jsonData.timeInterval: the scrape interval, in seconds. */
  readonly timeIntervalSeconds?: number;
  readonly queryTimeoutSeconds?: number;
  /** Added to every request's parameters. */
  readonly customQuery: readonly (readonly [name: string, value: string])[];
  /** Grafana's prometheusType, for example Thanos, Mimir, Cortex. */
  readonly flavor?: string;
  /** Sent with every request, Authorization included. */
  readonly headers: readonly (readonly [name: string, value: Secret])[];
  readonly tls: TlsOptions;
}

export interface Datasources {
  /** In the file's order. */
  list(): readonly Datasource[];
  /**
   * By name, then by uid; without an id the only one there is.
   * @throws ToolFailure not-found `Datasource not found: x` with the available names, closest first.
   */
  find(id: string | undefined): Datasource;
  /** Entries that were skipped and other warnings, one sentence each, no secrets. */
  problems(): readonly string[];
}
