// prefect_get_artifacts: what runs left behind for people to read.
import { z } from "zod";
import { clipBytes } from "../../../core/clip.ts";
import type { Tool } from "../../../core/tool.ts";
import type { Artifact } from "../client/infra-shapes.ts";
import { prefectTool, type Call, type Kit } from "../kit.ts";
import { fitPage, openPage, pageInput, pageOutput } from "../paging.ts";
import { some } from "../runs/row.ts";
import { uuid } from "../uuid.ts";

const DATA_BYTES = 8_000;

const any = (text: string | undefined) => (text === undefined ? undefined : { any_: [text.trim()] });

export const getArtifacts = (kit: Kit): Tool =>
  prefectTool(kit, {
    name: "prefect_get_artifacts",
    title: "List artifacts",
    description:
      "Lists artifacts of runs (markdown, tables, links, progress), the newest first. Use it to see what a run reported. With latest only " +
      "the newest of each key. At most 100 in one answer, 8 KB of each; where results are stored is not shown.",
    input: z.strictObject({
      flow_run_id: uuid("Only those of this flow run").optional(),
      task_run_id: uuid("Only those of this task run").optional(),
      key: z.string().max(200).optional().describe("Exact key"),
      type: z.string().max(100).optional().describe("For example markdown, table, link, progress, result"),
      latest: z.boolean().default(false).describe("True: only the newest of each key"),
      ...pageInput(20, 100, "artifacts"),
    }),
    output: z.looseObject({ artifacts: z.array(z.looseObject({ id: z.string() })), ...pageOutput }),
    run: async (input, call) => {
      const page = openPage("prefect_get_artifacts", input, call.nowMs);
      const artifacts = {
        ...some("flow_run_id", any(input.flow_run_id)),
        ...some("task_run_id", any(input.task_run_id)),
        ...some("key", any(input.key)),
        ...some("type", any(input.type)),
      };
      const { artifacts: api } = call.api;
      const window = { limit: page.limit, offset: page.offset };
      const [total, rows] = await Promise.all(
        input.latest
          ? [api.countLatest({ artifacts }), api.latest({ artifacts }, "CREATED_DESC", window)]
          : [api.count({ artifacts }), api.filter({ artifacts }, "CREATED_DESC", window)],
      );
      const { shown, facts } = fitPage(rows, total, page, call.context.budget.textBytes, (one) =>
        artifactRow(call, one),
      );
      return { artifacts: shown, ...facts };
    },
  });

function artifactRow({ clean, instance }: Call, one: Artifact) {
  return {
    id: one.id,
    ...some("key", one.key === undefined ? undefined : clean.line(one.key, 200)),
    ...some("type", one.type),
    description: clean.line(one.description, 500),
    ...(one.type === "result" ? { data_note: "where a result is stored is not shown" } : dataOf(clean.value(one.data))),
    ...some("flow_run_id", one.flow_run_id),
    ...some("task_run_id", one.task_run_id),
    ...some("created", one.created),
    url: instance.links.artifact(one.id),
  };
}

function dataOf(data: unknown) {
  const text = typeof data === "string" ? data : (JSON.stringify(data) ?? "");
  const total = Buffer.byteLength(text);
  return total <= DATA_BYTES
    ? { data: text }
    : { data: clipBytes(text, DATA_BYTES), data_bytes: total, data_cut: true };
}
