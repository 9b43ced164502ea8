// Metrics as text, in both dialects a Prometheus asks for: https://prometheus.io/docs/instrumenting/exposition_formats/

export type Labels = Readonly<Record<string, string>>;

export interface Exemplar {
  readonly labels: Labels;
  readonly value: number;
  /** Unix seconds. */
  readonly time: number;
}

export interface Sample {
  /** With `_total`, `_bucket`, ... */
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
  readonly exemplar?: Exemplar;
}

export interface Family {
  /** As OpenMetrics has it: a counter without its `_total`. */
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly samples: readonly Sample[];
}

export type Dialect = "openmetrics" | "text";

export const CONTENT_TYPES: Readonly<Record<Dialect, string>> = {
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  text: "text/plain; version=0.0.4; charset=utf-8",
};

/** One page. Only OpenMetrics has exemplars. */
export function renderPage(families: readonly Family[], dialect: Dialect): string {
  const blocks = families.map(({ name, type, help, samples }) => {
    const shown = dialect === "text" && type === "counter" ? `${name}_total` : name;
    const lines = samples.map((sample) => renderSample(sample) + (dialect === "openmetrics" ? mark(sample) : ""));
    return `# HELP ${shown} ${help}\n# TYPE ${shown} ${type}\n${lines.join("\n")}\n`;
  });
  return blocks.join("") + (dialect === "openmetrics" ? "# EOF\n" : "");
}

/** One line without its end; `seconds` is the optional Unix time. */
export function renderSample({ name, labels, value }: Sample, seconds?: number): string {
  return `${name}${renderLabels(labels)} ${value}${seconds === undefined ? "" : ` ${seconds}`}`;
}

function mark({ exemplar }: Sample): string {
  return exemplar === undefined ? "" : ` # ${renderLabels(exemplar.labels)} ${exemplar.value} ${exemplar.time}`;
}

function renderLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

const escape = (value: string): string => value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
