// One JSON Schema out of an OpenAPI document: the wanted component with all that it refers to, as small as it stays true.
import { isObject } from "../../../core/json.ts";

type Schemas = Readonly<Record<string, unknown>>;

const PREFIX = "#/components/schemas/";
/** Words that say nothing about what is allowed, the least missed first. */
const WORDS = ["title", "description"];

/** At most `maxBytes` of JSON where leaving titles, then descriptions out suffices. Undefined when there is no such component. */
export function closureOf(schemas: Schemas, name: string, maxBytes: number): Record<string, unknown> | undefined {
  if (!isObject(schemas[name])) return undefined;
  const names = [name, ...reachable(schemas, name)];
  const whole = (without: readonly string[]) => ({
    $ref: `#/$defs/${name}`,
    $defs: Object.fromEntries(names.map((one) => [one, strip(schemas[one], without)])),
  });
  const tries = WORDS.map((_, i) => whole(WORDS.slice(0, i + 1)));
  return tries.find((one) => Buffer.byteLength(JSON.stringify(one)) <= maxBytes) ?? tries.at(-1);
}

function reachable(schemas: Schemas, start: string): Set<string> {
  const found = new Set<string>();
  const waiting = [start];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const more = [...JSON.stringify(schemas[name] ?? null).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(
      (one) => one[1] ?? "",
    );
    for (const one of more) {
      if (found.has(one)) continue;
      found.add(one);
      waiting.push(one);
    }
  }
  return found;
}

/** Below `properties` the keys are names, not words of the schema. */
function strip(value: unknown, without: readonly string[], areNames = false): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => strip(one, without));
  if (typeof value === "string") return value.startsWith(PREFIX) ? `#/$defs/${value.slice(PREFIX.length)}` : value;
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => areNames || !without.includes(key))
      .map(([key, one]) => [key, strip(one, without, key === "properties" && !areNames)]),
  );
}
