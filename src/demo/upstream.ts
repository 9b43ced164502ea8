// The Prometheus the demo asks: a real one where the machine has it, else replies captured from one.
import type { Clock } from "../core/clock.ts";
import { history } from "./history.ts";
import { startLoad } from "./load.ts";
import { startDemoPrometheus } from "./prometheus.ts";
import { readCapture } from "./replay/capture.ts";
import { Shop } from "./shop/shop.ts";
import { startStandIn } from "./stand-in.ts";

export interface DemoUpstream {
  readonly url: string;
  /** One sentence for the person. */
  readonly description: string;
  readonly close: () => Promise<void>;
  /** For the parent's `exit` event, when there is no time to close. */
  readonly kill: () => void;
}

export interface DemoUpstreamOptions {
  readonly clock: Clock;
  /** Where to look for binaries, as the PATH variable is written. */
  readonly path: string;
  readonly hubMetricsUrl: string;
  readonly signal: AbortSignal;
}

export async function startUpstream({ clock, ...options }: DemoUpstreamOptions): Promise<DemoUpstream> {
  const shop = new Shop({ seed: 7, startedAt: clock.now() });
  const load = await startLoad({ shop, clock });
  const scraped = { loadUrl: load.url, targets: shop.targets() };
  const prometheus = await startDemoPrometheus({ ...options, ...scraped, history: history(shop) });
  if (prometheus !== undefined) {
    const description = `a real Prometheus (${prometheus.url}) that watches a small shop and this hub`;
    const close = async () => {
      await prometheus.close();
      await load.close();
    };
    return { url: prometheus.url, description, close, kill: prometheus.kill };
  }
  await load.close();
  const standIn = await startStandIn({ capture: await readCapture(), clock });
  const description = "a stand-in that replays a real Prometheus's day (no `prometheus` is on this machine)";
  return { url: standIn.url, description, close: standIn.close, kill: () => undefined };
}
