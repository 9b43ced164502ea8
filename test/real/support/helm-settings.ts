// What the chart must know of the code's settings: which value is which variable, and what values.schema.json says of it.
import type { Section, Setting } from "../../../src/core/settings.ts";
import { SECTIONS } from "../../../src/config/sections.ts";
import { modules } from "../../../src/modules.ts";
import { UPSTREAM_SETTINGS } from "../../../src/modules/upstream/settings.ts";

/** Kubernetes sets these in every pod. */
export const NOT_OURS = ["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"];

/** Blocks of values.yaml that are not called as the section or module is. */
const BLOCKS: Readonly<Record<string, string>> = { reports: "agent", "release-ops": "releaseOps" };
/** Values that stand in another block, under another name. */
const MOVED: Readonly<Record<string, readonly [block: string, key: string]>> = { DATABASE_URL: ["database", "url"] };

export interface ChartSetting {
  readonly block: string;
  readonly key: string;
  readonly field: Setting<unknown>;
}

export function chartSettings(): readonly ChartSetting[] {
  const { reports, ...own } = SECTIONS;
  const sections: [string, Section][] = [
    ...Object.entries(own),
    ["reportAuth", reports],
    ["upstream", UPSTREAM_SETTINGS],
    ...modules.map(({ name, settings }): [string, Section] => [BLOCKS[name] ?? name, settings]),
  ];
  return sections.flatMap(([block, section]) =>
    Object.entries(section)
      .filter(([, { env }]) => !NOT_OURS.includes(env))
      .map(([key, field]) => {
        const [atBlock, atKey] = MOVED[field.env] ?? [block, key];
        return { block: atBlock, key: atKey, field };
      }),
  );
}

type Names = Record<string, Record<string, string>>;

/** files/settings.yaml: `plain` and `secret`, each block -> key -> variable; `first`, block -> the secret that it has before others. */
export function settingsFile(settings: readonly ChartSetting[]) {
  const file: { plain: Names; secret: Names; first: Record<string, string> } = { plain: {}, secret: {}, first: {} };
  for (const { block, key, field } of settings) {
    const blocks = field.secret ? file.secret : file.plain;
    (blocks[block] ??= {})[key] = field.env;
    if (field.secret) file.first[block] ??= field.env;
  }
  return file;
}

export interface JsonSchema {
  readonly $comment?: string;
  readonly properties?: Record<string, JsonSchema>;
  readonly [keyword: string]: unknown;
}

/** The schema with the settings as they are now; what stands there by hand stays. @throws when a block is missing */
export function withSettings(schema: JsonSchema, settings: readonly ChartSetting[]): JsonSchema {
  const blocks = { ...schema.properties };
  for (const block of new Set(settings.map((one) => one.block))) {
    const before = blocks[block];
    if (before === undefined) throw new Error(`values.schema.json has no block ${block}`);
    const fields = settings.filter((one) => one.block === block);
    const byHand = Object.entries(before.properties ?? {}).filter(([, { $comment }]) => $comment === undefined);
    const written = fields.map(({ key, field }) => [key, schemaOf(field)] as const);
    blocks[block] = { ...before, properties: Object.fromEntries([...byHand, ...written, ...secretKeys(fields)]) };
  }
  return { ...schema, properties: blocks };
}

function secretKeys(fields: readonly ChartSetting[]): [string, JsonSchema][] {
  const names = fields.filter(({ field }) => field.secret).map(({ field }) => field.env);
  if (names.length === 0) return [];
  const keys = Object.fromEntries(names.map((name) => [name, { type: "string", minLength: 1 }]));
  return [
    ["existingSecret", { $comment: "secret", type: "string", description: `Secret with ${names.join(", ")}.` }],
    [
      "existingSecretKeys",
      {
        $comment: "secret",
        type: "object",
        additionalProperties: false,
        properties: keys,
        description: `Variable -> key of that Secret; empty: ${names[0]} under its own name.`,
      },
    ],
  ];
}

/** An empty text is "not set", so that a value can be taken back. */
function schemaOf({ env, doc, schema, secret }: Setting<unknown>): JsonSchema {
  const accepts = (text: string): unknown => schema.safeParse(text).data;
  const fallback = schema.safeParse(undefined).data;
  const types = ["string"];
  if (!secret) {
    const isFraction = accepts("0.5") === 0.5;
    if (isFraction || typeof fallback === "number" || typeof accepts("7") === "number") {
      types.unshift(isFraction ? "number" : "integer");
    }
    if (accepts("true") === true) types.unshift("boolean");
    if (Array.isArray(fallback) || ["none", "127.0.0.1"].some((text) => Array.isArray(accepts(text)))) {
      types.unshift("array");
    }
  }
  return {
    $comment: env,
    type: types,
    ...(types.includes("array") ? { items: { type: "string" } } : {}),
    ...(types.includes("integer") ? { pattern: "^[0-9]*$" } : {}),
    ...(types.includes("number") ? { pattern: "^[0-9]*\\.?[0-9]*$" } : {}),
    description: `${env}: ${doc}`,
  };
}
