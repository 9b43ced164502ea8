// Processes prepared for one key each: the hook has run (a configuration fetched, say), and every call forks from that
// pristine state. One preparation per key at a time; the least used key goes when there are too many.
import type { Socket } from "node:net";
import { LRUCache } from "lru-cache";
import type { Clock } from "../../../core/clock.ts";
import { killProcess } from "../../../core/process-group.ts";
import { ask } from "./frames.ts";

export interface Preloaded {
  readonly socket: string;
  end(): void;
}

export interface Preloads {
  /** The prepared process for this key; rejects when the hook failed, and then the next call tries again. */
  get(key: string, prepare: (onGone: () => void) => Promise<Preloaded>): Promise<Preloaded>;
  /** Ends the process of one key, or all; how many there were. */
  drop(key?: string): number;
  readonly size: number;
}

export interface PreloadLimits {
  readonly max?: number;
  readonly ttlMs?: number;
  /** For one run of the hook. */
  readonly hookMs?: number;
}

export const PRELOAD_DEFAULTS = { max: 50, ttlMs: 7 * 24 * 3_600_000, hookMs: 120_000 } as const;

export function createPreloads(clock: Clock, { max, ttlMs }: Pick<Required<PreloadLimits>, "max" | "ttlMs">): Preloads {
  const prepared = new LRUCache<string, Promise<Preloaded>>({
    max,
    ttl: ttlMs,
    ttlResolution: 0,
    perf: clock,
    dispose: (preloaded) => void preloaded.then((one) => one.end()).catch(() => {}),
  });
  return {
    get(key, prepare) {
      prepared.purgeStale();
      const known = prepared.get(key);
      if (known !== undefined) return known;
      const forget = (): void => {
        if (prepared.peek(key) === fresh) prepared.delete(key);
      };
      const fresh: Promise<Preloaded> = prepare(forget);
      prepared.set(key, fresh);
      fresh.catch(forget);
      return fresh;
    },
    drop(key) {
      const { size } = prepared;
      if (key === undefined) prepared.clear();
      else prepared.delete(key);
      return size - prepared.size;
    },
    get size() {
      return prepared.size;
    },
  };
}

export interface Derivation {
  readonly key: string;
  /** The zygote to derive from, and where the derived one shall listen. */
  readonly from: string;
  readonly socket: string;
  readonly env: Readonly<Record<string, string>>;
  readonly hookMs: number;
}

/** A derived zygote lives as long as this connection. */
export async function derive({ key, from, socket, env, hookMs }: Derivation, onGone: () => void): Promise<Preloaded> {
  let pid: number | undefined;
  let lifeline: Socket | undefined;
  let deadline: NodeJS.Timeout | undefined;
  const end = (): void => {
    lifeline?.destroy();
    if (pid !== undefined) killProcess(pid);
    pid = undefined;
  };
  try {
    const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
    const fail = (reason: string): void => reject(new Error(reason));
    deadline = setTimeout(() => fail(`the preload hook took longer than ${hookMs / 1000} s`), hookMs);
    const asked = await ask(from, { derive: key, env, socket }, (kind, payload) => {
      if (kind === "P") pid = Number(payload.toString());
      else if (kind === "R") resolve();
      else fail(payload.toString());
    });
    lifeline = asked.socket;
    const gone = async (): Promise<void> => {
      await asked.closed;
      pid = undefined;
      fail("the process ended while the preload hook ran");
      onGone();
    };
    void gone();
    await ready;
    return { socket, end };
  } catch (error) {
    end();
    throw error;
  } finally {
    clearTimeout(deadline);
  }
}
