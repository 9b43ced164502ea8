import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { addressKey } from "../../src/core/address-key.ts";
import { LIMIT_SETTINGS } from "../../src/auth/limit-settings.ts";
import { createLimits, type Limits } from "../../src/auth/limits.ts";
import { ANONYMOUS, EVERYTHING, type Caller } from "../../src/core/caller.ts";
import { Denied } from "../../src/core/denied.ts";
import { readSection } from "../../src/core/settings.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const caller = (id: string): Caller => ({ id, name: id, rights: EVERYTHING });
const [ann, bob] = [caller("ann"), caller("bob")];
const never = new AbortController().signal;

async function limitsOf(env: Record<string, string>, isOpen = false): Promise<Limits> {
  const { values, problems } = await readSection(LIMIT_SETTINGS, env);
  expect(problems).toEqual([]);
  return createLimits(values, isOpen);
}

/** What is thrown: status, Retry-After, message. */
async function refusal(work: () => unknown): Promise<unknown[]> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Denied)) throw error;
    return [error.status, error.headers["retry-after"], error.message];
  }
  return [];
}

describe("calls a minute", () => {
  it("are 600 of each caller by default, whatever the others do", async () => {
    const limits = await limitsOf({});
    for (let i = 0; i < 600; i++) await limits.calls(ann, 1);
    expect(await refusal(() => limits.calls(ann, 1))).toEqual([
      429,
      "60",
      "one caller may make 600 tool calls a minute; try again in 60 s",
    ]);
    await limits.calls(bob, 600);
    expect((await refusal(() => limits.calls(bob, 1)))[0]).toBe(429);
  });

  it("begin anew after the minute, and Retry-After says when", async () => {
    const limits = await limitsOf({ RATE_LIMIT_CALLS_PER_MINUTE: "2" });
    await limits.calls(ann, 2);
    vi.advanceTimersByTime(45_000);
    expect((await refusal(() => limits.calls(ann, 1)))[1]).toBe("15");
    vi.advanceTimersByTime(15_000);
    await limits.calls(ann, 2);
    expect((await refusal(() => limits.calls(ann, 1)))[0]).toBe(429);
  });

  it("of callers without a name are counted by address", async () => {
    const limits = await limitsOf({ RATE_LIMIT_CALLS_PER_MINUTE: "1" });
    const at = (one: Caller, address: string) => limits.calls({ ...one, address }, 1);
    await at(ANONYMOUS, "10.0.0.1");
    await at(ANONYMOUS, "10.0.0.2");
    await at(ann, "10.0.0.1");
    expect((await refusal(() => at(ANONYMOUS, "::ffff:10.0.0.1")))[0]).toBe(429);
    expect((await refusal(() => at(ann, "10.9.9.9")))[0]).toBe(429);
  });
});

