// What a metric says of itself, read from the registry: the laws judge it, and README lists it.
import type { Registry } from "prom-client";
import { z } from "zod";

export interface Metric {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

const shape = z.looseObject({
  name: z.string(),
  type: z.enum(["counter", "gauge", "histogram", "summary"]),
  labelNames: z.array(z.string()),
  help: z.string(),
});

export const metricsIn = (registry: Registry): readonly Metric[] =>
  registry.getMetricsAsArray().map((raw) => {
    const { name, type, labelNames, help } = shape.parse(raw);
    return { name, type, help, labels: labelNames.filter((label) => label !== "le") };
  });

/** Those of Node and the process are prom-client's own, under its names. */
export const isOurs = ({ name }: Metric): boolean => !/^(process|nodejs)_/.test(name);
