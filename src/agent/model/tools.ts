// What the model may call: look-ups whose object is fixed by the report, and create_issue, which only drafts. Nothing here writes.
import { z } from "zod";
import { oneLine } from "../../core/clip.ts";
import type { Evidence, FailureTarget } from "../../core/evidence.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Redactor } from "../../core/redact.ts";
import { EVERYTHING } from "../../core/caller.ts";
import type { Entry } from "../../core/entry.ts";
import type { Registry } from "../../core/registry.ts";
import { CATEGORIES, CONFIDENCES, SIDES } from "../analysis.ts";
import { podView } from "./pod-view.ts";

export interface LookUpResult {
  readonly text: string;
  readonly isError: boolean;
  /** The arguments are wrong: the model should see the schema. */
  readonly isInvalid?: boolean;
}

export interface LookUp {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonObject;
  /** What the server fixes: arguments by these names must have one of these values. */
  readonly pins: Readonly<Record<string, readonly string[]>>;
  run(given: JsonObject, signal: AbortSignal): Promise<LookUpResult>;
}

export interface ToolScope {
  readonly reportId: string;
  readonly registry: Registry;
  readonly redactor: Redactor;
  readonly target: FailureTarget;
  readonly evidence: Evidence;
  readonly extraTools: readonly string[];
}

export const CREATE_ISSUE = "create_issue";
const MAX_TAIL = 2_000;
/** An answer that is too long loses its end, which here are the newest lines. */
const MAX_REMOTE_TAIL = 200;
const MAX_AROUND = 50;

/** The look-ups that the hub has and that make sense for this failure. */
export function lookUpsFor(scope: ToolScope): LookUp[] {
  const { evidence, target, registry, extraTools } = scope;
  const isKnown = evidence.pod !== undefined || (target.podName !== "" && evidence.logs.length > 0);
  const pod = isKnown ? (evidence.pod?.name ?? target.podName) : undefined;
  const run = evidence.task_run?.name;
  const remote = `${evidence.cluster}_pods_log`;
  const isRemote = registry.find(remote) !== undefined; // then the hub's own tools look at another cluster
  const own = [
    ...(pod === undefined ? [] : [podsLog(scope, pod), podsGet(scope, pod)]),
    eventsList(scope, pod),
    ...(run === undefined ? [] : [taskRunGet(scope, run)]),
  ];
  const fixed = (isRemote ? (pod === undefined ? [] : [remoteLog(scope, pod, remote)]) : own).flat();
  const taken = new Set([CREATE_ISSUE, ...fixed.map(({ name }) => name)]);
  const extra = extraTools.flatMap((name) => {
    const entry = registry.find(name);
    return entry?.tool.access === "read" && !taken.has(name) ? [anyTool(scope, entry)] : [];
  });
  return [...fixed, ...extra];
}

function podsLog(scope: ToolScope, pod: string): LookUp[] {
  const containers = scope.evidence.containers.map(({ name }) => name);
  const [first, ...others] = containers;
  const container = first === undefined ? z.string().max(253) : z.enum([first, ...others]);
  const input = z.strictObject({
    container: container.optional().describe("Container; left out: the one that failed"),
    tail: z.number().int().min(1).max(MAX_TAIL).optional().describe(`Newest lines, at most ${MAX_TAIL}; default 100`),
    previous: z.boolean().optional().describe("The log of the run before the last restart"),
    grep: z.string().min(1).max(200).optional().describe("Only lines that match this RE2 pattern; (?i) ignores case"),
    before: z.number().int().min(0).max(MAX_AROUND).optional().describe("Lines to show before each match of grep"),
    after: z.number().int().min(0).max(MAX_AROUND).optional().describe("Lines to show after each match of grep"),
  });
  const description = "Reads more of the log of this pod. Use grep for something that the excerpt left out.";
  return pinned(scope, { name: "pods_log", description, input, objects: [pod] }, async (given, ask) => {
    const asked = pick(given, ["container", "previous", "grep", "before", "after"]);
    const { container: wanted } = asked;
    if (first !== undefined && wanted !== undefined && !containers.some((name) => name === wanted)) {
      return {
        text: `this pod has no such container; it has ${containers.join(", ")}`,
        isError: true,
        isInvalid: true,
      };
    }
    const tail = Math.trunc(Number(given["tail"] ?? given["tailLines"])); // the seed's prompt taught tailLines
    return ask({ name: pod, ...asked, ...(tail > 0 ? { tail: Math.min(MAX_TAIL, tail) } : {}) });
  });
}

