// prefect_get_task_runs: the tasks of runs, with what each waited for and how often it was tried.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import { combine } from "../filters/filter.ts";
import { taskRunFilter, type TaskRunFilter } from "../filters/runs.ts";
import { prefectTool, type Kit } from "../kit.ts";
import { fitPage, openPage, pageInput, pageOutput } from "../paging.ts";
import { stateFilter, statesInput } from "../runs/states.ts";
import { taskNames, taskRow } from "../runs/tasks.ts";
import { uuid } from "../uuid.ts";

const NAME = "prefect_get_task_runs";

export const getTaskRuns = (kit: Kit): Tool =>
  prefectTool(kit, {
    name: NAME,
    title: "List task runs",
    description:
      "Lists task runs: state and message, times, the tasks each one waited for (upstream), and retries used of those allowed. " +
      "Those of one flow run come in the order in which they were to start, else the newest come first. Use it to see which task " +
      "of a run failed, for example with states [FAILED, CRASHED]. Up to 100 a call.",
    input: z.strictObject({
      flow_run_id: uuid("Only tasks of this flow run").optional(),
      states: statesInput,
      name_contains: z
        .string()
        .min(1)
        .max(200)
        .optional()
        .describe("Only task runs whose name holds this text, in any case; _ and % are wildcards"),
      filter: taskRunFilter.argument,
      ...pageInput(20, 100, "task runs"),
    }),
    output: z.looseObject({
      task_runs: z.array(z.looseObject({ id: z.string(), state: z.string() })),
      ...pageOutput,
    }),
    run: async (input, call) => {
      const { api, context } = call;
      const page = openPage(NAME, input, call.nowMs);
      const { flow_run_id: run, name_contains: text } = input;
      const own: TaskRunFilter = {
        ...(run === undefined ? {} : { flow_run_id: { any_: [run] } }),
        ...(text === undefined ? {} : { name: { like_: text } }),
        ...stateFilter(input.states),
      };
      const wanted = combine(taskRunFilter.parse(input.filter), own);
      const where = Object.keys(wanted).length === 0 ? {} : { task_runs: wanted };
      const sort = run === undefined ? "EXPECTED_START_TIME_DESC" : "EXPECTED_START_TIME_ASC";
      const [total, tasks] = await Promise.all([
        api.taskRuns.count(where),
        api.taskRuns.filter(where, sort, { limit: page.limit, offset: page.offset }),
      ]);
      if (total === 0 && run !== undefined) await api.flowRuns.get(run);
      const names = await taskNames(call, tasks);
      const { shown, facts } = fitPage(tasks, total, page, context.budget.textBytes, (task) =>
        taskRow(call, task, names),
      );
      return { task_runs: shown, ...facts };
    },
  });
