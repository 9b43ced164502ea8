// The day before the demo as OpenMetrics with timestamps, so that a real Prometheus has something to remember from its first second.
import { renderSample } from "./shop/exposition.ts";
import { DAY_SECONDS } from "./shop/plan.ts";
import { BATCH_TARGET, isBatchUp, type Shop } from "./shop/shop.ts";

export interface HistoryOptions {
  /** How much of the story before the start; default a day and ten minutes, so that a day back every rate is known. */
  readonly seconds?: number;
  /** Default 60. */
  readonly stepSeconds?: number;
}

/**
 * One piece of text per step, for `promtool tsdb create-blocks-from openmetrics`. Moves the shop to its start, and carries the labels
 * that scraping adds (`job`, `instance`), so that live samples continue the same series.
 */
export function* history(
  shop: Shop,
  { seconds = DAY_SECONDS + 600, stepSeconds = 60 }: HistoryOptions = {},
): Generator<string> {
  const targets = shop.targets();
  for (let offset = -seconds; offset < 0; offset += stepSeconds) {
    const at = shop.startedAt + offset;
    shop.advanceTo(at);
    const lines: string[] = [];
    for (const target of targets) {
      const samples = (shop.families(target.instance) ?? []).flatMap((family) => family.samples);
      for (const sample of samples)
        lines.push(renderSample({ ...sample, labels: { ...sample.labels, ...target } }, at));
      lines.push(renderSample({ name: "up", labels: { ...target }, value: 1 }, at));
    }
    lines.push(renderSample({ name: "up", labels: { ...BATCH_TARGET }, value: isBatchUp(offset) ? 1 : 0 }, at));
    yield `${lines.join("\n")}\n`;
  }
  yield "# EOF\n";
}
