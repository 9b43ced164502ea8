import { setImmediate as later } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Trail } from "../../src/core/trail.ts";
import { keepSpans } from "../support/spans.ts";

const work = { name: "work", kind: "internal" } as const;

describe("a trail that traces nothing", () => {
  it("names the call of each line, and no span", async () => {
    const trail = new Trail();
    expect(trail.isTraced).toBe(false);
    const fields = await trail.call("c-1", () =>
      trail.span(work, async (span) => {
        span.set({ a: 1 });
        span.fail("timeout");
        await later();
        return { fields: trail.fields(), carrier: trail.carrier };
      }),
    );
    expect(fields).toEqual({ fields: { callId: "c-1" }, carrier: {} });
    expect(trail.fields()).toEqual({});
    await trail.close();
  });

  it("throws on what the work throws", async () => {
    const error = new Error("no");
    await expect(new Trail().span(work, () => Promise.reject(error))).rejects.toBe(error);
  });
});

describe("a trail that traces", () => {
  it("gives each line its call and its span, however many wait at the same time", async () => {
    const spans = keepSpans();
    const trail = spans.trail();
    const one = (n: number) =>
      trail.call(`c-${n}`, () =>
        trail.span({ ...work, name: `outer ${n}` }, async () => {
          const before = trail.fields();
          await later();
          const inner = await trail.span({ ...work, name: `inner ${n}` }, async () => {
            await later();
            return trail.fields();
          });
          return { before, inner, after: trail.fields() };
        }),
      );
    const seen = await Promise.all([one(1), one(2), one(3)]);
    for (const [i, { before, inner, after }] of seen.entries()) {
      const outerSpan = spans.one(`outer ${i + 1}`);
      const innerSpan = spans.one(`inner ${i + 1}`);
      const callId = `c-${i + 1}`;
      expect(before).toEqual({ callId, trace_id: outerSpan.traceId, span_id: outerSpan.spanId });
      expect(after).toEqual(before);
      expect(inner).toEqual({ callId, trace_id: outerSpan.traceId, span_id: innerSpan.spanId });
      expect(innerSpan.parentId).toBe(outerSpan.spanId);
      expect(outerSpan.parentId).toBeUndefined();
    }
    expect(new Set(spans.all().map(({ traceId }) => traceId)).size).toBe(3);
    expect(trail.fields()).toEqual({});
  });

  it("carries the span that is open, and nothing where none is", async () => {
    const spans = keepSpans();
    const trail = spans.trail();
    const carrier = await trail.span(work, async () => trail.carrier);
    const { traceId, spanId } = spans.one("work");
    expect(carrier).toEqual({ traceparent: `00-${traceId}-${spanId}-01` });
    expect(trail.carrier).toEqual({});
  });

  it("goes on from its span when a call begins inside it", async () => {
    const spans = keepSpans();
    const trail = spans.trail();
    const fields = await trail.span(work, () => trail.call("c-1", async () => trail.fields()));
    expect(fields).toEqual({ callId: "c-1", trace_id: spans.one("work").traceId, span_id: spans.one("work").spanId });
  });

  it("marks what throws by the error's name and never by its message, and ends it", async () => {
    const spans = keepSpans();
    const trail = spans.trail();
    const hold = (reason: unknown) => trail.span(work, () => Promise.reject(reason)).catch((error: unknown) => error);
    const error = new TypeError("password=hunter2");
    expect(await hold(error)).toBe(error);
    expect(await hold("password=hunter2")).toBe("password=hunter2");
    expect(spans.all().map(({ hasFailed, attributes }) => [hasFailed, attributes])).toEqual([
      [true, { "error.type": "TypeError" }],
      [true, { "error.type": "_OTHER" }],
    ]);
    expect(spans.all().map((span) => [spans.raw(span).status.message, spans.raw(span).events])).toEqual([
      [undefined, []],
      [undefined, []],
    ]);
  });

  it("keeps the first reason of a failure, and leaves out what is undefined", async () => {
    const spans = keepSpans();
    const trail = spans.trail();
    const attributes = { text: "a", count: 2, is: true, list: ["x", "y"], none: undefined };
    const failing = trail.span({ ...work, attributes }, async (span) => {
      span.set({ more: "b", neither: undefined });
      span.fail("timeout");
      span.fail("503");
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    const { attributes: kept, hasFailed } = spans.one("work");
    expect(kept).toEqual({ text: "a", count: 2, is: true, list: ["x", "y"], more: "b", "error.type": "timeout" });
    expect(hasFailed).toBe(true);
  });
});
