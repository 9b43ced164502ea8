// ops_job_start: runs a tool of the catalogue as a job, whatever its own way to run is.
import { z } from "zod";
import { closest } from "../../../../core/closest.ts";
import { ToolFailure } from "../../../../core/failure.ts";
import { invalidArguments } from "../../../../core/invalid.ts";
import { defineTool, type Tool } from "../../../../core/tool.ts";
import type { ToolSpec } from "../../catalog/types.ts";
import { valuesOf } from "../../params/values.ts";
import { askerOf } from "../../runs/asker.ts";
import { startedText } from "../jobs.ts";
import type { JobInput, RunOutcome } from "../types.ts";
import { jobView, viewOf, type JobToolOptions } from "./view.ts";

export const jobStart = <Outcome extends RunOutcome>({ jobs, tools, inputOf, admit }: JobToolOptions<Outcome>): Tool =>
  defineTool({
    name: "ops_job_start",
    title: "Start a command as a job",
    description:
      "Starts a release tool in the background and answers at once with the id of the job. Use it for commands that take " +
      "minutes. The same rules hold as for the tool itself (writes, confirm). A tool that may run only once answers with the job " +
      "that runs already. At most 50 jobs run; ended ones are kept for 24 hours, at most 200.",
    access: "destructive", // it starts whatever the catalogue has
    idempotent: false,
    asks: true,
    input: z.strictObject({
      tool: z.string().min(1).max(64).describe("Name of a release tool, such as jobctl_start_aggregator"),
      arguments: z.looseObject({}).default({}).meta({
        description: "The arguments of that tool",
        additionalProperties: true,
        maxProperties: 50,
        default: {},
      }),
    }),
    output: jobView.extend({ is_new: z.boolean().describe("False: it was running already") }),
    run: async ({ tool, arguments: raw }, context) => {
      const spec = specOf(tools(), tool);
      const given = parse(spec, inputOf(spec), raw);
      const input = admit(spec, given, context);
      const { job, isNew } = await jobs.start({ spec, input, ...askerOf(context) });
      return { ...viewOf(job), is_new: isNew };
    },
    text: ({ id, is_new: isNew }) => startedText(id, isNew),
  });

function specOf(tools: ReadonlyMap<string, ToolSpec>, name: string): ToolSpec {
  const spec = tools.get(name);
  if (spec !== undefined) return spec;
  const near = closest(name, [...tools.keys()], 3);
  const hint = near.length === 0 ? "" : `; did you mean ${near.join(" or ")}?`;
  throw new ToolFailure("invalid", `argument "tool": no tool ${name} can run as a job${hint}`);
}

function parse(spec: ToolSpec, shape: z.ZodObject, raw: JobInput): JobInput {
  const parsed = shape.safeParse(raw);
  if (!parsed.success) throw invalidArguments(parsed.error, Object.keys(shape.shape), raw);
  valuesOf(spec, parsed.data);
  return parsed.data;
}