describe("requests of an address without a caller", () => {
  it("are 120 a minute by default, a /64 being one address", async () => {
    const limits = await limitsOf({});
    for (let i = 0; i < 120; i++) await limits.address(`2001:db8:0:1::${i.toString(16)}`);
    expect(await refusal(() => limits.address("2001:db8:0:1:ffff::1"))).toEqual([
      429,
      "60",
      expect.stringContaining("120 requests a minute"),
    ]);
    await limits.address("2001:db8:0:2::1");
  });

  it("are forgotten, oldest first, when too many addresses come", async () => {
    const limits = await limitsOf({ RATE_LIMIT_ADDRESS_PER_MINUTE: "1" });
    for (let i = 0; i <= 20_000; i++) await limits.address(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
    expect((await refusal(() => limits.address("10.0.78.32")))[0]).toBe(429);
    expect(await refusal(() => limits.address("10.0.0.0"))).toEqual([]);
  });
});

describe("calls at once", () => {
  it("past the limit wait for a place, in order", async () => {
    const limits = await limitsOf({ MAX_CONCURRENT_CALLS: "1" });
    const leave = await limits.enter(ann, never);
    await limits.enter(bob, never);
    const order: string[] = [];
    const second = limits.enter(ann, never).then((free) => (order.push("second"), free));
    const third = limits.enter(ann, never).then((free) => (order.push("third"), free));
    leave();
    leave(); // counts once
    (await second)();
    (await third)();
    expect(order).toEqual(["second", "third"]);
    await limits.enter(ann, never);
  });

  it("are refused after 5 s with a hint, and leave no trace", async () => {
    const limits = await limitsOf({ MAX_CONCURRENT_CALLS: "1" });
    const leave = await limits.enter(ann, never);
    const waiting = refusal(() => limits.enter(ann, never));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await waiting).toEqual([
      429,
      "1",
      "1 calls of this caller are running, and none ended within 5 s; send fewer at once",
    ]);
    leave();
    await limits.enter(ann, never);
  });

  it("give up with their signal", async () => {
    const limits = await limitsOf({ MAX_CONCURRENT_CALLS: "1" });
    const leave = await limits.enter(ann, never);
    const gone = new AbortController();
    const waiting = limits.enter(ann, gone.signal);
    gone.abort(new Error("gone"));
    leave(); // in the same breath: the place must not go to the one who left
    await expect(waiting).rejects.toThrow("gone");
    await limits.enter(ann, never);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("event streams", () => {
  it("of one caller end at 50", async () => {
    const limits = await limitsOf({});
    const open = Array.from({ length: 50 }, () => limits.stream(ann));
    expect(await refusal(() => limits.stream(ann))).toEqual([503, "5", expect.stringContaining("50 event streams")]);
    limits.stream(bob);
    open[0]?.();
    limits.stream(ann);
  });
});

describe("no limit", () => {
  it.each([
    ["stands on loopback without AUTH_MODE", {}, true],
    [
      "is what 0 means",
      {
        RATE_LIMIT_CALLS_PER_MINUTE: "0",
        MAX_CONCURRENT_CALLS: "0",
        MAX_STREAMS_PER_CALLER: "0",
        RATE_LIMIT_ADDRESS_PER_MINUTE: "0",
      },
      false,
    ],
  ])("%s", async (_what, env, isOpen) => {
    const limits = await limitsOf(env, isOpen);
    for (let i = 0; i < 1_000; i++) {
      await limits.calls(ann, 1);
      await limits.enter(ann, never);
      limits.stream(ann);
      await limits.address("10.0.0.1");
    }
    expect(await refusal(() => limits.calls(ann, 1_000))).toEqual([]);
  });

  it("is no excuse for the one that was set", async () => {
    const limits = await limitsOf({ RATE_LIMIT_CALLS_PER_MINUTE: "1" }, true);
    await limits.calls(ANONYMOUS, 1);
    expect((await refusal(() => limits.calls(ANONYMOUS, 1)))[0]).toBe(429);
  });
});

it.each([
  ["10.0.0.5", "10.0.0.5"],
  ["::ffff:10.0.0.5", "10.0.0.5"],
  ["2001:DB8::1", "2001:db8:0:0::/64"],
  ["2001:0db8:0000:0001::", "2001:db8:0:1::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["64:ff9b::10.0.0.5", "64:ff9b:0:0::/64"],
  ["unknown", "unknown"],
])("counts %s as %s", (address, key) => expect(addressKey(address)).toBe(key));

describe("TRUST_PROXY", () => {
  it.each([
    [undefined, false],
    ["false", false],
    ["True", true],
    ["10.0.0.0/8, ::1,loopback", ["10.0.0.0/8", "::1", "loopback"]],
  ])("reads %j", async (text, value) => {
    const { values, problems } = await readSection(LIMIT_SETTINGS, { TRUST_PROXY: text });
    expect([values.trustProxy, problems]).toEqual([value, []]);
  });

  it.each(["proxy.example.com", "10.0.0.0/33", "10.0.0.0/8/1", "1", "10.0.0.0/-1", "::1/129"])(
    "refuses %j",
    async (text) =>
      expect((await readSection(LIMIT_SETTINGS, { TRUST_PROXY: text })).problems).toEqual([
        "TRUST_PROXY must be true, false or a comma list of addresses and ranges such as 10.0.0.0/8",
      ]),
  );
});
