// The parameters of a request as Prometheus 2.42 reads them, with its own error texts.

/** Answered as Prometheus's error envelope. */
export class ApiError extends Error {
  readonly status: number;
  readonly errorType: string;

  constructor(message: string, { status = 400, errorType = "bad_data" } = {}) {
    super(message);
    this.status = status;
    this.errorType = errorType;
  }
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const DURATION = /^(?=.)(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const UNIT_SECONDS = [31_536_000, 604_800, 86_400, 3_600, 60, 1, 0.001];
const MAX_POINTS = 11_000;

export const invalid = (parameter: string, why: string): ApiError =>
  new ApiError(`invalid parameter "${parameter}": ${why}`);

/** Unix seconds. @throws ApiError */
function time(text: string): number {
  const seconds = NUMBER.test(text) ? Number(text) : RFC3339.test(text) ? Date.parse(text) / 1000 : Number.NaN;
  if (Number.isNaN(seconds)) throw new ApiError(`cannot parse "${text}" to a valid timestamp`);
  return seconds;
}

/** Seconds. @throws ApiError */
function duration(text: string): number {
  if (NUMBER.test(text)) return Number(text);
  const match = DURATION.exec(text);
  if (match === null) throw new ApiError(`cannot parse "${text}" to a valid duration`);
  return UNIT_SECONDS.reduce((sum, unit, index) => sum + unit * Number(match[index + 1] ?? 0), 0);
}

function named<T>(parameter: string, parse: () => T, prefix = ""): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof ApiError ? invalid(parameter, prefix + error.message) : error;
  }
}

/** `query` says the name twice where it has a default; so does Prometheus. */
export function timeOr(parameters: URLSearchParams, name: string, fallback: number): number {
  const text = parameters.get(name) ?? "";
  return text === "" ? fallback : named(name, () => time(text), `Invalid time value for '${name}': `);
}

export function checkTimeout(parameters: URLSearchParams): void {
  const text = parameters.get("timeout") ?? "";
  if (text !== "") named("timeout", () => duration(text));
}

export function readRange(parameters: URLSearchParams): { start: number; end: number; step: number } {
  const start = named("start", () => time(parameters.get("start") ?? ""));
  const end = named("end", () => time(parameters.get("end") ?? ""));
  if (end < start) throw invalid("end", "end timestamp must not be before start time");
  const step = named("step", () => duration(parameters.get("step") ?? ""));
  if (step <= 0) {
    throw invalid("step", "zero or negative query resolution step widths are not accepted. Try a positive integer");
  }
  if ((end - start) / step > MAX_POINTS) {
    throw new ApiError(
      "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
    );
  }
  return { start, end, step };
}
