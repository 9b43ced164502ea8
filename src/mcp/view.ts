// A view is what one URL shows: some modules, all their tools or only the reading ones. Its lists are made once.
import type { ListToolsResult } from "@modelcontextprotocol/server";
import { LRUCache } from "lru-cache";
import { clipBytes } from "../core/clip.ts";
import { isObject, type JsonObject } from "../core/json.ts";
import type { Prompt, Resource } from "../core/prompt.ts";
import type { Entry, Registry } from "../core/registry.ts";
import { listPrompt, type ListedPrompt } from "./prompts.ts";

/** Clients cut instructions at about 2 KB. */
const MAX_INSTRUCTIONS_BYTES = 2_048;

export interface ViewModule {
  readonly name: string;
  readonly title: string;
  readonly instructions: string;
  readonly prompts: readonly Prompt[];
  readonly resources: readonly Resource[];
}

export interface View {
  /** Stable for the same modules and access; sessions are bound to it. */
  readonly key: string;
  readonly registry: Registry;
  readonly tools: ListToolsResult["tools"];
  /** `tools` as JSON text, made once. */
  readonly toolsJson: string;
  /** Input schemas of the tools that mirror an argument in a header (`x-mcp-header`), by name. */
  readonly headerSchemas: ReadonlyMap<string, JsonObject>;
  readonly instructions: string;
  readonly prompts: readonly ListedPrompt[];
  readonly resources: readonly Resource[];
}

export interface ViewRequest {
  /** The module in the path. Undefined: every module. */
  readonly module: string | undefined;
  /** Those of ?modules=, which narrow further. */
  readonly among: readonly string[] | undefined;
  readonly readOnly: boolean;
}

/** Thrown for a module that does not exist or is off; the message names those that are there. */
export class UnknownModule extends Error {}

export type Views = (request: ViewRequest) => View;

/** Makes the views of a hub; each is computed at its first request and kept. */
export function createViews(registry: Registry, modules: readonly ViewModule[]): Views {
  const made = new LRUCache<string, View>({ max: 128 });
  const names = modules.map((module) => module.name);
  return ({ module: only, among, readOnly }) => {
    const unknown = [...(only === undefined ? [] : [only]), ...(among ?? [])].find((name) => !names.includes(name));
    if (unknown !== undefined) {
      throw new UnknownModule(`no module "${unknown.slice(0, 64)}" here; there is: ${names.join(", ")}`);
    }
    const shown = modules.filter(
      ({ name }) => (only ?? name) === name && (among === undefined || among.includes(name)),
    );
    const key = `${shown.map((module) => module.name).join(",")}${readOnly ? ";readonly" : ""}`;
    const known = made.get(key);
    if (known !== undefined) return known;
    const view = makeView(key, registry, shown, readOnly);
    made.set(key, view);
    return view;
  };
}

function makeView(key: string, registry: Registry, modules: readonly ViewModule[], readOnly: boolean): View {
  const names = modules.map((module) => module.name);
  const narrowed = registry.narrow(
    (entry) => names.includes(entry.module) && (!readOnly || entry.tool.access === "read"),
  );
  const tools = narrowed.entries.map(listedTool);
  return {
    key,
    registry: narrowed,
    tools,
    toolsJson: JSON.stringify(tools),
    headerSchemas: new Map(narrowed.entries.filter(hasHeader).map(({ tool, inputSchema }) => [tool.name, inputSchema])),
    instructions: instructions(modules),
    prompts: modules.flatMap((module) => module.prompts.map(listPrompt)),
    resources: modules.flatMap((module) => module.resources),
  };
}

const hasHeader = ({ properties }: Entry): boolean =>
  Object.values(properties).some((property) => "x-mcp-header" in property);

function listedTool({ tool, inputSchema, outputSchema }: Entry): ListToolsResult["tools"][number] {
  const isRead = tool.access === "read";
  const listed = {
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema,
    outputSchema: withFailures(outputSchema),
    annotations: {
      title: tool.title,
      readOnlyHint: isRead,
      destructiveHint: tool.access === "destructive",
      idempotentHint: tool.idempotent ?? isRead,
      openWorldHint: tool.openWorld ?? true,
    },
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- both schemas come from zod objects
  return Object.freeze(listed) as ListToolsResult["tools"][number];
}

/**
 * The schema of a success, which failures pass too: SDK v1 holds `isError` results to it as well, and shows a schema error in
 * place of the failure. What a success must have is required of everything but `status: "error"`.
 */
function withFailures({ required, properties, ...schema }: JsonObject): JsonObject {
  const { status, ...others } = isObject(properties) ? properties : {};
  return {
    ...schema,
    properties: { status: { type: "string", description: "success, or error when the call failed" }, ...others },
    if: { properties: { status: { const: "error" } }, required: ["status"] },
    else: {
      ...(status === undefined ? {} : { properties: { status } }),
      ...(required === undefined ? {} : { required }),
    },
  };
}

/** One module: all it has to say. Several: the first paragraph of each. */
function instructions(modules: readonly ViewModule[]): string {
  const [only, ...others] = modules;
  if (only !== undefined && others.length === 0) return clipBytes(only.instructions, MAX_INSTRUCTIONS_BYTES);
  const heads = modules.map((module) => `${module.title}: ${module.instructions.split("\n\n")[0] ?? ""}`);
  const intro = "ops-hub: operations tools. Each module also has a view of its own at /mcp/<module>.";
  return clipBytes([intro, ...heads].join("\n\n"), MAX_INSTRUCTIONS_BYTES);
}
