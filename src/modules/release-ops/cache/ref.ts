// Under which key a tool's result stands: the store, the tool, the arguments that its catalogue names, and the very file
// that would run, so that a new version of a program starts with an empty shelf.
import type { ToolSpec } from "../catalog/types.ts";
import { valuesOf } from "../params/values.ts";
import type { Executable } from "../runs/executables.ts";
import type { Ref } from "./cache.ts";

export function refOf(
  spec: ToolSpec,
  input: Readonly<Record<string, unknown>>,
  executable: Executable | undefined,
): Ref | undefined {
  const { cache, name } = spec;
  if (cache === undefined || executable === undefined) return undefined;
  const values = valuesOf(spec, input);
  const tags = Object.fromEntries(cache.key.map((key) => [key, String(values.get(key) ?? "")]));
  const key = JSON.stringify([cache.store, name, tags, executable.digest]);
  return { store: cache.store, key, tool: name, tags, ttlMs: cache.ttlMs };
}