/** Of an MCP server that looks at the cluster for us: it shows the newest lines, and would read the first container by itself. */
function remoteLog(scope: ToolScope, pod: string, tool: string): LookUp[] {
  const names = scope.evidence.containers.map(({ name }) => name);
  const [first, ...others] = names;
  if (first === undefined) return [];
  const input = z.strictObject({
    container: z
      .enum([first, ...others])
      .optional()
      .describe("Container; left out: the one that failed"),
    tail: z.number().int().min(1).max(MAX_REMOTE_TAIL).optional().describe(`Newest lines, at most ${MAX_REMOTE_TAIL}`),
    previous: z.boolean().optional().describe("The log of the run before the last restart"),
  });
  const description = "Reads more of the log of this pod.";
  return pinned(scope, { name: "pods_log", tool, description, input, objects: [pod] }, async (given, ask) => {
    const { container = scope.evidence.chosen?.container ?? first, ...asked } = pick(given, ["container", "previous"]);
    if (!names.some((name) => name === container)) {
      return { text: `this pod has no such container; it has ${names.join(", ")}`, isError: true, isInvalid: true };
    }
    const tail = Math.trunc(Number(given["tail"] ?? given["tailLines"]));
    return ask({ name: pod, container, ...asked, ...(tail > 0 ? { tail: Math.min(MAX_REMOTE_TAIL, tail) } : {}) });
  });
}

function podsGet(scope: ToolScope, pod: string): LookUp[] {
  const description = "Gets spec and status of this pod, without environment variables.";
  const show = (value: JsonObject): string => JSON.stringify(podView(value, scope.redactor));
  const tool = { name: "pods_get", description, input: z.strictObject({}), objects: [pod] };
  return pinned(scope, tool, (_, ask) => ask({ name: pod }, show));
}

function eventsList(scope: ToolScope, pod: string | undefined): LookUp[] {
  const { task_run: taskRun, pipeline_run: pipelineRun, workload } = scope.evidence;
  const known = [pod, taskRun?.name, pipelineRun?.name, workload.name];
  const objects = [...new Set(known.flatMap((name) => (name === undefined || name === "" ? [] : [name])))];
  const description = "Lists the events of this pod, its TaskRun, its PipelineRun and its owner.";
  const tool = { name: "events_list", description, input: z.strictObject({}), objects };
  return pinned(scope, tool, async (_, ask) => {
    const answers = await Promise.all(objects.map((name) => ask({ name })));
    const text = answers.map((answer, at) => `About ${objects[at]}:\n${answer.text}`).join("\n");
    return { text, isError: answers.every(({ isError }) => isError) };
  });
}

function taskRunGet(scope: ToolScope, run: string): LookUp[] {
  const description = "Gets how the TaskRun of this failure ended, step by step.";
  const tool = { name: "taskrun_get", description, input: z.strictObject({}), objects: [run] };
  return pinned(scope, tool, (_, ask) => ask({ name: run }));
}

type Ask = (more: JsonObject, show?: (value: JsonObject) => string) => Promise<LookUpResult>;

interface Pinned {
  readonly name: string;
  /** As the registry calls it, where that is something else. */
  readonly tool?: string;
  readonly description: string;
  readonly input: z.ZodObject;
  /** Names that may stand for its object. */
  readonly objects: readonly string[];
}

