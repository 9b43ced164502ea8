// One line of the Prometheus text format and of OpenMetrics: https://prometheus.io/docs/instrumenting/exposition_formats/

export type Labels = Record<string, string>;

/** `tail` is what follows the value: a timestamp, or an OpenMetrics exemplar. */
export function metricLine(name: string, labels: Labels, value: string, tail?: string): string {
  return `${name}{${labelPairs(labels)}} ${value}${tail === undefined ? "" : ` ${tail}`}\n`;
}

export function labelPairs(labels: Labels): string {
  return Object.entries(labels)
    .map(
      ([name, value]) => `${name}="${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`,
    )
    .join(",");
}
