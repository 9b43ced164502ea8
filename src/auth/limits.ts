// How much a caller may ask: so many calls a minute, so many at once, so many open streams. Whoever has no name is counted
// by address.
import { LRUCache } from "lru-cache";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { ANONYMOUS, type Caller } from "../core/caller.ts";
import { Denied } from "../core/denied.ts";
import { addressKey } from "../core/address-key.ts";
import type { LimitSettings } from "./limit-settings.ts";
import { Places } from "./places.ts";

const MINUTE_SECONDS = 60;
const WAIT_MS = 5_000;
/** Callers and addresses that are counted at a time; whoever was seen longest ago starts anew. */
const MAX_COUNTED = 20_000;

/** Of callers without a name the address stands for them. */
type Counted = Caller & { readonly address?: string | undefined };

export interface Limits {
  /** Counts n tool calls. @throws Denied 429 with Retry-After */
  calls(caller: Counted, n: number): Promise<void>;
  /** Waits at most 5 s for one of the caller's places; the function gives it back. @throws Denied 429, or the signal's reason */
  enter(caller: Counted, signal: AbortSignal): Promise<() => void>;
  /** Takes a place for an event stream; the function gives it back. @throws Denied 503 */
  stream(caller: Counted): () => void;
  /** Counts one request of an address that has no caller: anonymous or refused. @throws Denied 429 with Retry-After */
  address(address: string): Promise<void>;
  /** Counts nothing: has this address no request left? @throws Denied 429 with Retry-After */
  spare(address: string): Promise<void>;
}

/** @param isOpen loopback without AUTH_MODE: only limits that somebody set */
export function createLimits(settings: LimitSettings, isOpen: boolean): Limits {
  const chosen = (given: number | undefined, usual: number): number => given ?? (isOpen ? 0 : usual);
  const most = {
    calls: chosen(settings.callsPerMinute, 600),
    places: chosen(settings.concurrentCalls, 32),
    streams: chosen(settings.streamsPerCaller, 50),
    requests: chosen(settings.requestsPerAddress, 120),
  };
  const calls = perMinute(most.calls, `one caller may make ${most.calls} tool calls a minute`);
  const requests = perMinute(
    most.requests,
    `one address without a known caller may send ${most.requests} requests a minute`,
  );
  const places = new Places(most.places);
  const streams = new Places(most.streams);
  return {
    calls: (caller, n) => calls.count(keyOf(caller), n),
    async enter(caller, signal) {
      const leave = await places.wait(keyOf(caller), WAIT_MS, signal);
      if (leave !== undefined) return leave;
      throw tooMuch(
        429,
        `${most.places} calls of this caller are running, and none ended within 5 s; send fewer at once`,
        1,
      );
    },
    stream(caller) {
      const leave = streams.take(keyOf(caller));
      if (leave !== undefined) return leave;
      throw tooMuch(503, `one caller may hold ${most.streams} event streams open; close one and try again`, 5);
    },
    address: (address) => requests.count(addressKey(address), 1),
    spare: (address) => requests.spare(addressKey(address)),
  };
}

const keyOf = ({ id, address }: Counted): string =>
  id === ANONYMOUS.id && address !== undefined ? `${id} ${addressKey(address)}` : id;

interface PerMinute {
  count(key: string, n: number): Promise<void>;
  spare(key: string): Promise<void>;
}

/** Counts in windows of a minute that begin with the first request. */
function perMinute(points: number, rule: string): PerMinute {
  if (points === 0) return { count: () => Promise.resolve(), spare: () => Promise.resolve() };
  const limiter = new RateLimiterMemory({ points, duration: MINUTE_SECONDS });
  const counted = new LRUCache<string, true>({
    max: MAX_COUNTED,
    dispose: (_value, key, reason) => void (reason === "evict" && limiter.delete(key)),
  });
  const refusal = ({ msBeforeNext }: RateLimiterRes): Denied => {
    const seconds = Math.max(1, Math.ceil(msBeforeNext / 1_000));
    return tooMuch(429, `${rule}; try again in ${seconds} s`, seconds);
  };
  return {
    async count(key, n) {
      counted.set(key, true);
      try {
        await limiter.consume(key, n);
      } catch (error) {
        throw error instanceof RateLimiterRes ? refusal(error) : error;
      }
    },
    async spare(key) {
      const state = await limiter.get(key);
      if (state !== null && state.consumedPoints >= points) throw refusal(state);
    },
  };
}

const tooMuch = (status: number, message: string, seconds: number): Denied =>
  new Denied(status, message, { headers: { "retry-after": String(seconds) } });
