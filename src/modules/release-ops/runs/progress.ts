// Tells the client what a command writes while it runs: the latest line, at most ten times a second, and a sign of life when
// it is silent, since proxies and clients give up on silence.
import type { Clock } from "../../../core/clock.ts";
import type { CallContext } from "../../../core/context.ts";

export const PROGRESS_EVERY_MS = 100;
export const HEARTBEAT_MS = 10_000;
const MAX_LINE_CHARS = 500;

export interface Progress {
  readonly onLine: (line: string) => void;
  /** Nothing is told after this. */
  stop(): void;
}

export function createProgress(context: Pick<CallContext, "progress">, clock: Clock, lines: boolean): Progress {
  const startedAt = clock.now();
  let [count, told, toldAt] = [0, 0, -Infinity];
  let latest: string | undefined;
  let pause: NodeJS.Timeout | undefined;
  let heart: NodeJS.Timeout | undefined;
  const beat = (): void => {
    clearTimeout(heart);
    heart = setTimeout(() => tell(`running for ${Math.round((clock.now() - startedAt) / 1_000)} s`), HEARTBEAT_MS);
  };
  const tell = (message: string): void => {
    toldAt = clock.now();
    told = Math.max(count, told + 1); // it must grow
    context.progress(message, told);
    beat();
  };
  const flush = (): void => {
    pause = undefined;
    if (latest === undefined) return;
    tell(latest);
    latest = undefined;
  };
  beat();
  return {
    onLine(line) {
      count += 1;
      if (!lines || line.trim() === "") return;
      latest = line.slice(0, MAX_LINE_CHARS);
      if (pause !== undefined) return;
      const wait = toldAt + PROGRESS_EVERY_MS - clock.now();
      if (wait > 0) pause = setTimeout(flush, wait);
      else flush();
    },
    stop() {
      clearTimeout(heart);
      clearTimeout(pause);
      latest = undefined;
    },
  };
}
