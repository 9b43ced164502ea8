// prefect_set_deployment_paused: stops or starts a deployment's schedules, and reads back what Prefect now holds.
import { z } from "zod";
import { ToolFailure } from "../../../core/failure.ts";
import type { Tool } from "../../../core/tool.ts";
import { findDeployment } from "../deployments/find.ts";
import { prefectTool, type Kit } from "../kit.ts";

export const setDeploymentPaused = (kit: Kit): Tool =>
  prefectTool(kit, {
    name: "prefect_set_deployment_paused",
    title: "Pause or resume a deployment",
    description:
      "Pauses or resumes a deployment and reads back the result. Use it to stop a schedule while something is mended, or to let " +
      "it go on. While paused no new runs are scheduled; runs made by hand are still taken.",
    access: "write",
    idempotent: true,
    input: z.strictObject({
      deployment: z.string().min(1).max(400).describe("Id of the deployment, or its name as flow/deployment"),
      paused: z.boolean().describe("true pauses, false resumes"),
    }),
    output: z.looseObject({
      deployment_id: z.string(),
      paused: z.boolean().describe("As read back after the change"),
      changed: z.boolean(),
      url: z.string(),
    }),
    run: async ({ deployment: given, paused }, call) => {
      const { api, clean, instance } = call;
      const before = await findDeployment(call, given);
      await api.deployments.setPaused(before.id, paused);
      const after = await api.deployments.get(before.id);
      if (after.paused !== paused) {
        throw new ToolFailure(
          "unavailable",
          `Prefect took the change, but the deployment is ${paused ? "not" : "still"} paused`,
          {
            code: "NOT_CHANGED",
          },
        );
      }
      return {
        deployment_id: after.id,
        name: clean.line(after.name, 200),
        paused: after.paused,
        changed: before.paused !== after.paused,
        active_schedules: after.schedules.filter(({ active }) => active !== false).length,
        url: instance.links.deployment(after.id),
      };
    },
  });
