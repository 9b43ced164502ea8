// Time in UTC: tick labels that name the day at midnight, and a caption that always says the day and "UTC".

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY = 86_400;

/** Ticks in milliseconds on round UTC times between `start` and `end` (Unix seconds), about `count` of them. */
export function timeTicks(start: number, end: number, count: number): readonly number[] {
  const rough = (end - start) / Math.max(1, count);
  if (rough > 21 * DAY) return monthTicks(start, end, rough / (30 * DAY));
  const step = STEPS.find((candidate) => candidate >= rough) ?? 28 * DAY;
  const offset = step % (7 * DAY) === 0 ? 4 * DAY : 0; // 1970 began on a Thursday; weeks begin on Monday
  const ticks: number[] = [];
  for (let t = Math.ceil((start - offset) / step) * step + offset; t <= end; t += step) ticks.push(t * 1000);
  return ticks;
}

const STEPS = [
  [1, 2, 5, 10, 15, 30],
  [60, 120, 300, 600, 900, 1800],
  [3600, 7200, 10_800, 21_600, 43_200],
  [DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY],
].flat();

function monthTicks(start: number, end: number, roughMonths: number): readonly number[] {
  const step = [1, 2, 3, 6].find((candidate) => candidate >= roughMonths) ?? Math.ceil(roughMonths / 12) * 12;
  const first = new Date(start * 1000).getUTCFullYear() * 12;
  const ticks: number[] = [];
  for (let month = first; ; month += step) {
    const at = Date.UTC(Math.floor(month / 12), month % 12);
    if (at > end * 1000 || Number.isNaN(at)) return ticks;
    if (at >= start * 1000) ticks.push(at);
  }
}

/** `14:30`, `14:30:15` between minutes, `25 Nov` at midnight, `Jan 2026` at the turn of a month when ticks are months. */
export function tickLabel(milliseconds: number, ticks: readonly number[]): string {
  const date = new Date(milliseconds);
  const spacing = ((ticks[1] ?? milliseconds) - (ticks[0] ?? milliseconds)) / 1000;
  const month = MONTHS[date.getUTCMonth()] ?? "";
  if (spacing > 28 * DAY || (spacing === 28 * DAY && date.getUTCDate() === 1))
    return `${month} ${date.getUTCFullYear()}`;
  const time = date.toISOString().slice(11, 19);
  if (time === "00:00:00") return `${date.getUTCDate()} ${month}`;
  return spacing > 0 && spacing < 60 ? time : time.slice(0, 5);
}

/** The whole range in words: `25 Nov 2025, 10:00 – 16:00 UTC`, or `24 Nov 2025, 22:00 – 25 Nov 2025, 04:00 UTC`. */
export function rangeCaption(start: number, end: number): string {
  const [from, to] = [new Date(start * 1000), new Date(end * 1000)];
  const length = end - start < 600 ? 19 : 16; // seconds matter only in a short range
  const time = (date: Date): string => date.toISOString().slice(11, length);
  const until = day(from) === day(to) ? time(to) : `${day(to)}, ${time(to)}`;
  return `${day(from)}, ${time(from)} – ${until} UTC`;
}

const day = (date: Date): string => `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