/** A tool of the registry with its object fixed; none when the hub has no such tool. */
function pinned(
  scope: ToolScope,
  { name, tool = name, description, input, objects }: Pinned,
  run: (given: JsonObject, ask: Ask) => Promise<LookUpResult>,
): LookUp[] {
  const entry = scope.registry.find(tool);
  if (entry === undefined || entry.tool.access !== "read") return [];
  const { target, evidence } = scope;
  const clusters = [evidence.cluster, target.cluster ?? evidence.cluster];
  const place = {
    namespace: evidence.namespace,
    ...(target.cluster !== undefined && Object.hasOwn(entry.properties, "context") ? { context: target.cluster } : {}),
  };
  const named = Object.fromEntries(["name", "pod", "pod_name", "podName"].map((key) => [key, objects]));
  return [
    {
      name,
      description,
      parameters: schemaOf(input),
      pins: { ...named, namespace: [evidence.namespace], context: clusters, cluster: clusters },
      run: (given, signal) => run(given, (more, show) => ask(scope, entry, { ...more, ...place }, signal, show)),
    },
  ];
}

const anyTool = (scope: ToolScope, entry: Entry): LookUp => ({
  name: entry.tool.name,
  description: oneLine(entry.tool.description, 1_000),
  parameters: { ...entry.inputSchema },
  pins: {},
  run: (given, signal) => ask(scope, entry, given, signal),
});

async function ask(
  { registry, redactor, reportId }: ToolScope,
  entry: Entry,
  given: JsonObject,
  signal: AbortSignal,
  show?: (value: JsonObject) => string,
): Promise<LookUpResult> {
  const caller = { id: `report:${reportId}`, name: `report ${reportId}`, rights: EVERYTHING };
  const outcome = await registry.call(entry.tool.name, given, { signal, caller, door: "agent" });
  if (!outcome.ok && outcome.kind === "needs-input")
    return { text: "this tool needs a person to answer; go on without it", isError: true };
  const shown =
    outcome.ok && show !== undefined
      ? { text: show(outcome.value), isError: false }
      : registry.present(entry, outcome, given);
  const isInvalid = !outcome.ok && outcome.kind === "invalid";
  return { text: redactor.redact(shown.text).text, isError: shown.isError, isInvalid };
}

const pick = (given: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(
    names.flatMap((name) =>
      given[name] === undefined || given[name] === null || given[name] === "" ? [] : [[name, given[name]]],
    ),
  );

/** Plain words for the draft: what a weak model can fill in. */
export const createIssueParameters: () => JsonObject = () =>
  schemaOf(
    z.strictObject({
      title: z.string().describe("The cause in at most 80 characters, specific, without names of pod or pipeline"),
      summary: z.string().describe("What happened, in two or three sentences"),
      failing_step: z.string().describe("Step or container that failed"),
      root_cause: z.string().describe("Why it failed; what is certain and what is only possible"),
      confidence: z.enum(CONFIDENCES).describe("How sure the root cause is"),
      category: z.enum(CATEGORIES).describe("What kind of failure it is"),
      evidence: z.array(z.string()).describe("At most 5 lines, copied verbatim from the data"),
      suggested_fix: z.array(z.string()).describe("Concrete steps, the most likely first"),
      app_or_infra: z.enum(SIDES).describe("Who has to act: the program's people or the platform's"),
      body: z.string().optional().describe("Anything else, as Markdown"),
    }),
    ["title", "summary", "root_cause"],
  );

export const CREATE_ISSUE_DESCRIPTION =
  "Drafts the issue and ends the work. The server adds location, logs and labels, and files it.";

/** @param required the members without which an answer is of no use; all that are not optional when left out */
function schemaOf(input: z.ZodObject, required?: readonly string[]): JsonObject {
  const { $schema: _, ...schema } = z.toJSONSchema(input, { io: "input" });
  return isObject(schema) ? { ...schema, ...(required === undefined ? {} : { required }) } : {};
}
