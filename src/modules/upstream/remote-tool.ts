// A tool as an upstream describes it, cut to a size that our own clients can bear. One bad description costs no other tool.
import { z } from "zod";
import { isObject, type JsonObject } from "../../core/json.ts";

/** Of the schema and texts of one tool, and of all tools of a server. */
const MAX_SCHEMA_BYTES = 32_768;
const MAX_TOTAL_BYTES = 1_048_576;
/** A schema whose references unfold to more than this is a trap for whoever resolves them. */
const MAX_SCHEMA_NODES = 5_000;
const MAX_DEPTH = 32;
const MAX_TEXT = 1_000;

export interface RemoteTool {
  readonly name: string;
  readonly title: string | undefined;
  readonly description: string;
  /** As the server wrote it, or "any object" when it is too large. */
  readonly inputSchema: JsonObject;
  readonly readOnly: boolean;
  readonly destructive: boolean;
  readonly idempotent: boolean;
  readonly openWorld: boolean;
}

const hint = z.boolean().optional().catch(undefined);
const described = z.object({
  name: z.string().min(1).max(256),
  title: z.string().optional().catch(undefined),
  description: z.string().default("").catch(""),
  inputSchema: z.custom<JsonObject>(isObject),
  annotations: z
    .object({
      title: z.string().optional().catch(undefined),
      readOnlyHint: hint,
      destructiveHint: hint,
      idempotentHint: hint,
      openWorldHint: hint,
    })
    .default({})
    .catch({}),
});

export interface ReadTools {
  readonly tools: readonly RemoteTool[];
  /** How many descriptions could not be used: no tools, twice the same name, or beyond the total. */
  readonly refused: number;
}

export function readTools(raw: readonly unknown[]): ReadTools {
  const tools = new Map<string, RemoteTool>();
  let bytes = 0;
  for (const one of raw) {
    const parsed = described.safeParse(one);
    if (!parsed.success || tools.has(parsed.data.name)) continue;
    const tool = remoteTool(parsed.data);
    const size = Buffer.byteLength(JSON.stringify(tool));
    if (bytes + size > MAX_TOTAL_BYTES) continue;
    bytes += size;
    tools.set(tool.name, tool);
  }
  return { tools: [...tools.values()], refused: raw.length - tools.size };
}

function remoteTool({ name, title, description, inputSchema, annotations }: z.output<typeof described>): RemoteTool {
  const shown = title ?? annotations.title;
  return {
    name,
    title: shown === undefined ? undefined : plainText(shown, 100).replaceAll("\n", " "),
    description: plainText(description, MAX_TEXT * 4),
    inputSchema: boundedSchema(inputSchema),
    readOnly: annotations.readOnlyHint === true,
    destructive: annotations.destructiveHint !== false,
    idempotent: annotations.idempotentHint === true,
    openWorld: annotations.openWorldHint !== false,
  };
}

/** Without control characters and without letters that nobody sees (format characters may hide orders to a model). */
export function plainText(text: string, max: number): string {
  const plain = text
    .slice(0, max * 2)
    .replace(/\r\n?/g, "\n")
    .replace(/[^\P{C}\n\t]/gu, "")
    .trim();
  return plain.length <= max ? plain : `${Array.from(plain).slice(0, max).join("")}…`;
}

function boundedSchema(schema: JsonObject): JsonObject {
  const isFine =
    depthOf(schema, MAX_DEPTH) >= 0 &&
    Buffer.byteLength(JSON.stringify(schema)) <= MAX_SCHEMA_BYTES &&
    unfoldedNodes(schema) <= MAX_SCHEMA_NODES;
  if (!isFine) return { type: "object", additionalProperties: true };
  const plain = cleaned(schema);
  return { ...(isObject(plain) ? plain : {}), type: "object" };
}

/** What is left of `most`; negative when the value is deeper. */
function depthOf(value: unknown, most: number): number {
  if (most < 0 || typeof value !== "object" || value === null) return most;
  let least = most;
  for (const one of Object.values(value)) least = Math.min(least, depthOf(one, most - 1));
  return least;
}

/** Nodes with every local reference unfolded, as far as it does not lead back to itself. */
function unfoldedNodes(root: JsonObject): number {
  const known = new Map<string, number>();
  const count = (value: unknown): number => {
    if (typeof value !== "object" || value === null) return 1;
    const reference: unknown = "$ref" in value ? value.$ref : undefined;
    const inner = Object.values(value).reduce((sum: number, one) => sum + count(one), 1);
    return typeof reference === "string" ? inner + target(reference) : inner;
  };
  const target = (reference: string): number => {
    const before = known.get(reference);
    if (before !== undefined) return before;
    known.set(reference, 0); // a reference back to where we are
    const nodes = reference.startsWith("#/") ? count(follow(root, reference)) : ANCHOR.test(reference) ? Infinity : 0;
    known.set(reference, nodes);
    return nodes;
  };
  return count(root);
}

/** Nobody needs one in a tool's arguments, and it is one more way to hide a bomb. */
const ANCHOR = /^#[^/]/;

function follow(root: unknown, reference: string): unknown {
  return reference
    .slice(2)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce((at: unknown, key) => (isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined), root);
}

/** References to other documents go (a client might fetch them), and texts are made plain. */
function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cleaned);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(
    ([key, one]) => !DROPPED.has(key) && !(key === "$ref" && typeof one === "string" && !one.startsWith("#")),
  );
  return Object.fromEntries(
    kept.map(([key, one]) => [
      key,
      TEXTS.has(key) && typeof one === "string" ? plainText(one, MAX_TEXT) : cleaned(one),
    ]),
  );
}

const DROPPED: ReadonlySet<string> = new Set(["__proto__", "$dynamicRef", "$recursiveRef"]);
const TEXTS: ReadonlySet<string> = new Set(["description", "title", "$comment"]);
