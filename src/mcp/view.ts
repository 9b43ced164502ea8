// A view is what one URL shows: some modules, all their tools or only the reading ones. Its lists are made once.
import type { ListToolsResult } from "@modelcontextprotocol/server";
import { clipBytes } from "../core/clip.ts";
import { isObject, type JsonObject } from "../core/json.ts";
import type { Prompt, Resource } from "../core/prompt.ts";
import type { Entry } from "../core/entry.ts";
import type { Registry } from "../core/registry.ts";
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

/** Its lists may become others while it is in use (Views.refresh): nobody keeps a copy of them. */
export interface View {
  /** Stable for the same modules, access and rights; sessions are bound to it. */
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

export function makeView(key: string, registry: Registry, modules: readonly ViewModule[], readOnly: boolean): View {
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
