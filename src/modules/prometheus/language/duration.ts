// Durations as Prometheus writes them (1h30m, 250ms): https://prometheus.io/docs/prometheus/latest/querying/basics/#float-literals-and-time-durations

const UNITS = [
  ["y", 365 * 86_400],
  ["w", 7 * 86_400],
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
  ["s", 1],
  ["ms", 0.001],
] as const;

const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** Seconds of `1h30m`; undefined when the text is no duration. Each unit at most once, largest first, as in Prometheus. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (match === null || text === "") return undefined;
  const seconds = UNITS.reduce((sum, [, size], i) => sum + Number(match[i + 1] ?? 0) * size, 0);
  return Number.isSafeInteger(Math.round(seconds * 1000)) ? Math.round(seconds * 1000) / 1000 : undefined;
}

/** The inverse, exact to the millisecond: 5400 is `1h30m`. Weeks and years are written in days. */
export function formatDuration(seconds: number): string {
  let rest = Math.round(Math.abs(seconds) * 1000);
  let text = "";
  for (const [unit, size] of UNITS) {
    const count = unit === "y" || unit === "w" ? 0 : Math.floor(rest / (size * 1000));
    rest -= count * size * 1000;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === "" ? "0s" : text;
}
