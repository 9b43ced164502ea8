// Whether the real server would take a body, by the schemas of its own OpenAPI, and what it says when it does not. It ignores unknown
// keys at the top of a body; those are told apart so that tests can fail on them.
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { fixture, type Row } from "./world.ts";

export interface BodyCheck {
  /** The server's 422; undefined when the body is well. */
  refusal: Row | undefined;
  /** Ignored by the server. */
  unknownKeys: string[];
}

interface Schemas {
  bodies: Record<string, Row>;
  components: { schemas: Record<string, Row> };
}

/** Paths as OpenAPI has them, for example /work_pools/{work_pool_name}/queues/filter. */
export function createBodyCheck(): (path: string, body: Row) => BodyCheck {
  const { bodies, components }: Schemas = fixture("openapi");
  const ajv = new Ajv2020({ strict: false, allErrors: true, discriminator: false, verbose: true });
  ajv.addFormat("uuid", /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i);
  ajv.addFormat("date-time", (text: string) => Number.isFinite(Date.parse(text)));
  for (const name of ["time-delta", "date", "duration", "uri", "json-string", "password"]) ajv.addFormat(name, true);
  const known = Object.keys(bodies).map((path) => ({
    path,
    pattern: new RegExp(`^${path.replace(/\{[^}]+\}/g, "[^/]+")}/?$`),
  }));
  const compiled = new Map<string, ValidateFunction>();
  return (path, body) => {
    const found = known.find(({ pattern }) => pattern.test(path));
    if (found === undefined) throw new Error(`no schema was captured for POST ${path}; add it to prefect-capture.ts`);
    const schema = bodies[found.path]!;
    let validate = compiled.get(found.path);
    if (validate === undefined) compiled.set(found.path, (validate = ajv.compile({ ...schema, components })));
    const properties = propertiesOf(schema, components);
    const unknownKeys = properties === undefined ? [] : Object.keys(body).filter((key) => !(key in properties));
    const refusal = validate(body) ? undefined : refuse(validate.errors ?? [], body);
    return { refusal, unknownKeys };
  };
}

function propertiesOf(schema: Row, components: Schemas["components"]): Row | undefined {
  const name = /schemas\/(.+)$/.exec(String(schema["$ref"] ?? schema["allOf"]?.[0]?.$ref ?? ""))?.[1];
  const target = name === undefined ? schema : components.schemas[name];
  return target?.["properties"];
}

/** Of the alternatives that failed, the deepest complaint is the one that pydantic makes. */
function refuse(errors: ErrorObject[], body: Row): Row {
  const real = errors.filter(
    ({ keyword, params }) => keyword !== "anyOf" && keyword !== "$ref" && params["type"] !== "null",
  );
  const depth = ({ instancePath, keyword }: ErrorObject) =>
    instancePath.split("/").length + (keyword === "additionalProperties" ? 1 : 0);
  const deepest = Math.max(...real.map(depth));
  return {
    exception_message: "Invalid request received.",
    exception_detail: real.filter((error) => depth(error) === deepest).map(complaint),
    request_body: body,
  };
}

function complaint({ keyword, instancePath, params, message, data }: ErrorObject): Row {
  const loc = [
    "body",
    ...instancePath
      .split("/")
      .slice(1)
      .map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
  ];
  switch (keyword) {
    case "additionalProperties":
      return {
        type: "extra_forbidden",
        loc: [...loc, params["additionalProperty"]],
        msg: "Extra inputs are not permitted",
        input: (data as Row)[params["additionalProperty"]],
      };
    case "enum": {
      const words = (params["allowedValues"] as string[]).map((word) => `'${word}'`);
      const said = words.length === 1 ? words[0] : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
      return { type: "enum", loc, msg: `Input should be ${said}`, input: data };
    }
    case "maximum":
      return {
        type: "less_than_equal",
        loc,
        msg: `Input should be less than or equal to ${params["limit"]}`,
        input: data,
      };
    case "format":
      return {
        type: `${params["format"]}_parsing`,
        loc,
        msg: `Input should be a valid ${params["format"]}`,
        input: data,
      };
    default:
      return { type: keyword, loc, msg: message, input: data };
  }
}
