// The reply of /api/v1/targets: https://prometheus.io/docs/prometheus/latest/querying/api/#targets
import { z } from "zod";
import type { JsonObject } from "../../../core/json.ts";
import { jsonBytes } from "../format/draft.ts";
import { clipLabels, compareText, labelKey } from "../format/labels.ts";
import { clipTo, OTHER_GROUPS, takePage, tally, type Page, type PageWindow } from "../lists/paging.ts";
import { projection, type Envelope } from "../projection.ts";
import { checkShape } from "../lists/shape.ts";
import { nearestNames } from "./names.ts";

const texts = z.record(z.string(), z.string());
const active = z.looseObject({
  labels: texts,
  health: z.string(),
  scrapePool: z.string().default(""),
  scrapeUrl: z.string().default(""),
  lastError: z.string().default(""),
  lastScrape: z.string().nullish(),
  lastScrapeDuration: z.number().nullish(),
  scrapeInterval: z.string().nullish(),
  scrapeTimeout: z.string().nullish(),
});
const dropped = z.looseObject({ discoveredLabels: texts, scrapePool: z.string().nullish() });
const reply = z.looseObject({
  activeTargets: z.array(active).nullish(),
  droppedTargets: z.array(dropped).nullish(),
  droppedTargetCounts: z.record(z.string(), z.number()).nullish(),
});

export interface TargetsOptions extends PageWindow {
  readonly state: "active" | "dropped";
  readonly scrapePool?: string | undefined;
  readonly health?: string | undefined;
  readonly job?: string | undefined;
}

export interface TargetsPage extends Page<JsonObject> {
  /** Over everything that matched: per job how many are in each health, or just how many for dropped targets. */
  readonly by_job: Readonly<Record<string, unknown>>;
  readonly by_health?: Readonly<Record<string, number>>;
  /** What the server dropped in each pool, where it keeps only some of them. */
  readonly dropped_in_pools?: Readonly<Record<string, number>>;
  readonly did_you_mean?: string[];
}

export const targetsPage = projection("targetsPage", ({ data }: Envelope, options: TargetsOptions): TargetsPage => {
  const targets = checkShape(reply, data, "active and dropped targets");
  return options.state === "active"
    ? activePage(targets.activeTargets ?? [], options)
    : droppedPage(targets.droppedTargets ?? [], targets.droppedTargetCounts ?? {}, options);
});

type Active = z.output<typeof active>;
type Dropped = z.output<typeof dropped>;

const HEALTH = ["down", "unknown", "up"];
const jobOf = (labels: Readonly<Record<string, string>>): string => labels["job"] ?? "none";

/** Unhealthy first, then by job and labels. */
function activePage(all: readonly Active[], options: TargetsOptions): TargetsPage {
  const kept = all
    .filter(({ labels }) => options.job === undefined || labels["job"] === options.job)
    .filter(({ scrapePool }) => options.scrapePool === undefined || scrapePool === options.scrapePool)
    .filter(({ health }) => options.health === undefined || health === options.health)
    .map((target) => ({ target, key: labelKey({ "": jobOf(target.labels), ...target.labels }) }))
    .sort((a, b) => HEALTH.indexOf(a.target.health) - HEALTH.indexOf(b.target.health) || compareText(a.key, b.key))
    .map(({ target }) => target);
  const counts = { by_health: tally(kept, ({ health }) => health), by_job: healthByJob(kept) };
  const known = [
    ...new Set(all.map(({ labels, scrapePool }) => (options.job === undefined ? scrapePool : jobOf(labels)))),
  ];
  return {
    ...takePage(kept, { ...options, roomBytes: options.roomBytes - jsonBytes(counts) }, showActive),
    ...counts,
    ...suggestions(kept.length, known, options),
  };
}

const MAX_JOBS = 30;

