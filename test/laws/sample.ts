// A tool that obeys every law, to be bent until it breaks one.
import { z } from "zod";
import type { Entry } from "../../src/core/entry.ts";
import { Registry } from "../../src/core/registry.ts";
import { defineTool, type ToolDefinition } from "../../src/core/tool.ts";
import { silent } from "../support/modules.ts";

type Parts = Partial<ToolDefinition<z.ZodObject, z.ZodObject>>;

/** The good tool with some parts replaced, as the registry keeps it. */
export function sample(parts: Parts = {}): Entry {
  const tool = defineTool({
    name: "list_samples",
    title: "List samples",
    description: "Lists the samples there are. Use it when you look for one.",
    access: "read",
    input: z.strictObject({ name: z.string().max(100).describe("The sample's name") }),
    output: z.looseObject({ total: z.number() }),
    run: () => ({ total: 0 }),
    ...parts,
  });
  const options = { clock: { now: () => 0 }, log: silent, budget: { textBytes: 1, structuredBytes: 1 } };
  return Registry.of([{ name: "sample", tools: [tool] }], options).entries[0]!;
}

export const withInput = (shape: z.ZodRawShape): Entry => sample({ input: z.strictObject(shape) });
export const withInputSchema = (inputSchema: Entry["inputSchema"]): Entry => ({ ...sample(), inputSchema });
export const withOutputSchema = (outputSchema: Entry["outputSchema"]): Entry => ({ ...sample(), outputSchema });
export const described = <T extends z.ZodType>(type: T): T => type.describe("Something");
