// Numbers as people read them: 1.5 MiB, 250 ms, 12 k req/s, 99.95%. One unit is a ladder of rungs, each a factor and a suffix.

interface Rung {
  readonly factor: number;
  readonly suffix: string;
  /** The smallest absolute value shown on this rung. */
  readonly from: number;
}

/** `scale` turns a raw sample into the base of the ladder (0.5 of a ratio into 50 percent). */
export interface Unit {
  readonly scale: number;
  readonly rungs: readonly Rung[];
}

const rung = (factor: number, suffix: string, from = factor): Rung => ({ factor, suffix, from });

const SI_PREFIXES = ["k", "M", "G", "T", "P", "E"];

/** Plain numbers change to thousands only at 10,000: 1,234 pods are 1234, not 1.23 k. */
const decimal = (tail: string): Unit => ({
  scale: 1,
  rungs: [
    rung(1, tail),
    ...SI_PREFIXES.map((prefix, i) => rung(1000 ** (i + 1), ` ${prefix}${tail}`, i === 0 ? 10_000 : undefined)),
  ],
});

const si = (symbol: string): Unit => ({
  scale: 1,
  rungs: ["", ...SI_PREFIXES].map((prefix, i) => rung(1000 ** i, ` ${prefix}${symbol}`)),
});

const iec = (symbol: string): Unit => ({
  scale: 1,
  rungs: ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].map((prefix, i) => rung(1024 ** i, ` ${prefix}${symbol}`)),
});

/** Minutes, hours and days start at two of them, so that 90 seconds stay 90 s. */
const duration = (seconds: number): Unit => ({
  scale: seconds,
  rungs: [
    rung(1e-9, " ns"),
    rung(1e-6, " µs"),
    rung(1e-3, " ms"),
    rung(1, " s"),
    rung(60, " min", 120),
    rung(3600, " h", 7200),
    rung(86_400, " d", 172_800),
  ],
});

const percent = (scale: number): Unit => ({ scale, rungs: [rung(1, "%")] });

const FAMILIES: ReadonlyArray<readonly [names: string, make: () => Unit]> = [
  ["none|short|number|1", () => decimal("")],
  ["s|sec|second|seconds", () => duration(1)],
  ["ms|millisecond|milliseconds", () => duration(1e-3)],
  ["us|µs|microsecond|microseconds", () => duration(1e-6)],
  ["ns|nanosecond|nanoseconds", () => duration(1e-9)],
  ["min|minute|minutes", () => duration(60)],
  ["h|hour|hours", () => duration(3600)],
  ["d|day|days", () => duration(86_400)],
  ["B|By|byte|bytes", () => iec("B")],
  ["B/s|Bps|binBps|byte/s|bytes/s|bytes/sec", () => iec("B/s")],
  ["decbytes", () => si("B")],
  ["bit|bits|decbits", () => si("bit")],
  ["bps|bit/s|bits/s", () => si("bit/s")],
  ["percent|%", () => percent(1)],
  ["ratio|percentunit", () => percent(100)],
  ["reqps|req/s|requests/s", () => decimal(" req/s")],
  ["ops|ops/s", () => decimal(" ops/s")],
  ["Hz|hertz", () => si("Hz")],
  ["cores|core", () => decimal(" cores")],
  ["celsius", () => decimal(" °C")],
];

/** The unit a name stands for: Prometheus' and Grafana's names; any other text is written behind the number. */
export function unitOf(name = ""): Unit {
  if (name === "") return decimal("");
  const family = FAMILIES.find(([names]) => names.split("|").includes(name));
  return family ? family[1]() : decimal(` ${name}`);
}

/** One value by itself, three digits: `1.5 MiB`. What is not a number says so. */
export function formatValue(value: number, unit: Unit): string {
  if (Number.isNaN(value)) return "NaN";
  const scaled = value * unit.scale;
  if (!Number.isFinite(scaled)) return scaled > 0 ? "+Inf" : "-Inf";
  if (scaled === 0) return `0${baseRung(unit).suffix}`;
  const first = rungFor(scaled, unit);
  const rounded = Number(shortNumber(scaled / first.factor, first.suffix === "%")) * first.factor;
  const best = rungFor(rounded, unit); // 999.9 ms round to 1 s, not to 1000 ms
  return `${shortNumber(scaled / best.factor, best.suffix === "%")}${best.suffix}`;
}

/** The rung on which `scaled` reads best. Beyond every prefix it is the base, with an exponent. */
export function rungFor(scaled: number, unit: Unit): Rung {
  const size = Math.abs(scaled);
  if (size >= 1e21) return baseRung(unit);
  return unit.rungs.findLast((candidate) => size >= candidate.from) ?? unit.rungs[0] ?? baseRung(unit);
}

const baseRung = (unit: Unit): Rung => unit.rungs.find((candidate) => candidate.factor === 1) ?? rung(1, "");

/** Three digits, and four for percents just below a hundred: 99.95% is not 100%. */
function shortNumber(value: number, isPercent: boolean): string {
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-3) return Number(value.toPrecision(3)).toExponential().replace("e+", "e");
  if (size >= 100) return value.toFixed(0);
  return String(Number(value.toPrecision(isPercent && size >= 99 ? 4 : 3)));
}
