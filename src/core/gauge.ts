// Numbers that are asked for at each scrape rather than kept.
import { Gauge, type Registry } from "prom-client";

export interface GaugeName {
  readonly name: string;
  readonly help: string;
}

/** One number. */
export function showGauge(register: Registry, { name, help }: GaugeName, read: () => number): void {
  const gauge: Gauge = new Gauge({ name, help, registers: [], collect: () => gauge.set(read()) });
  register.registerMetric(gauge);
}
