// What every tool of this module is made from: which Prefect is meant, the way to it, and what may be shown of its answers.
import { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import type { CallContext } from "../../core/context.ts";
import type { JsonObject } from "../../core/json.ts";
import { defineTool, type Tool, type ToolDefinition } from "../../core/tool.ts";
import type { Api } from "./client.ts";
import type { Visitors } from "./credentials.ts";
import type { Docs } from "./docs/docs.ts";
import { findInstance, type Instance, type Instances } from "./instance.ts";
import type { Cleaner } from "./redact.ts";

export interface Kit {
  readonly instances: Instances;
  /** Callers with a Prefect of their own. */
  readonly visitors: Visitors;
  readonly clean: Cleaner;
  readonly clock: Clock;
  /** Undefined without PREFECT_DOCS_MCP_URL. */
  readonly docs: Docs | undefined;
}

/** One call of a tool. */
export interface Call {
  /** The endpoints of the Prefect that is meant; its requests end with this call. */
  readonly api: Api;
  readonly instance: Instance;
  readonly context: CallContext;
  readonly clean: Cleaner;
  /** When the call began, milliseconds. */
  readonly nowMs: number;
}

type Definition<Input extends z.ZodObject, Output extends z.ZodType<JsonObject>> = Omit<
  ToolDefinition<Input, Output>,
  "access" | "run"
> & {
  /** `read` unless stated. */
  readonly access?: ToolDefinition<Input, Output>["access"];
  readonly run: (input: z.output<Input>, call: Call) => Promise<z.input<Output>> | z.input<Output>;
};

/** A tool that asks Prefect. It takes an `instance` when there are several, and its answer then names the one that was asked. */
export function prefectTool<Input extends z.ZodObject, Output extends z.ZodType<JsonObject>>(
  kit: Kit,
  definition: Definition<Input, Output>,
): Tool {
  const { access = "read", run, ...rest } = definition;
  const tool = defineTool({
    ...rest,
    access,
    run: (input, context) => run(input, beginCall(kit, nameIn(input), context)),
  });
  if (kit.instances.list.length < 2) return tool;
  return {
    ...tool,
    input: tool.input.extend({ instance: instanceArgument(kit.instances) }),
    run: async (input, context) => {
      const { name } = instanceOf(kit, nameIn(input), context);
      return Object.assign({ instance: name }, await tool.run(input, context));
    },
  };
}

/** The way to the Prefect that is meant, also for prompts and completions. @throws ToolFailure */
export function beginCall(kit: Kit, name: string | undefined, context: CallContext): Call {
  const instance = instanceOf(kit, name, context);
  const api = instance.client.api(context.signal);
  return { api, instance, context, clean: kit.clean, nowMs: kit.clock.now() };
}

const instanceOf = (kit: Kit, name: string | undefined, context: CallContext): Instance =>
  kit.visitors.of(context) ?? findInstance(kit.instances, name);

const nameIn = (input: object): string | undefined =>
  "instance" in input && typeof input.instance === "string" ? input.instance : undefined;

function instanceArgument({ list, fallback }: Instances) {
  const otherwise = fallback === undefined ? "must be given" : `${fallback.name} if left out`;
  const names = list.map(({ name }) => name).join(", ");
  return z.string().max(64).optional().describe(`Which Prefect: ${names}; ${otherwise}`.slice(0, 500));
}
