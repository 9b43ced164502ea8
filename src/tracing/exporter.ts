// An exporter that says aloud what it could not send: the SDK tells only a logger of its own, which nobody reads.
import { ExportResultCode } from "@opentelemetry/core";
import type { SpanExporter } from "@opentelemetry/sdk-trace";
import { explainNetwork } from "../core/upstream-error.ts";

/** One line for so many batches in a row: a collector may be away for hours. */
const EVERY = 60;

export function reporting(exporter: SpanExporter, onProblem: (problem: string) => void): SpanExporter {
  let failures = 0;
  const told = (error: unknown): void => {
    if (failures % EVERY === 0) onProblem(wordsFor(error));
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

/** Our own: the error's may be the collector's status line or body, which may repeat the headers that we sent. */
function wordsFor(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (typeof code === "number") return `the collector answered ${code}`;
  const network = explainNetwork(error);
  return network?.message ?? "the collector took no batch in time, or was too busy";
}
