// A tool as the registry keeps it: with the module it came from, and its schemas computed once.
import { z } from "zod";
import type { JsonObject } from "./json.ts";
import type { Tool } from "./tool.ts";

export interface Entry {
  readonly module: string;
  readonly tool: Tool;
  readonly inputSchema: JsonObject;
  /** The input schema's properties, by name. */
  readonly properties: Readonly<Record<string, JsonObject>>;
  readonly outputSchema: JsonObject;
}

export function describeEntry(module: string, tool: Tool): Entry {
  const properties = Object.fromEntries(
    Object.entries(tool.input.shape).map(([key, field]) => [key, jsonSchema(field, "input")]),
  );
  return {
    module,
    tool,
    properties,
    inputSchema: tool.inputSchema ?? { ...jsonSchema(tool.input, "input"), properties },
    outputSchema: jsonSchema(tool.output, "output"),
  };
}

function jsonSchema(schema: z.ZodType, io: "input" | "output"): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, target: "draft-2020-12" });
  const stated = schema.meta()?.["$schema"];
  return stated === undefined ? rest : { ...rest, $schema: stated };
}
