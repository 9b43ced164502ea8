// A hub between a Prometheus on loopback and somebody who keeps its spans and its log.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino, { type Logger } from "pino";
import { z } from "zod";
import type { Log } from "../../src/core/log.ts";
import { defineModule } from "../../src/core/module.ts";
import { defineTool } from "../../src/core/tool.ts";
import { prometheus } from "../../src/modules/prometheus/index.ts";
import { startHub, type RunningHub } from "../support/hub.ts";
import { startPrometheusMock, vector, type PrometheusMock } from "../support/prometheus-mock.ts";
import { keepSpans, type KeptSpan, type SpanKeeper } from "../support/spans.ts";

/** Says two lines while it works. */
const talkative = defineModule({
  name: "talkative",
  title: "Talkative",
  instructions: "For tests.",
  settings: {},
  start: ({ log }) => ({ tools: [speak(log)], check: async () => ({ ok: true, message: "fine" }) }),
});

const speak = (log: Log) =>
  defineTool({
    name: "speak",
    title: "Speak",
    description: "Logs a line, waits, and logs another. For tests.",
    access: "read",
    input: z.strictObject({ word: z.string().max(20).describe("Any word") }),
    output: z.looseObject({ callId: z.string() }),
    run: async ({ word }, { callId }) => {
      log.info({ word }, "before");
      await new Promise((resolve) => setImmediate(resolve));
      log.info({ word }, "after");
      return { callId };
    },
  });

export interface TracedHub extends RunningHub {
  readonly spans: SpanKeeper;
  /** The hub's own. */
  readonly log: Logger;
  readonly prometheus: PrometheusMock;
  /** Spans and lines from now on. */
  begin(): void;
  recent(): readonly KeptSpan[];
  /** The one of this name since `begin`; throws when there are none or several. */
  one(name: string): KeptSpan;
  /** What was logged since `begin`. */
  lines(): readonly Record<string, unknown>[];
}

/** `up` of that Prometheus. */
export const UP = vector([[{ __name__: "up", job: "a" }, "1"]]);

export async function startTracedHub(): Promise<TracedHub> {
  const mock = await startPrometheusMock();
  mock.on("api/v1/query", UP);
  const directory = await mkdtemp(join(tmpdir(), "ops-hub-traced-"));
  const path = join(directory, "datasources.json");
  await writeFile(path, JSON.stringify({ datasources: [{ name: "mock", type: "prometheus", url: mock.url }] }));
  const spans = keepSpans();
  const trail = spans.trail();
  let lines: Record<string, unknown>[] = [];
  let seen = 0;
  const write = (line: string) => void lines.push(JSON.parse(line));
  const log = pino({ level: "debug", mixin: () => trail.fields() }, { write }); // as main.ts does
  const running = await startHub([prometheus, talkative], { GRAFANA_DATASOURCES_PATH: path }, { log, trail });
  const recent = () => spans.all().slice(seen);
  return {
    ...running,
    spans,
    log,
    prometheus: mock,
    begin: () => {
      seen = spans.all().length;
      lines = [];
    },
    recent,
    one: (name) => {
      const [first, ...others] = recent().filter((span) => span.name === name);
      if (first !== undefined && others.length === 0) return first;
      throw new Error(
        `not one "${name}" in ${recent()
          .map((span) => span.name)
          .join(", ")}`,
      );
    },
    lines: () => lines,
    close: async () => {
      await running.close();
      await mock.close();
      await rm(directory, { recursive: true });
    },
  };
}
