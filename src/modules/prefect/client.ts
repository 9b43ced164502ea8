// Prefect's REST API as tools see it: one object for one call, a member for each family of endpoints.
import type { Clock } from "../../core/clock.ts";
import type { UpstreamTls } from "../../core/upstream.ts";
import type { Watch } from "../../core/watch.ts";
import type { Address } from "./address.ts";
import { createAsker, newPageCap } from "./client/asker.ts";
import { deploymentsApi, limitsApi, versionsApi, workPoolsApi } from "./client/deployment-api.ts";
import { PrefectHttp, type LastAnswer } from "./client/http.ts";
import { artifactsApi, automationsApi, cloudApi, eventsApi, schemasApi } from "./client/record-api.ts";
import { flowRunsApi, flowsApi, logsApi, taskRunsApi } from "./client/run-api.ts";
import type { Login } from "./login.ts";

export type { Window } from "./client/asker.ts";

export interface Client {
  /** The endpoints for one call: its requests end with the signal, or all together after twice the timeout of one. */
  api(signal: AbortSignal): Api;
  /** How the last request went; undefined before the first. */
  last(): LastAnswer | undefined;
  close(): Promise<void>;
}

export interface ClientOptions {
  readonly address: Address;
  readonly login: Login;
  readonly tls?: UpstreamTls | undefined;
  /** Of one request. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly watch?: Watch | undefined;
}

export function createClient({ tls, ...options }: ClientOptions): Client {
  const http = new PrefectHttp({ ...options, ...(tls === undefined ? {} : { tls }) });
  const cap = newPageCap();
  return {
    api: (signal) => createApi(http, createAsker(http, cap, signal, 2 * options.timeoutMs)),
    last: () => http.last,
    close: () => http.close(),
  };
}

function createApi(http: PrefectHttp, asker: ReturnType<typeof createAsker>) {
  return {
    flows: flowsApi(asker),
    flowRuns: flowRunsApi(asker),
    taskRuns: taskRunsApi(asker),
    logs: logsApi(asker),
    deployments: deploymentsApi(asker),
    workPools: workPoolsApi(asker),
    limits: limitsApi(asker),
    events: eventsApi(asker),
    automations: automationsApi(asker),
    artifacts: artifactsApi(asker),
    cloud: cloudApi(asker),
    versions: versionsApi(asker),
    schemas: schemasApi(asker),
    /** Whether this server has wanted CSRF tokens so far: known after the first POST. */
    wantsCsrf: (): boolean => http.wantsCsrf,
  };
}

export type Api = ReturnType<typeof createApi>;
