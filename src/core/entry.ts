// A tool as the registry keeps it: with the module it came from, and its schemas computed once.
import { z } from "zod";
import { isObject, type JsonObject } from "./json.ts";
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
  const fields = Object.entries(tool.input.shape).map(([key, field]) => [key, jsonSchema(field, "input")] as const);
  const properties = tool.inputSchema === undefined ? Object.fromEntries(fields) : propertiesOf(tool.inputSchema);
  return {
    module,
    tool,
    properties,
    inputSchema: { ...(tool.inputSchema ?? jsonSchema(tool.input, "input")), properties },
    outputSchema: jsonSchema(tool.output, "output"),
  };
}

function propertiesOf({ properties }: JsonObject): Record<string, JsonObject> {
  const members = isObject(properties) ? Object.entries(properties) : [];
  return Object.fromEntries(members.map(([key, value]) => [key, isObject(value) ? value : {}]));
}

function jsonSchema(schema: z.ZodType, io: "input" | "output"): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, target: "draft-2020-12" });
  const stated = schema.meta()?.["$schema"];
  return stated === undefined ? rest : { ...rest, $schema: stated };
}
