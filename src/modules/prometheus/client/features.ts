// Which build a datasource runs: asked once, remembered, never required. Some features exist only from a version on.
import { LRUCache } from "lru-cache";
import { attempt } from "./attempt.ts";
import type { Clock } from "../../../core/clock.ts";
import type { Client } from "../client.ts";
import type { Datasource } from "../datasource.ts";
import { buildInfo, type Build } from "../projections/probe.ts";

const KEEP_MS = 5 * 60_000;
const KEEP_FAILURE_MS = 30_000;
const LIMIT_MS = 5_000;
const MAX_DATASOURCES = 256;

const REQUEST = { path: "api/v1/status/buildinfo", errors: "plain" } as const;

export class Features {
  readonly #builds: LRUCache<string, Build, Datasource>;

  constructor(client: Pick<Client, "ask">, clock: Clock) {
    this.#builds = new LRUCache<string, Build, Datasource>({
      max: MAX_DATASOURCES,
      ttl: KEEP_MS,
      ttlResolution: 0,
      perf: clock,
      // Those who ask meanwhile wait for the same answer, hence a deadline of its own and no caller's signal.
      fetchMethod: async (_key, _stale, { context, options }) => {
        const signal = AbortSignal.timeout(LIMIT_MS);
        const asked = await attempt(client.ask(context, REQUEST, buildInfo, {}, { signal, timeoutMs: LIMIT_MS }));
        if (asked.ok) return asked.value;
        options.ttl = KEEP_FAILURE_MS;
        return {};
      },
    });
  }

  async of(datasource: Datasource): Promise<Build> {
    return (await this.#builds.fetch(`${datasource.name} ${datasource.url}`, { context: datasource })) ?? {};
  }
}
