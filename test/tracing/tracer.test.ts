// Spans as they are made: parents, links, what outsiders say of them, sampling, bounds.
import { describe, expect, it } from "vitest";
import type { Carrier } from "../../src/core/trail.ts";
import { SAMPLERS } from "../../src/tracing/settings.ts";
import { keepSpans, outside } from "../support/spans.ts";

const NOBODY = "0000000000000000";
const asked = (...from: Carrier[]) => ({ name: "asked", kind: "server", from }) as const;

/** The span of work that somebody outside asked for, and what goes on to an upstream. */
async function take(...from: Carrier[]) {
  const spans = keepSpans();
  const trail = spans.trail();
  const carrier = await trail.span(asked(...from), async () => trail.carrier);
  const span = spans.one("asked");
  return { ...span, raw: spans.raw(span), carrier };
}

describe("a span", () => {
  it("belongs to the one that is open, and says who asked whom", async () => {
    const spans = keepSpans();
    const trail = spans.trail();
    await trail.span({ name: "internal", kind: "internal" }, () =>
      trail.span({ name: "client", kind: "client" }, async () => undefined),
    );
    expect([spans.one("internal").kind, spans.one("client").kind]).toEqual(["internal", "client"]);
    expect(spans.one("internal").parentId).toBeUndefined();
    expect(spans.one("client").parentId).toBe(spans.one("internal").spanId);
    expect(spans.one("client").traceId).toBe(spans.one("internal").traceId);
  });

  it("tells who made it: the service, the SDK, and this process, one of a kind", async () => {
    const [one, other] = await Promise.all([take(), take()]);
    const { attributes } = one.raw.resource;
    expect(attributes).toMatchObject({
      "service.name": "test",
      "service.version": "7",
      "service.instance.id": expect.stringMatching(/^[\da-f-]{36}$/),
      "telemetry.sdk.language": "nodejs",
      "telemetry.sdk.name": "opentelemetry",
    });
    expect(other.raw.resource.attributes["service.instance.id"]).not.toBe(attributes["service.instance.id"]);
    expect(one.raw.instrumentationScope).toMatchObject({ name: "ops-hub", version: "7" });
  });

  it("clips what is long, in texts and in lists, and never splits its own memory off a larger text", async () => {
    const spans = keepSpans();
    const trail = spans.trail();
    const attributes = { long: "é".repeat(100_000), list: ["x".repeat(5_000), "short"] };
    await trail.span({ name: "work", kind: "internal", attributes }, async (span) => {
      span.set({ later: "😀".repeat(5_000) });
    });
    expect(spans.one("work").attributes).toEqual({
      long: "é".repeat(2_048),
      list: ["x".repeat(2_048), "short"],
      later: "😀".repeat(1_024),
    });
  });
});

describe("a trace from outside", () => {
  it("is gone on with, and its state goes on to upstreams", async () => {
    const { traceId, spanId, traceparent } = outside(4);
    const span = await take({ traceparent, tracestate: "rojo=00f067aa0ba902b7, congo=t61rcWkgMzE" });
    expect([span.traceId, span.parentId, span.links]).toEqual([traceId, spanId, []]);
    expect(span.carrier).toEqual({
      traceparent: `00-${traceId}-${span.spanId}-01`,
      tracestate: "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
    });
  });

  it("is the parent when it comes first, and a link when it comes second", async () => {
    const [first, second] = [outside(1), outside(2)];
    const both = await take(first, second);
    expect([both.traceId, both.parentId, both.links]).toEqual([first.traceId, first.spanId, [second.traceId]]);
    for (const one of [await take({}, second), await take({ traceparent: "junk" }, second)]) {
      expect([one.traceId, one.parentId, one.links]).toEqual([second.traceId, second.spanId, []]);
    }
    const only = await take(first, { traceparent: "junk" });
    expect([only.traceId, only.parentId, only.links]).toEqual([first.traceId, first.spanId, []]);
  });

  it("counts more than the span that is open here", async () => {
    const spans = keepSpans();
    const trail = spans.trail();
    const far = outside(5);
    await trail.span({ name: "open", kind: "internal" }, () => trail.span(asked(far), async () => undefined));
    expect([spans.one("asked").traceId, spans.one("asked").parentId]).toEqual([far.traceId, far.spanId]);
  });

  const { traceId, spanId } = outside(3);
  it.each([
    ["nothing", ""],
    ["no version that there may be", `ff-${traceId}-${spanId}-01`],
    ["more than version 00 has", `00-${traceId}-${spanId}-01-extra`],
    ["a trace of zeros", `00-${"0".repeat(32)}-${spanId}-01`],
    ["a span of zeros", `00-${traceId}-${NOBODY}-01`],
    ["letters that are no hex", `00-${"z".repeat(32)}-${spanId}-01`],
    ["capitals", `00-${"A".repeat(32)}-${spanId}-01`],
    ["too short an id", `00-${traceId.slice(1)}-${spanId}-01`],
    ["no flags", `00-${traceId}-${spanId}`],
    ["two at once", `00-${traceId}-${spanId}-01, 00-${traceId}-${spanId}-01`],
    ["a line break", `00-${traceId}-${spanId}-01\r\nx-evil: 1`],
    ["a megabyte of a version to come", `01-${traceId}-${spanId}-01-${"x".repeat(1_000_000)}`],
  ])("with %s is none: a new one begins", async (_, traceparent) => {
    const span = await take({ traceparent, tracestate: "a=b" });
    expect([span.parentId, span.links, span.carrier["tracestate"]]).toEqual([undefined, [], undefined]);
    expect(span.traceId).not.toBe(traceId);
    expect(span.carrier["traceparent"]).toBe(`00-${span.traceId}-${span.spanId}-01`);
  });

  it("of a version to come is read as far as we know it", async () => {
    const span = await take({ traceparent: `cc-${traceId}-${spanId}-01-what-the-future-will-be-like` });
    expect([span.traceId, span.parentId]).toEqual([traceId, spanId]);
  });

  it.each([
    ["no state at all", "garbage", undefined],
    ["control characters", "a=b\u0000c,ok=1", "ok=1"],
    ["names of objects", "__proto__=polluted,constructor=x", "constructor=x"],
    [
      "more members than the standard allows",
      Array.from({ length: 40 }, (_, i) => `k${i}=v`).join(","),
      /^(k\d+=v,?){32}$/,
    ],
    ["more than it may hold", `a=${"x".repeat(600)},b=1`, "b=1"],
    ["a megabyte", `a=1,b=${"x".repeat(1_000_000)}`, undefined],
  ])("with a state of %s hands on what is good in it", async (_, tracestate, goesOn) => {
    const { traceparent } = outside(6);
    const span = await take({ traceparent, tracestate });
    expect(span.traceId).toBe(outside(6).traceId);
    if (goesOn instanceof RegExp) expect(span.carrier["tracestate"]).toMatch(goesOn);
    else expect(span.carrier["tracestate"]).toBe(goesOn);
    expect(Object.keys({})).toEqual([]);
    expect("polluted" in {}).toBe(false);
  });
});

