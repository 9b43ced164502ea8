// The failure bundles of test/fixtures/failures: what was reported, what the cluster held, and what must come of it.
import { readdir, readFile } from "node:fs/promises";
import { z } from "zod";
import { CATEGORIES } from "../../src/agent/analysis.ts";
import { logLines, type Span } from "./failure-log.ts";
import { fillSecrets } from "./failure-secrets.ts";
import type { KubernetesStandIn, KubeObject } from "./kubernetes-stand-in.ts";

const ROOT = new URL("../fixtures/failures/", import.meta.url);

const strings = z.array(z.string().min(1));

const expectation = z.strictObject({
  container: z.string().nullable().describe("whose log explains it; null where no container ran"),
  asked: z.string().optional().describe("the container that the report named, when that was the wrong one"),
  pod: z.string().optional().describe("the pod that must be found, when the report names none"),
  category: z.enum(CATEGORIES),
  otherCategories: z.array(z.enum(CATEGORIES)).default([]).describe("as good: the line between the two is thin"),
  reason: z.string().optional().describe("the cluster's word; alternatives with |"),
  titleIncludes: strings.describe("in any case of letters; alternatives with |"),
  issueIncludes: strings,
  issueExcludes: z.array(z.string().min(1)),
  modelExcludes: z.array(z.string().min(1)).describe("must not stand in any request to the model"),
  problemsInclude: strings.default([]),
  denied: strings.default([]).describe("what the stand-in refuses with 403"),
  otherFindings: z.boolean().default(false).describe("the log gives orders to an AI, and the issue says so"),
  hasPrevious: z.boolean().default(false).describe("the log from before the restart is there"),
  attempt: z.number().default(1),
  isLarge: z.boolean().default(false).describe("takes seconds to read"),
  recurs: z.record(z.string(), z.string()).default({}).describe("parts of names that differ the next time it fails"),
});

const report = z.looseObject({ namespace: z.string(), pod_name: z.string() });
const objects = z.array(
  z.looseObject({
    apiVersion: z.string(),
    kind: z.string(),
    metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
  }),
);

export interface Failure {
  /** `03-oom-restarted` */
  readonly name: string;
  /** The body of POST /report-failure. */
  readonly report: z.output<typeof report>;
  readonly objects: readonly KubeObject[];
  /** Sources of logs (failure-log.ts) by `namespace/pod/container`, with `/previous` behind it for the run before. */
  readonly logs: Readonly<Record<string, string>>;
  readonly expected: z.output<typeof expectation>;
}

export async function readFailures(): Promise<Failure[]> {
  const names = (await readdir(ROOT, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  return Promise.all(
    names
      .map(({ name }) => name)
      .sort()
      .map(readFailure),
  );
}

async function readFailure(name: string): Promise<Failure> {
  const folder = new URL(`${name}/`, ROOT);
  const read = async (path: string): Promise<string> => fillSecrets(await readFile(new URL(path, folder), "utf8"));
  const [reported, held, expected] = await Promise.all(["report.json", "objects.json", "expect.json"].map(read));
  const files = await readdir(new URL("logs/", folder)).catch(() => []);
  const body = report.parse(JSON.parse(reported ?? ""));
  const logs = await Promise.all(
    files.map(async (file) => [logKey(body.namespace, file), await read(`logs/${file}`)] as const),
  );
  return {
    name,
    report: body,
    objects: objects.parse(JSON.parse(held ?? "")),
    logs: Object.fromEntries(logs),
    expected: expectation.parse(JSON.parse(expected ?? "")),
  };
}

/** `web-1.step-build.previous.log` is `ci/web-1/step-build/previous`. */
const logKey = (namespace: string, file: string): string =>
  [namespace, ...file.replace(/\.log$/, "").split(".")].join("/");

/** Puts the failure's objects and logs into the cluster, beside what is there. */
export function loadFailure(failure: Failure, cluster: KubernetesStandIn): void {
  cluster.objects.push(...failure.objects);
  for (const one of failure.expected.denied) cluster.denied.add(one);
  for (const [key, source] of Object.entries(failure.logs)) {
    cluster.logs.set(key, logLines(source, spanOf(failure.objects, key)));
  }
}

interface Run {
  readonly startedAt?: string;
  readonly finishedAt?: string;
}

interface ContainerStatus {
  readonly name: string;
  readonly state?: { readonly running?: Run; readonly terminated?: Run };
  readonly lastState?: { readonly terminated?: Run };
}

function spanOf(all: readonly KubeObject[], key: string): Span {
  const [, podName, container, previous] = key.split("/");
  const pod = all.find(({ kind, metadata }) => kind === "Pod" && metadata.name === podName);
  const { initContainerStatuses = [], containerStatuses = [] } = (pod?.["status"] ?? {}) as Record<
    string,
    ContainerStatus[]
  >;
  const status = [...initContainerStatuses, ...containerStatuses].find(({ name }) => name === container);
  const ran = previous === undefined ? (status?.state?.terminated ?? status?.state?.running) : undefined;
  const { startedAt: from = "2026-11-24T09:30:00Z", finishedAt }: Run = ran ?? status?.lastState?.terminated ?? {};
  return { from, to: finishedAt ?? new Date(Date.parse(from) + 60_000).toISOString() };
}

/** The same failure another time: later, with other ids and generated names. */
export function recurrence(failure: Failure): Failure {
  const again = (text: string): string => renamed(later(otherIds(text)), suffixes);
  const suffixes = { ...generatedSuffixes(failure.objects), ...failure.expected.recurs };
  const { report, objects, logs } = JSON.parse(again(JSON.stringify(failure))) as Failure;
  return { ...failure, report, objects, logs };
}

const SHIFT_MS = 26_007_000;
const later = (text: string): string =>
  text.replace(/\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d/g, (time, gap: string) =>
    new Date(Date.parse(`${time.replace(" ", "T")}Z`) + SHIFT_MS).toISOString().slice(0, 19).replace("T", gap),
  );

const otherIds = (text: string): string =>
  text.replace(/\b[0-9a-f]{8}(?=-[0-9a-f]{4}-4[0-9a-f]{3}-a)/g, turned).replace(/(?<=cri-o:\/\/)[0-9a-f]{64}/g, turned);
const turned = (hex: string): string => hex.replace(/./g, (digit) => (15 - Number.parseInt(digit, 16)).toString(16));

/** What the API server put behind a `generateName`. */
function generatedSuffixes(all: readonly KubeObject[]): Record<string, string> {
  const found = all.flatMap(({ metadata: { name, generateName } }) =>
    typeof generateName === "string" ? [name.slice(generateName.length)] : [],
  );
  return Object.fromEntries(found.map((suffix) => [suffix, `w${suffix.slice(2)}${suffix.charAt(0)}`]));
}

const renamed = (text: string, names: Readonly<Record<string, string>>): string =>
  Object.entries(names).reduce(
    (all, [name, next]) => all.replaceAll(new RegExp(`(?<![a-z0-9])${name}(?![a-z0-9])`, "g"), next),
    text,
  );
