// An exporter that says aloud what it could not send: the SDK tells only a logger of its own, which nobody reads.
import { ExportResultCode } from "@opentelemetry/core";
import type { SpanExporter } from "@opentelemetry/sdk-trace";
import { messageOf } from "../core/words.ts";

/** One line for so many batches in a row: a collector may be away for hours. */
const EVERY = 60;

export function reporting(exporter: SpanExporter, onProblem: (problem: string) => void): SpanExporter {
  let failures = 0;
  const told = (error: unknown): void => {
    if (failures % EVERY === 0) onProblem(error === undefined ? "no reason is known" : messageOf(error));
    failures += 1;
  };
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.code === ExportResultCode.SUCCESS) failures = 0;
        else told(result.error);
        done(result);
      }),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  };
}