/** Jobs with most trouble first, then the largest; beyond 30 jobs the rest together. */
function healthByJob(targets: readonly Active[]): Record<string, Record<string, number>> {
  const troubled = (members: readonly Active[]): number => members.filter(({ health }) => health !== "up").length;
  const jobs = [...Map.groupBy(targets, ({ labels }) => jobOf(labels))].sort(
    ([a, some], [b, others]) => troubled(others) - troubled(some) || others.length - some.length || compareText(a, b),
  );
  const rest = jobs.slice(MAX_JOBS).flatMap(([, members]) => members);
  const shown = [...jobs.slice(0, MAX_JOBS), ...(rest.length === 0 ? [] : [[OTHER_GROUPS, rest] as const])];
  return Object.fromEntries(shown.map(([job, members]) => [clipTo(job, 80), tally(members, ({ health }) => health)]));
}

function droppedPage(all: readonly Dropped[], pools: Record<string, number>, options: TargetsOptions): TargetsPage {
  const kept = all
    .filter(({ discoveredLabels }) => options.job === undefined || discoveredLabels["job"] === options.job)
    .filter(
      ({ scrapePool }) => options.scrapePool === undefined || (scrapePool ?? options.scrapePool) === options.scrapePool,
    )
    .map((target) => ({ target, key: labelKey(target.discoveredLabels) }))
    .sort((a, b) => compareText(a.key, b.key))
    .map(({ target }) => target);
  const counts = {
    by_job: tally(kept, ({ discoveredLabels }) => jobOf(discoveredLabels)),
    ...(Object.keys(pools).length === 0
      ? {}
      : { dropped_in_pools: Object.fromEntries(Object.entries(pools).slice(0, 30)) }),
  };
  const known = [...new Set(all.map(({ discoveredLabels }) => jobOf(discoveredLabels)))];
  return {
    ...takePage(
      kept,
      { ...options, roomBytes: options.roomBytes - jsonBytes(counts) },
      ({ discoveredLabels }, max) => ({
        discoveredLabels: clipRecord(discoveredLabels, max),
      }),
    ),
    ...counts,
    ...(options.job === undefined ? {} : suggestions(kept.length, known, options)),
  };
}

function suggestions(matched: number, known: readonly string[], { job, scrapePool }: TargetsOptions) {
  const asked = job ?? scrapePool;
  if (matched > 0 || asked === undefined || known.includes(asked)) return {};
  const near = nearestNames(asked, known, 5);
  return near.length === 0 ? {} : { did_you_mean: near };
}

const MAX_TEXT = 2_000;

function showActive(target: Active, maxCharacters: number): JsonObject {
  const max = Math.min(MAX_TEXT, maxCharacters);
  const { labels, health, scrapePool, scrapeUrl, lastError, lastScrape, lastScrapeDuration: seconds } = target;
  return {
    job: clipTo(jobOf(labels), max),
    ...(labels["instance"] === undefined ? {} : { instance: clipTo(labels["instance"], max) }),
    health,
    ...(lastError === "" ? {} : { lastError: clipTo(withoutPassword(lastError), max) }),
    scrapePool: clipTo(scrapePool, max),
    scrapeUrl: clipTo(withoutPassword(scrapeUrl), max),
    ...(typeof lastScrape === "string" ? { lastScrape } : {}),
    ...(typeof seconds === "number" ? { lastScrapeDuration: Math.round(seconds * 1e6) / 1e6 } : {}),
    ...(typeof target.scrapeInterval === "string" ? { scrapeInterval: target.scrapeInterval } : {}),
    ...(typeof target.scrapeTimeout === "string" ? { scrapeTimeout: target.scrapeTimeout } : {}),
    labels: clipRecord(labels, max),
  };
}

const clipRecord = (labels: Readonly<Record<string, string>>, max: number): Readonly<Record<string, string>> =>
  max === Number.POSITIVE_INFINITY
    ? labels
    : Object.fromEntries(Object.entries(clipLabels(labels)).map(([name, value]) => [name, clipTo(value, max)]));

/** Scrape addresses may hold a user and a password. */
const withoutPassword = (text: string): string => text.replace(/(\/\/)[^/@\s"]+@/g, "$1");
