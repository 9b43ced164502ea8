// The y axis: round ticks in the unit a person reads (0, 5, 10 MiB), and room for constant, tiny and huge values.
import { rungFor, type Unit } from "./units.ts";

export interface ValueAxis {
  readonly min: number;
  readonly max: number;
  readonly interval: number;
  readonly label: (value: number) => string;
}

/** Beyond this, differences of two values overflow; such points are drawn at the edge. */
export const LARGEST = 1e300;

/** Below this, arithmetic on ticks underflows; such values are drawn as zero. */
const SMALLEST = 1e-290;

/** An axis over `values` (finite, in raw units) with about `count` intervals. */
export function valueAxis(low: number, high: number, unit: Unit, count: number): ValueAxis {
  const [from, to] = domain(low * unit.scale, high * unit.scale);
  const rung = rungFor(Math.max(Math.abs(from), Math.abs(to)), unit);
  const step = niceStep((to - from) / count / rung.factor, rung.suffix);
  const first = Math.floor(from / rung.factor / step + 1e-9);
  const last = Math.max(Math.ceil(to / rung.factor / step - 1e-9), first + 1);
  const raw = (ticks: number): number => (ticks * step * rung.factor) / unit.scale;
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const label = (value: number): string => {
    const ticks = Math.round((value * unit.scale) / rung.factor / step);
    if (ticks === 0) return unit.rungs.length > 1 ? "0" : `0${rung.suffix}`;
    return `${tickNumber(ticks * step, decimals)}${rung.suffix}`;
  };
  return { min: raw(first), max: raw(last), interval: raw(1), label };
}

/**
 * Zero is part of the picture unless the values vary by less than a fifth of their size. Then the axis zooms in, but never so far
 * that the labels need more than four digits.
 */
function domain(low: number, high: number): readonly [number, number] {
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (size < SMALLEST) return [0, 1];
  if (low === high || (low >= 0 && high - low > high / 5)) return [Math.min(0, low), Math.max(0, high)];
  if (high <= 0 && high - low > -low / 5) return [low, 0];
  return [Math.min(low, high - size / 500), high]; // downwards, so that 100% stays the top
}

function niceStep(rough: number, suffix: string): number {
  const clock =
    suffix === " min" || suffix === " s" ? [1, 2, 5, 10, 15, 30] : suffix === " h" ? [1, 2, 3, 6, 12, 24] : [];
  const onClock = rough >= 1 ? clock.find((step) => step >= rough * 0.9) : undefined;
  if (onClock !== undefined) return onClock;
  const power = 10 ** Math.floor(Math.log10(rough));
  const lead = [1, 2, 5, 10].find((candidate) => candidate * power >= rough * 0.9) ?? 10;
  return lead * power;
}

function tickNumber(value: number, decimals: number): string {
  const size = Math.abs(value);
  if (size >= 1e6 || decimals > 4) return Number(value.toPrecision(5)).toExponential().replace("e+", "e");
  return value.toFixed(decimals);
}
