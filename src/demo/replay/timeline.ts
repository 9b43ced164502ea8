// The captured day laid so that it ends now: the newest sample stands on the last whole step, so answers a second apart agree.
import type { CapturedSeries } from "./capture.ts";

/** As Prometheus: a sample is current for five minutes. */
const LOOKBACK_SECONDS = 300;

export type Point = readonly [unixSeconds: number, value: string];

export class Timeline {
  /** Unix seconds of the newest sample. */
  readonly end: number;
  readonly #stepSeconds: number;

  constructor(nowMilliseconds: number, stepSeconds: number) {
    this.end = Math.floor(nowMilliseconds / 1000 / stepSeconds) * stepSeconds;
    this.#stepSeconds = stepSeconds;
  }

  /** The value of the newest step at or before `time`. A gap of the capture stays a gap: there was no answer at that minute. */
  valueAt({ values }: CapturedSeries, time: number): string | undefined {
    if (time > this.end + LOOKBACK_SECONDS) return undefined;
    const back = Math.max(0, Math.ceil((this.end - time) / this.#stepSeconds));
    return values[values.length - 1 - back];
  }

  range(series: CapturedSeries, { start, end, step }: { start: number; end: number; step: number }): Point[] {
    const points: Point[] = [];
    // Counted in milliseconds, as Prometheus does, so that 0.1 s steps do not drift.
    const [first, last, stride] = [start, end, step].map((seconds) => Math.round(seconds * 1000));
    if (first === undefined || last === undefined || stride === undefined) return points;
    for (let at = first; at <= last; at += stride) {
      const value = this.valueAt(series, at / 1000);
      if (value !== undefined) points.push([at / 1000, value]);
    }
    return points;
  }

  /**
   * A captured reply with its times, which are stored relative to the end, made absolute.
   * `activeAt`, `lastScrape` and `lastEvaluation` are RFC 3339, `timestamp` is seconds, `minTime` and `maxTime` are milliseconds.
   */
  shift(reply: unknown): unknown {
    if (Array.isArray(reply)) return reply.map((item) => this.shift(item));
    if (typeof reply !== "object" || reply === null) return reply;
    return Object.fromEntries(Object.entries(reply).map(([key, value]) => [key, this.#member(key, value)]));
  }

  #member(key: string, value: unknown): unknown {
    if (typeof value !== "number") return this.shift(value);
    const at = Math.round((this.end + value) * 1000) / 1000;
    switch (key) {
      case "activeAt":
      case "lastScrape":
      case "lastEvaluation":
        return new Date(at * 1000).toISOString();
      case "timestamp":
        return at;
      case "minTime":
      case "maxTime":
        return Math.round(at * 1000);
      default:
        return value;
    }
  }
}
