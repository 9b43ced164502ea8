// A collector that refuses, hangs or is away: what is told of it, and what it costs.
import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startCollector, type Collector } from "../support/collector.ts";
import { until } from "../support/wire.ts";
import { FULL_BATCH, traceTo, work, workMuch, workOnce } from "./opened.ts";

const CANARY = "Canary-Collector-4f1c2e";

let collector: Collector;
beforeEach(async () => void (collector = await startCollector()));
afterEach(() => collector.close());

describe("a collector that fails", () => {
  it("is told of once, without a word of its own, until it has taken a batch again", async () => {
    const { trail, problems } = await traceTo(collector.url, {
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${CANARY}`,
    });
    const refuse = ({ headers: { authorization = "" } }: Collector["batches"][0], response: ServerResponse) =>
      void response.writeHead(401, authorization, { "www-authenticate": authorization }).end(authorization);
    const accept = collector.answer;
    const send = async (answer: Collector["answer"]): Promise<void> => {
      collector.answer = answer;
      const before = collector.batches.length;
      const answered = Promise.withResolvers<void>();
      collector.answer = (batch, response) => {
        response.once("finish", () => answered.resolve());
        answer(batch, response);
      };
      await workMuch(trail, FULL_BATCH);
      await answered.promise;
      expect(collector.batches.length).toBe(before + 1);
    };
    await send(refuse);
    await until(() => problems.length === 1, "the problem");
    await send(refuse);
    await send(accept);
    await send(refuse);
    await until(() => problems.length === 2, "the next problem");
    await trail.close();
    expect(problems).toEqual(["the collector answered 401", "the collector answered 401"]);
    expect(collector.batches[0]?.headers.authorization).toBe(`Bearer ${CANARY}`);
  });

  it("is named by what went wrong", async () => {
    const gone = await startCollector();
    await gone.close();
    const quick = { OTEL_EXPORTER_OTLP_TIMEOUT: "100" };
    expect(await workOnce(gone.url, quick)).toEqual(["connection refused"]);
    collector.answer = () => undefined;
    const tooLate = "the collector took no batch in time, or was too busy";
    expect(await workOnce(collector.url, quick)).toEqual([tooLate]);
    collector.answer = (_, response) => void response.writeHead(503).end();
    expect(await workOnce(collector.url, quick)).toEqual([tooLate]);
  });

  it("does not hold up the end of the hub for more than five seconds", async () => {
    collector.answer = () => undefined;
    const { trail } = await traceTo(collector.url);
    await work(trail);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      let isClosed = false;
      const closing = trail.close().then(() => (isClosed = true));
      for (let i = 0; i < 1_000 && collector.batches.length === 0; i++) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      await vi.advanceTimersByTimeAsync(4_900);
      expect([isClosed, collector.batches.length]).toEqual([false, 1]);
      await vi.advanceTimersByTimeAsync(100);
      await closing;
      expect(isClosed).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });

  it("for long costs no more memory than four batches that wait", async () => {
    const held: ServerResponse[] = [];
    collector.answer = (_, response) => void held.push(response);
    const { trail } = await traceTo(collector.url);
    await workMuch(trail, 10_000);
    await until(() => held.length === 1, "the first batch");
    expect(collector.batches).toHaveLength(1);
    collector.answer = (_, response) => void response.end();
    for (const response of held) response.end();
    await trail.close();
    expect(collector.batches).toHaveLength(5);
    const last = collector.batches.map(({ body }) => body.includes(`work ${FULL_BATCH * 5 - 1}`));
    expect(last.filter(Boolean)).toHaveLength(1);
    expect(collector.batches.some(({ body }) => body.includes("work 9999"))).toBe(false);
  });
});