describe("a sampler", () => {
  const roots = Array.from({ length: 400 }, () => undefined);

  it.each([
    ["always_on", 0, [400, 1, 1]],
    ["always_off", 1, [0, 0, 0]],
    ["traceidratio", 1, [400, 1, 1]],
    ["traceidratio", 0, [0, 0, 0]],
    ["parentbased_always_on", 0, [400, 1, 0]],
    ["parentbased_always_off", 1, [0, 1, 0]],
    ["parentbased_traceidratio", 1, [400, 1, 0]],
    ["parentbased_traceidratio", 0, [0, 1, 0]],
  ] as const)("%s with the share %d keeps what it should", async (sampler, share, expected) => {
    const count = async (from: readonly (Carrier | undefined)[]): Promise<number> => {
      const spans = keepSpans({ sampler, share });
      const trail = spans.trail();
      for (const carrier of from) {
        await trail.span(asked(...(carrier === undefined ? [] : [carrier])), async () => undefined);
      }
      return spans.all().length;
    };
    expect([await count(roots), await count([outside(7)]), await count([outside(7, "00")])]).toEqual(expected);
  });

  it("of a share of one half keeps about half of the traces, and each of them whole", async () => {
    for (const sampler of ["traceidratio", "parentbased_traceidratio"] as const) {
      const spans = keepSpans({ sampler, share: 0.5 });
      const trail = spans.trail();
      for (const _ of roots) {
        await trail.span({ name: "outer", kind: "internal" }, () =>
          trail.span({ name: "inner", kind: "internal" }, async () => undefined),
        );
      }
      const of = (name: string) => new Set(spans.named(name).map(({ traceId }) => traceId));
      expect(of("inner")).toEqual(of("outer"));
      expect(of("outer").size).toBeGreaterThan(120); // with 400 throws of a coin, once in 10^15
      expect(of("outer").size).toBeLessThan(280);
    }
  });

  it("that does not keep a trace still goes on with it, and tells upstreams so", async () => {
    const spans = keepSpans();
    const trail = spans.trail();
    const { traceId, ...far } = outside(8, "00");
    const { carrier, fields } = await trail.span(asked(far), async () => ({
      carrier: trail.carrier,
      fields: trail.fields(),
    }));
    expect(spans.all()).toEqual([]);
    expect(carrier["traceparent"]).toMatch(new RegExp(`^00-${traceId}-[\\da-f]{16}-00$`));
    expect(carrier["traceparent"]).not.toBe(far.traceparent);
    expect(fields["trace_id"]).toBe(traceId);
  });

  it("has every name that the standard has and we tell of", () => {
    expect(SAMPLERS.toSorted()).toEqual([
      "always_off",
      "always_on",
      "parentbased_always_off",
      "parentbased_always_on",
      "parentbased_traceidratio",
      "traceidratio",
    ]);
  });
});
