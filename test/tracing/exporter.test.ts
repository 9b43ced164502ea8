import { ExportResultCode, type ExportResult } from "@opentelemetry/core";
import type { SpanExporter } from "@opentelemetry/sdk-trace";
import { expect, it } from "vitest";
import { reporting } from "../../src/tracing/exporter.ts";

/** Sends one batch for each result, and gives what was told. */
function tell(results: readonly (Error | "success")[]): string[] {
  const told: string[] = [];
  const left = [...results];
  const exporter: SpanExporter = {
    export: (_, done) => {
      const next = left.shift();
      const result: ExportResult =
        next instanceof Error
          ? { code: ExportResultCode.FAILED, error: next }
          : { code: next === undefined ? ExportResultCode.FAILED : ExportResultCode.SUCCESS };
      done(result);
    },
    shutdown: async () => undefined,
  };
  const loud = reporting(exporter, (problem) => void told.push(problem));
  for (const _ of results) loud.export([], () => undefined);
  return told;
}

const refused = Object.assign(new Error("connect ECONNREFUSED 10.0.0.7:4318"), { code: "ECONNREFUSED" });

it("tells the first failure, then one in sixty, and the next after a success", () => {
  expect(tell(Array.from({ length: 120 }, () => refused))).toHaveLength(2);
  expect(tell(Array.from({ length: 121 }, () => refused))).toHaveLength(3);
  expect(tell([refused, refused, "success", refused, refused])).toHaveLength(2);
});

it("says in its own words what went wrong, and never in the collector's", () => {
  const answered = Object.assign(new Error("Bearer s3cret"), { code: 401, data: "Bearer s3cret" });
  expect(tell([answered])).toEqual(["the collector answered 401"]);
  expect(tell([refused])).toEqual(["connection refused"]);
  expect(tell([new Error("Bearer s3cret")])).toEqual(["the collector took no batch in time, or was too busy"]);
});

it("hands every result on, and flushes and shuts down what it wraps", async () => {
  const done: string[] = [];
  const inner: SpanExporter = {
    export: (_, tellResult) => tellResult({ code: ExportResultCode.FAILED, error: refused }),
    forceFlush: async () => void done.push("flushed"),
    shutdown: async () => void done.push("shut down"),
  };
  const loud = reporting(inner, () => undefined);
  loud.export([], ({ code, error }) => void done.push(`${code} ${error?.message}`));
  await loud.forceFlush?.();
  await loud.shutdown();
  expect(done).toEqual([`1 ${refused.message}`, "flushed", "shut down"]);
});
