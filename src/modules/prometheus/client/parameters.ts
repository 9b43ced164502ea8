// What a request says: its own parameters, and those that the datasource adds to each of them.
import type { Pairs } from "../../../core/upstream.ts";
import type { Asked } from "../failures.ts";

const HAS_TIMEOUT = /^api\/v1\/query(_range)?$/;

export interface Parameters {
  /** The datasource's customQueryParameters, which stand in the URL in any case, as Grafana puts them. */
  readonly fixed: Pairs;
  /** The request's own, for the form or the URL. */
  readonly own: Pairs;
}

export function parameters({ datasource, request, timeoutMs }: Asked): Parameters {
  const params = {
    ...(HAS_TIMEOUT.test(request.path) ? { timeout: serverTimeout(timeoutMs) } : {}),
    ...request.params,
  };
  const own = Object.entries(params).flatMap(([name, value]) => {
    const values = typeof value === "object" ? value : value === undefined ? [] : [String(value)];
    return values.map((text): [string, string] => [name, text]);
  });
  return { fixed: datasource.customQuery, own };
}

/** A little below our own deadline, so that Prometheus's own words about a slow query still arrive. In seconds. */
const serverTimeout = (timeoutMs: number): number => (timeoutMs - Math.min(2000, timeoutMs / 10)) / 1000;
