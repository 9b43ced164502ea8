// The pipeline: from a report that was taken to an issue that was filed, step by step on disk, whatever dies in between.
import { randomUUID } from "node:crypto";
import type { JsonObject } from "../../core/json.ts";
import { analyse } from "./analyse.ts";
import { Changes } from "./changes.ts";
import { createCollector } from "./collect.ts";
import { Desk } from "./desk.ts";
import { createFiler } from "./file.ts";
import { Lane, type LanePlan } from "./lanes.ts";
import { createMeters, outboxAge } from "./metrics.ts";
import type { Pipeline, PipelineOptions } from "./options.ts";
import type { Parts } from "./parts.ts";
import { Sweeper } from "./sweep.ts";
import { triage } from "./triage.ts";

export type { Pipeline, PipelineLimits, PipelineOptions } from "./options.ts";

/** Reading a few rows and writing one: more at once would only wait for the disk. */
const TRIAGE_CONCURRENCY = 4;

export function createPipeline(options: PipelineOptions): Pipeline {
  const { store, clock, log, metrics } = options;
  const parts: Parts = {
    ...options,
    owner: randomUUID(),
    changes: new Changes(),
    meters: createMeters(metrics, store, clock),
    model: { hasAnswered: true },
  };
  const lanes = lanePlans(parts).map((plan) => new Lane(parts, plan));
  const sweeper = new Sweeper(parts);
  const closing = new AbortController();
  const cancelWork = (id: string): void => lanes.forEach((lane) => lane.cancel(id));
  let starting: Promise<void> = Promise.resolve();
  const begin = async (): Promise<void> => {
    try {
      await store.releaseAll(clock.now());
    } catch (error) {
      log.error({ err: error }, "old leases could not be ended; they run out");
    }
    if (closing.signal.aborted) return;
    for (const lane of lanes) lane.start();
    sweeper.start();
  };
  return {
    desk: new Desk({ ...parts, closing: closing.signal, cancelWork }),
    start: () => void (starting = begin()),
    close: async () => {
      closing.abort(new Error("the hub is stopping"));
      await starting;
      await Promise.all([sweeper.close(), ...lanes.map((lane) => lane.close())]);
    },
    health: () => healthOf(parts),
  };
}

function lanePlans(parts: Parts): LanePlan[] {
  const { evidenceConcurrency, llmConcurrency, filingConcurrency } = parts.limits;
  return [
    {
      name: "evidence",
      states: ["received", "collecting"],
      isLeader: false,
      concurrency: evidenceConcurrency,
      isAbortable: true,
      work: createCollector(parts),
    },
    {
      name: "triage",
      states: ["collected"],
      isLeader: true,
      concurrency: TRIAGE_CONCURRENCY,
      isAbortable: true,
      work: (claim, signal) => triage(parts, claim, signal),
    },
    {
      name: "model",
      states: ["waiting_llm", "analyzing"],
      isLeader: false,
      concurrency: llmConcurrency,
      isAbortable: true,
      work: (claim, signal) => analyse(parts, claim, signal),
    },
    {
      name: "filing",
      states: ["drafted", "filing"],
      isLeader: true,
      concurrency: filingConcurrency,
      isAbortable: false, // a write under way is better known to its end
      work: createFiler(parts),
    },
  ];
}

function healthOf({ analyst, tracker, meters, clock }: Parts): JsonObject {
  const stats = meters.stats();
  return {
    states: { ...stats.byState },
    dead: stats.byState.dead ?? 0,
    outbox_age_seconds: outboxAge(stats, clock.now()),
    model: analyst?.health() ?? { state: "off", set: "LITELLM_URL" },
    tracker:
      tracker === undefined
        ? "off: set GITEA_HOST and GITEA_ACCESS_TOKEN, or MCP_GITEA_URL"
        : `${tracker.owner}/${tracker.repo}`,
  };
}
