// Sample values between Prometheus's text, our arithmetic and JSON, which has no NaN and no infinity.

/** A number, or the one of three words that JSON has no number for. */
export type Shown = number | "NaN" | "+Inf" | "-Inf";

/** The number in Prometheus's text; NaN when it is none. */
export function toNumber(text: string): number {
  if (text === "+Inf" || text === "Inf") return Number.POSITIVE_INFINITY;
  return text === "-Inf" ? Number.NEGATIVE_INFINITY : Number(text);
}

/** Four significant digits, and never what JSON.stringify would turn into null. */
export function show(value: number): Shown {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const rounded = Number(value.toPrecision(4));
  return Number.isFinite(rounded) ? rounded : value; // 1.7976e308 rounds up beyond the largest double
}
