// A client, a datasource and a request, made for the tests of this folder.
import { ToolFailure } from "../../../../src/core/failure.ts";
import { Secret } from "../../../../src/core/secret.ts";
import { createClient, type ApiRequest, type Client } from "../../../../src/modules/prometheus/client.ts";
import type { Datasource } from "../../../../src/modules/prometheus/datasource.ts";
import { projection } from "../../../../src/modules/prometheus/projection.ts";
import { fixedClock } from "../../../support/modules.ts";

export const clock = fixedClock();

export const newClient = (more: Partial<Parameters<typeof createClient>[0]> = {}): Client =>
  createClient({ clock, queryTimeoutSeconds: 30, ...more });

export const datasource = (url: string, more: Partial<Datasource> = {}): Datasource => ({
  name: "main",
  url,
  isDefault: false,
  httpMethod: "POST",
  customQuery: [],
  headers: [
    ["Authorization", new Secret("Bearer s3cret-token")],
    ["X-Scope-OrgID", new Secret("tenant")],
  ],
  tls: { skipVerify: false },
  ...more,
});

/** The whole reply. */
export const whole = projection("whole", (envelope, _options: Record<string, never>): unknown => envelope);

export const QUERY: ApiRequest = { path: "api/v1/query", params: { query: "up{" }, form: true, errors: "query" };
export const NAMES: ApiRequest = { path: "api/v1/label/__name__/values", errors: "discovery" };

export function ask(
  client: Client,
  to: Datasource,
  request: ApiRequest = QUERY,
  { signal = new AbortController().signal, timeoutMs }: { signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<unknown> {
  return client.ask(to, request, whole, {}, { signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
}

/** Kind, message and details of a ToolFailure; anything else that is thrown goes on. */
export async function failed(work: Promise<unknown>): Promise<Record<string, unknown>> {
  const error: unknown = await work.then(
    (value: unknown) => new Error(`it succeeded: ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ToolFailure)) throw error;
  return { kind: error.kind, message: error.message, ...error.details };
}
