// Does a datasource answer? Asked with `query=1`, since Mimir has no /-/healthy.
import { ToolFailure } from "../../../core/failure.ts";
import type { Datasource } from "../datasource.ts";
import type { Kit } from "../kit.ts";
import { buildInfo, probeQuery, type Build } from "../projections/probe.ts";

/** How long one datasource may take to answer a check. */
export const PROBE_LIMIT_MS = 5_000;

export interface Probe {
  readonly datasource: Datasource;
  readonly latencyMs: number;
  /** Why it did not answer; undefined when it did. */
  readonly failure: ToolFailure | undefined;
  /** The server's clock minus ours, in seconds, to half the latency. */
  readonly skewSeconds: number | undefined;
  /** Undefined where the backend has no such endpoint or does not answer. */
  readonly build: Build | undefined;
}

type Asking = Pick<Kit, "client" | "clock">;

/** Never rejects for what the datasource does, and ends within PROBE_LIMIT_MS. */
export async function probe({ client, clock }: Asking, datasource: Datasource, signal: AbortSignal): Promise<Probe> {
  const options = { signal, timeoutMs: PROBE_LIMIT_MS };
  const started = clock.now();
  const ended = () => clock.now();
  const query = client
    .ask(
      datasource,
      { path: "api/v1/query", params: { query: "1" }, form: true, errors: "query" },
      probeQuery,
      {},
      options,
    )
    .then(({ time }) => ({ time, at: ended() }));
  const build = client.ask(datasource, { path: "api/v1/status/buildinfo", errors: "plain" }, buildInfo, {}, options);
  const [asked, built] = await Promise.allSettled([query, build]);
  const failure = failureOf(asked);
  failureOf(built);
  const at = asked.status === "fulfilled" ? asked.value.at : ended();
  const time = asked.status === "fulfilled" ? asked.value.time : undefined;
  return {
    datasource,
    latencyMs: at - started,
    failure,
    skewSeconds: time === undefined ? undefined : round(time - (started + at) / 2_000),
    build: built.status === "fulfilled" ? built.value : undefined,
  };
}

/** Anything but a ToolFailure is our own bug and goes on. */
function failureOf(settled: PromiseSettledResult<unknown>): ToolFailure | undefined {
  if (settled.status === "fulfilled") return undefined;
  const { reason } = settled;
  if (!(reason instanceof ToolFailure)) throw reason;
  if (reason.kind !== "timeout") return reason;
  // The client's advice on slow queries does not fit here.
  return new ToolFailure("timeout", `TIMEOUT: no answer to query=1 within ${PROBE_LIMIT_MS / 1_000} s`, {
    code: "TIMEOUT",
  });
}

const round = (seconds: number): number => Math.round(seconds * 10) / 10;
