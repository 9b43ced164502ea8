// The reply of query_exemplars: https://prometheus.io/docs/prometheus/latest/querying/api/#querying-exemplars
import { z } from "zod";
import { rfc3339 } from "../../../core/clock.ts";
import { ToolFailure } from "../../../core/failure.ts";
import { clipLabels, compareText, labelKey } from "../format/labels.ts";
import type { Labels } from "../format/reply.ts";
import { clipTo, takePage, type Page, type PageWindow } from "../lists/paging.ts";
import { projection } from "../projection.ts";

const labels = z.record(z.string(), z.string());
const reply = z.array(
  z.looseObject({
    seriesLabels: labels,
    exemplars: z.array(z.looseObject({ labels, value: z.string(), timestamp: z.number().min(-8.64e12).max(8.64e12) })),
  }),
);

/** A type, not an interface: the output schema is open. */
export type ShownExemplar = {
  time: string;
  /** As Prometheus wrote it. */
  value: string;
  trace_id?: string;
  labels: Labels;
  series: Labels;
};

export interface ExemplarsPage extends Page<ShownExemplar> {
  readonly series_total: number;
}

/** Newest first. */
export const exemplarsPage = projection("exemplarsPage", ({ data }, window: PageWindow): ExemplarsPage => {
  const parsed = reply.safeParse(data ?? []); // Prometheus writes null for an empty list
  if (!parsed.success) {
    const message = "INVALID_RESPONSE: the reply is no list of exemplars";
    throw new ToolFailure("unavailable", message, { code: "INVALID_RESPONSE" });
  }
  const all = parsed.data.flatMap(({ seriesLabels, exemplars }) => {
    const key = labelKey(seriesLabels);
    return exemplars.map((exemplar) => ({ ...exemplar, seriesLabels, key: key + labelKey(exemplar.labels) }));
  });
  all.sort((a, b) => b.timestamp - a.timestamp || compareText(a.key, b.key));
  return { series_total: parsed.data.length, ...takePage(all, window, describe) };
});

type Exemplar = z.infer<typeof reply>[number]["exemplars"][number] & { seriesLabels: Record<string, string> };

/** A last resort of no characters leaves the labels out. */
function describe({ labels, value, timestamp, seriesLabels }: Exemplar, maxCharacters: number): ShownExemplar {
  const traceId = labels["trace_id"] ?? labels["traceID"] ?? labels["traceId"] ?? labels["TraceID"];
  const shown = (set: Labels): Labels => (maxCharacters < 100 ? {} : clipLabels(set));
  return {
    time: rfc3339(Math.round(timestamp * 1000)),
    value: clipTo(value, 64),
    ...(traceId === undefined ? {} : { trace_id: clipTo(traceId, 128) }),
    labels: shown(labels),
    series: shown(seriesLabels),
  };
}
