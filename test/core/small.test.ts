// The small rooms of core: clip, closest, secret, in-flight.
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { byteLength, clipBytes, clipText, oneLine } from "../../src/core/clip.ts";
import { closest } from "../../src/core/closest.ts";
import { InFlight } from "../../src/core/in-flight.ts";
import { Secret, keepFresh } from "../../src/core/secret.ts";
import { until } from "../support/wire.ts";

describe("clip", () => {
  it("never exceeds its bytes and never splits a character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(200), (text, max) => {
        const head = clipBytes(text, max);
        expect(byteLength(head)).toBeLessThanOrEqual(max);
        expect(text.startsWith(head)).toBe(true);
        expect(head.isWellFormed()).toBe(true);
      }),
    );
  });

  it("leaves what fits alone and says what it cut", () => {
    expect(clipText("abc", 3)).toBe("abc");
    expect(clipText("abcd", 3)).toMatch(/^abc\n\[cut here: 3 of 4 bytes/);
  });

  it("puts hostile text on one line", () => {
    expect(oneLine("a\r\n\u0000b\u2028c", 10)).toBe("a b c");
    expect(oneLine("😀😀😀", 2)).toBe("😀😀…");
  });
});

it("offers the nearest names first, and none that is far", () => {
  const names = ["up", "http_requests_total", "http_request_duration_seconds", "node_load1"];
  expect(closest("http_request_total", names, 2)).toEqual(["http_requests_total", "http_request_duration_seconds"]);
  expect(closest("zzzzzzzz", names, 5)).toEqual([]);
});

describe("Secret", () => {
  it("prints as stars everywhere", () => {
    const secret = new Secret("canary");
    expect([String(secret), JSON.stringify({ secret }), inspect({ secret }), `${secret}`].join(" ")).not.toContain(
      "canary",
    );
    expect(secret.reveal()).toBe("canary");
  });

  it("follows its file, without the last newline, and keeps the value when the file is gone", async () => {
    const path = join(await mkdtemp(join(tmpdir(), "ops-hub-")), "token");
    await writeFile(path, "one\n");
    const secret = await Secret.fromFile(path);
    await writeFile(path, "two");
    expect([secret.reveal(), await secret.refresh(), secret.reveal()]).toEqual(["one", true, "two"]);
    expect(await new Secret("x", "/nowhere").refresh()).toBe(false);
  });

  it("is kept fresh until it is told to stop", async () => {
    const path = join(await mkdtemp(join(tmpdir(), "ops-hub-")), "token");
    await writeFile(path, "one");
    const secret = await Secret.fromFile(path);
    const stop = keepFresh([secret], 5);
    await writeFile(path, "two");
    await until(() => secret.reveal() === "two", "the secret to follow its file");
    await writeFile(path, "");
    await secret.refresh();
    expect(secret.reveal()).toBe("two");
    stop();
    vi.useFakeTimers();
    keepFresh([secret], 5)();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});

describe("InFlight", () => {
  it("is idle when all work has ended, each once", async () => {
    const work = new InFlight();
    const first = work.enter();
    const second = work.enter();
    const idle = work.idle(new AbortController().signal);
    first();
    first();
    expect(work.count).toBe(1);
    second();
    expect(await idle).toBe(true);
  });

  it("gives up when its signal fires", async () => {
    const work = new InFlight();
    work.enter();
    expect(await work.idle(AbortSignal.abort())).toBe(false);
    const stop = new AbortController();
    const idle = work.idle(stop.signal);
    stop.abort();
    expect(await idle).toBe(false);
  });
});
