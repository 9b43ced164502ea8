// Envelopes for the tests of the formats, and readers that see an answer as a client does: through JSON.
import type { Format, FormatOptions } from "../../../../src/modules/prometheus/format/answer.ts";
import { formatAnswer } from "../../../../src/modules/prometheus/format/answer.ts";
import type { Envelope } from "../../../../src/modules/prometheus/projection.ts";

export type Labels = Record<string, string>;
export type Point = [seconds: number, value: string];

export const START = 1_795_600_000;

export const matrixOf = (series: { metric: Labels; values: Point[] }[], more: object = {}): Envelope => ({
  status: "success",
  data: { resultType: "matrix", result: series },
  ...more,
});

export const vectorOf = (series: { metric: Labels; value: Point }[], more: object = {}): Envelope => ({
  status: "success",
  data: { resultType: "vector", result: series },
  ...more,
});

/** `count` series with `length` points each, 30 s apart; the value tells series and point. */
export const waves = (count: number, length: number): Envelope =>
  matrixOf(
    Array.from({ length: count }, (_, s) => ({
      metric: { __name__: "wave", job: "shop", instance: `10.0.0.${s}:9090` },
      values: Array.from({ length }, (_, p): Point => [START + p * 30, String(s + Math.sin(p / 7))]),
    })),
  );

export const options = (format: Format, more: Partial<FormatOptions> = {}): FormatOptions => ({
  format,
  budgetBytes: 24 * 1024,
  maxPoints: 120,
  stepSeconds: 30,
  isOrdered: false,
  query: "wave",
  ...more,
});

export interface Read {
  result_type: string;
  format: string;
  total: number;
  returned: number;
  truncated: boolean;
  truncated_by?: string;
  has_more: boolean;
  downsampled?: boolean;
  stats?: Record<string, unknown>[];
  warnings?: string[];
  infos?: string[];
  how_to_see_more?: string;
  data: {
    status?: string;
    data?: {
      resultType: string;
      result: ({ metric: Labels; values?: Point[]; value?: Point } & Record<string, unknown>)[];
    };
    resultType?: string;
    time?: string;
    value?: unknown;
    start?: string;
    step?: number;
    bucket_seconds?: number;
    common_labels?: Labels;
    label_cardinality?: Record<string, number>;
    points_total?: number;
    suggestions?: string[];
    series?: ({ labels: Labels; stats?: Record<string, unknown> } & Record<string, unknown>)[];
  };
}

/** The answer after a journey as JSON, and its weight. */
export function formatted(envelope: Envelope, given: FormatOptions): { answer: Read; bytes: number } {
  const json = JSON.stringify(formatAnswer(envelope, given));
  const answer: Read = JSON.parse(json);
  return { answer, bytes: Buffer.byteLength(json) };
}
