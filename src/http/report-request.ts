// What a caller of POST /report-failure may send: the seed's three members, and what the hub understands beside them.
import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import type { JsonObject } from "../core/json.ts";
import { isLabelName, isSubdomainName } from "../core/kubernetes-name.ts";
import { reportState, type ReportFilter, type ReportRequest } from "../core/report-desk.ts";
import { parseFields } from "./detail.ts";

const MAX_NAME = 253;
const MAX_ENTRIES = 20;
const name = z.string().max(MAX_NAME, { abort: true });
const optionalName = name.nullish();

/** Nobody is asked about a name that nothing in a cluster can have. */
const named = (isName: (text: string) => boolean) =>
  name.refine(
    (text) => text.trim() === "" || isName(text.trim()),
    "must be a name as Kubernetes has them: small letters, digits, '-', and '.' where it is no namespace or container",
  );
const label = named(isLabelName);
const subdomain = named(isSubdomainName);

/** Text for people; other JSON values are taken as their text, and what is too much is left out rather than refused. */
const entries = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((given) => Object.entries(given ?? {}).slice(0, MAX_ENTRIES))
  .transform((pairs) =>
    Object.fromEntries(
      pairs
        .filter(([key, value]) => key !== "" && key.length <= 100 && value !== null)
        .map(([key, value]) => [key, (typeof value === "string" ? value : JSON.stringify(value)).slice(0, 1_000)]),
    ),
  );

const fields = {
  namespace: label,
  pod_name: subdomain,
  container_name: label.nullish(),
  pipeline_run: subdomain.nullish(),
  task_run: subdomain.nullish(),
  pipeline_task: subdomain.nullish(),
  cluster: optionalName,
  links: entries,
  metadata: entries,
};

/** Unknown members are ignored, as the seed does. Empty strings are allowed: the failure is then "pod unknown". */
const podBody = z.looseObject(fields);
/** Who names a run need not name a pod. */
const runBody = z.looseObject({ ...fields, pod_name: subdomain.nullish() });

export const reportBody = (given: JsonObject): typeof podBody | typeof runBody =>
  [given["pipeline_run"], given["task_run"]].some((run) => typeof run === "string" && run !== "") ? runBody : podBody;

const TIME = "must be a time such as 2026-11-25T10:00:00Z";

/** A `+` that was not encoded arrives as a blank. */
const time = z
  .string()
  .max(40)
  .transform((text) => text.replace(/ (?=\d\d:?\d\d$)/, "+"))
  .refine((text) => /^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(Date.parse(text)), TIME);

const ListQuery = z.object({
  state: reportState.optional(),
  namespace: name.optional(),
  since: time.optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(50),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, "must be the next_cursor of an earlier page")
    .optional(),
});

export type ListFilter = Omit<ReportFilter, "namespaces">;

/** @throws DetailError */
export function listFilter(query: JsonObject): ListFilter {
  const { since, ...filter } = parseFields(filledIn(query), ListQuery, "query");
  return { ...filter, ...(since === undefined ? {} : { sinceMs: Date.parse(since) }) };
}

/** `?state=&limit=5`: what has no value narrows nothing. */
const filledIn = (query: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ""));

const filled = (value: string | null | undefined): string | undefined =>
  value === null || value === undefined || value.trim() === "" ? undefined : value.trim();

export function toRequest(body: z.output<typeof runBody>): ReportRequest {
  return {
    namespace: body.namespace.trim(),
    podName: body.pod_name?.trim() ?? "",
    container: filled(body.container_name),
    pipelineRun: filled(body.pipeline_run),
    taskRun: filled(body.task_run),
    pipelineTask: filled(body.pipeline_task),
    cluster: filled(body.cluster),
    links: body.links,
    metadata: body.metadata,
  };
}

/** The draft standard's header, quoted or not. */
export function idempotencyKey(headers: IncomingHttpHeaders): string | undefined {
  const [value = ""] = [headers["idempotency-key"] ?? ""].flat();
  return filled(value.replace(/^"(.*)"$/, "$1").slice(0, 300));
}
