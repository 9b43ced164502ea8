// What every tool of this module is made from: a cluster found by the optional `context`, names that are names, and lists.
import { z } from "zod";
import type { CallContext } from "../../core/context.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Redactor } from "../../core/redact.ts";
import { defineTool, type Tool, type ToolDefinition } from "../../core/tool.ts";
import type { Cluster } from "./api/cluster.ts";
import type { Clusters } from "./api/clusters.ts";

export interface Kit {
  readonly clusters: Clusters;
  /** One for all logs, so that a secret has the same tag everywhere. */
  readonly redactor: Redactor;
}

type Definition<Input extends z.ZodObject, Output extends z.ZodType<JsonObject>> = Omit<
  ToolDefinition<Input, Output>,
  "access" | "run"
> & {
  run(this: void, input: z.output<Input>, cluster: Cluster, context: CallContext): Promise<z.input<Output>>;
};

/** A read-only tool for one cluster. Only a hub that knows several has the argument `context`. */
export function clusterTool<Input extends z.ZodObject, Output extends z.ZodType<JsonObject>>(
  { clusters }: Kit,
  definition: Definition<Input, Output>,
): Tool {
  const { input, run } = definition;
  const several = clusters.names.length > 1;
  return defineTool({
    ...definition,
    access: "read",
    input: several ? input.extend({ context: contextArgument(clusters.names) }) : input,
    run({ context: name, ...given }, context) {
      const cluster = clusters.find(typeof name === "string" ? name : undefined);
      return run(input.parse(given), cluster, context);
    },
  });
}

const MAX_NAMES_TOLD = 10;

function contextArgument(names: readonly string[]) {
  const [first, ...others] = names.slice(0, MAX_NAMES_TOLD);
  const more = names.length > MAX_NAMES_TOLD ? " and more" : "";
  return z
    .string()
    .max(253)
    .optional()
    .describe(`Cluster to ask: ${first} (default), ${others.join(", ")}${more}`);
}

/** Names of objects: what may stand in a path of the API. */
export const objectName = (what: string) =>
  z
    .string()
    .min(1)
    .max(253)
    .regex(/^[^/%\s]+$/, "is a name without blanks, / and %")
    .describe(what);

export const namespaceArgument = objectName("Namespace; default: that of the kubeconfig's context").optional();

export const selectorArguments = {
  labelSelector: z
    .string()
    .max(1_000)
    .optional()
    .describe("Kubernetes label selector, for example app=web,tier!=cache or env in (prod,stage)"),
  fieldSelector: z
    .string()
    .max(1_000)
    .optional()
    .describe("Kubernetes field selector, for example status.phase=Failed or spec.nodeName=node-1"),
};

export const pageArguments = (limit: number, maxLimit: number, what: string) => ({
  limit: z.number().int().min(1).max(maxLimit).default(limit).describe(`Most ${what} to show, at most ${maxLimit}`),
  offset: z.number().int().min(0).max(1_000_000).default(0).describe(`Skip this many ${what}; see next_offset`),
});

/** Members of every list's answer. */
export const pageOutput = {
  total: z.number().describe("All that matched, shown or not"),
  total_is_minimum: z.boolean().optional().describe("True when there are too many to count"),
  returned: z.number(),
  truncated: z.boolean().describe("True when there is more than is shown"),
  has_more: z.boolean(),
  next_offset: z.number().optional().describe("Pass it as offset for the next page"),
};
