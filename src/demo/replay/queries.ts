// Instant and range queries, answered from the capture: the known queries, numbers, and vector(number).
import type { Capture, CapturedQuery } from "./capture.ts";
import { countSeries, parseCount } from "./counts.ts";
import { type ApiError, checkTimeout, invalid, readRange, timeOr } from "./parameters.ts";
import { normalize, parseSelector, selects } from "./selector.ts";
import { Timeline } from "./timeline.ts";

export class Queries {
  readonly #capture: Capture;
  readonly #known: ReadonlyMap<string, CapturedQuery>;

  constructor(capture: Capture) {
    this.#capture = capture;
    this.#known = new Map(capture.queries.map((query) => [normalize(query.query), query]));
  }

  instant(parameters: URLSearchParams, now: number): unknown {
    const time = Math.round(timeOr(parameters, "time", now / 1000) * 1000) / 1000;
    checkTimeout(parameters);
    const query = text(parameters);
    const constant = readConstant(query);
    if (constant?.kind === "scalar") return { resultType: "scalar", result: [time, constant.value] };
    if (constant) return { resultType: "vector", result: [{ metric: {}, value: [time, constant.value] }] };
    const count = parseCount(query);
    const result =
      count === undefined
        ? this.#vector(this.find(query), time, now)
        : countSeries(count, this.#counted(count.inner, time, now, query), time);
    return { resultType: "vector", result };
  }

  range(parameters: URLSearchParams, now: number): unknown {
    const range = readRange(parameters);
    checkTimeout(parameters);
    const query = text(parameters);
    const timeline = new Timeline(now, this.#capture.stepSeconds);
    const constant = readConstant(query);
    const known = constant === undefined ? this.find(query).series : [];
    const result = known.map((series) => ({ metric: series.metric, values: timeline.range(series, range) }));
    if (constant) result.push({ metric: {}, values: everywhere(range, constant.value) });
    return { resultType: "matrix", result: result.filter(({ values }) => values.length > 0) };
  }

  format(parameters: URLSearchParams): string {
    return this.find(text(parameters)).formatted;
  }

  #vector({ series }: CapturedQuery, time: number, now: number) {
    const timeline = new Timeline(now, this.#capture.stepSeconds);
    return series.flatMap(({ metric, values }) => {
      const value = timeline.valueAt({ metric, values }, time);
      return value === undefined ? [] : [{ metric, value: [time, value] }];
    });
  }

  /** A selector counts the captured series: all of them live through the whole day. */
  #counted(inner: string, time: number, now: number, query: string) {
    const known = this.#known.get(inner);
    if (known !== undefined) return this.#vector(known, time, now).map(({ metric }) => metric);
    const selector = parseSelector(inner);
    if (selector === undefined) throw unknownQuery("query", query, this.#capture);
    return this.#capture.series.filter((labels) => selects(selector, labels));
  }

  /** @throws ApiError that names the known queries. */
  find(query: string): CapturedQuery {
    const known = this.#known.get(normalize(query));
    if (known === undefined) throw unknownQuery("query", query, this.#capture);
    return known;
  }
}

/** What the stand-in says to everything it did not capture. */
export function unknownQuery(parameter: string, query: string, { queries }: Capture): ApiError {
  const shown = query.length > 200 ? `${query.slice(0, 200)}...` : query;
  return invalid(
    parameter,
    `this demo replays a captured day and has no answer for ${JSON.stringify(shown)}. It knows: ` +
      `${queries.map((known) => known.query).join(" | ")} | a metric name with equality matchers in match[]. ` +
      "With a prometheus binary on the PATH the demo answers any query.",
  );
}

function text(parameters: URLSearchParams): string {
  const query = parameters.get("query") ?? "";
  if (query.trim() === "") throw invalid("query", "1:1: parse error: no expression found in input");
  return query;
}

function readConstant(query: string): { kind: "scalar" | "vector"; value: string } | undefined {
  const [, vector, number] = /^(vector\()?(\d{1,15}(?:\.\d{1,6})?)\)?$/.exec(normalize(query)) ?? [];
  if (number === undefined || (vector !== undefined) !== query.trim().endsWith(")")) return undefined;
  return { kind: vector === undefined ? "scalar" : "vector", value: String(Number(number)) };
}

function everywhere(range: { start: number; end: number; step: number }, value: string) {
  const count = Math.floor((range.end - range.start) / range.step + 1e-9) + 1;
  return Array.from({ length: count }, (_, index): [number, string] => {
    return [Math.round((range.start + index * range.step) * 1000) / 1000, value];
  });
}
