// Whether parameters fit a deployment's schema, asked before a run is made: Prefect takes unknown names silently.
import { z } from "zod";
import { closest } from "../../../core/closest.ts";
import { oneLine } from "../../../core/clip.ts";
import { isObject, type JsonObject } from "../../../core/json.ts";
import type { Deployment } from "../client/shapes.ts";

export interface ParameterCheck {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

export function checkParameters(deployment: Deployment, given: JsonObject): ParameterCheck {
  const schema = deployment.parameter_openapi_schema ?? {};
  const { properties } = schema;
  if (!isObject(properties)) {
    const isAsked = Object.keys(given).length > 0;
    return { problems: [], warnings: isAsked ? ["the deployment has no parameter schema: nothing was checked"] : [] };
  }
  const isOpen = schema["additionalProperties"] === true || isObject(schema["additionalProperties"]);
  const unknown = isOpen ? [] : Object.keys(given).filter((name) => !Object.hasOwn(properties, name));
  const misfits = checkValues(schema, properties, { ...deployment.parameters, ...given });
  const isEnforced = deployment.enforce_parameter_schema !== false;
  return {
    problems: [...unknown.map((name) => unknownName(name, Object.keys(properties))), ...(isEnforced ? misfits : [])],
    warnings: isEnforced ? [] : misfits.map((text) => `${text} (Prefect does not enforce the schema here)`),
  };
}

function unknownName(name: string, known: readonly string[]): string {
  const near = closest(name, known, 1)[0];
  const guess = near === undefined ? "" : ` Did you mean '${near}'?`;
  return `unknown parameter '${oneLine(name, 60)}'.${guess} Known: ${known.slice(0, 30).join(", ") || "none"}`;
}

/** Messages name the parameter and what is wanted, never the value. */
function checkValues(schema: JsonObject, properties: JsonObject, values: JsonObject): string[] {
  const required = Array.isArray(schema["required"]) ? schema["required"].map(String) : [];
  const problems = required
    .filter((name) => !Object.hasOwn(values, name))
    .map((name) => `parameter '${name}' is required`);
  for (const [name, wanted] of Object.entries(properties)) {
    const value = values[name];
    // Prefect fills in templates itself, and takes null for what may be left out.
    if (value === undefined || (value === null && !required.includes(name)) || isTemplate(value)) continue;
    const parser = parserOf(schema, isObject(wanted) ? wanted : {});
    const issue = parser?.safeParse(value).error?.issues[0];
    if (issue === undefined) continue;
    const where = [name, ...issue.path.map(String)].join(".");
    problems.push(`parameter '${oneLine(where, 100)}': ${oneLine(issue.message, 200)}`);
  }
  return problems;
}

/** Undefined for a schema that cannot be read: Prefect itself then decides. */
function parserOf(root: JsonObject, wanted: JsonObject): z.ZodType | undefined {
  const defs: JsonObject = {};
  for (const key of ["definitions", "$defs"]) if (isObject(root[key])) Object.assign(defs, root[key]);
  try {
    return z.fromJSONSchema(jsonSchema.parse(plain({ ...wanted, $defs: defs })));
  } catch {
    return undefined;
  }
}

const jsonSchema = z.custom<Parameters<typeof z.fromJSONSchema>[0]>(isObject);

/** Without formats and patterns, which Prefect does not check or which may be slow, and with one name for definitions. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => plain(one));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([key, one]) => !(typeof one === "string" && (key === "format" || key === "pattern")) && key !== "default",
      )
      .map(([key, one]) => [
        key,
        key === "$ref" && typeof one === "string" ? one.replace("#/definitions/", "#/$defs/") : plain(one),
      ]),
  );
}

const isTemplate = (value: unknown): boolean => JSON.stringify(value).includes('"__prefect_kind"');
