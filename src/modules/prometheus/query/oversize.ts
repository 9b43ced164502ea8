// When a reply is too large to read, the one thing that helps is to know how large: count(<query>), once, five seconds at most.
import { clipBytes } from "../../../core/clip.ts";
import { ToolFailure } from "../../../core/failure.ts";
import { attempt } from "../client/attempt.ts";
import type { Kit } from "../kit.ts";
import type { Datasource } from "../datasource.ts";
import { oneNumber } from "../projections/query.ts";

const COUNT_SECONDS = 5;
const MAX_QUERY_BYTES = 600;

export interface Counted {
  readonly datasource: Datasource;
  readonly promql: string;
  /** When to count, Unix seconds; now when undefined. */
  readonly time: number | undefined;
}

/** The result of `work`. @throws ToolFailure RESULT_TOO_LARGE with the number of series when it can be counted. */
export async function explainOversize<T>(kit: Kit, signal: AbortSignal, query: Counted, work: Promise<T>): Promise<T> {
  const outcome = await attempt(work);
  if (outcome.ok) return outcome.value;
  const { failure } = outcome;
  if (failure.details["code"] !== "RESULT_TOO_LARGE") throw failure;
  const count = await countSeries(kit, signal, query);
  if (count === undefined) throw failure;
  const { promql } = query;
  const inner = promql === clipBytes(promql, MAX_QUERY_BYTES) ? promql : "<query>";
  const limit = failure.message.split(/; |\. /)[0] ?? failure.message;
  const message =
    `${limit.replace(/\.$/, "")}; count() says ${count} series. ` +
    `Try topk(20, ${inner}) or sum by (job) (${inner}).`;
  throw new ToolFailure(failure.kind, message, { ...failure.details, series_total: count });
}

/** How many series an expression yields; undefined when it is no instant vector or cannot be counted in time. */
export async function countSeries(kit: Kit, signal: AbortSignal, query: Counted): Promise<number | undefined> {
  const counted = await attempt(
    kit.client.ask(
      query.datasource,
      {
        path: "api/v1/query",
        // The line break ends a comment at the end of the query.
        params: { query: `count(${query.promql}\n)`, time: query.time },
        form: true,
        errors: "query",
      },
      oneNumber,
      {},
      { signal, timeoutMs: COUNT_SECONDS * 1000 },
    ),
  );
  return counted.ok ? (counted.value ?? 0) : undefined; // count() of nothing is nothing
}
