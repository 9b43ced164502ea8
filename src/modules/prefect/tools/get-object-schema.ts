// prefect_get_object_schema: what an automation is made of.
import { z } from "zod";
import { ToolFailure } from "../../../core/failure.ts";
import type { Tool } from "../../../core/tool.ts";
import { prefectTool, type Call, type Kit } from "../kit.ts";
import { AUTOMATION } from "../schemas/automation.ts";
import { closureOf } from "../schemas/closure.ts";

const FRAME_BYTES = 500;
const COMPONENT = "AutomationCreate";

export const getObjectSchema = (kit: Kit): Tool =>
  prefectTool(kit, {
    name: "prefect_get_object_schema",
    title: "Show an object's schema",
    description:
      "Shows what an automation is made of: fields, kinds of triggers and actions. Use it to understand or write down an automation. " +
      "summary is about 4 KB and asks nobody; full is the JSON Schema of this very server, about 20 KB, self-hosted only.",
    input: z.strictObject({
      object_type: z.enum(["automation"]).describe("Which object: automation"),
      detail: z.enum(["summary", "full"]).default("summary").describe("summary in words, or the full JSON Schema"),
    }),
    output: z.looseObject({ object_type: z.string() }),
    run: ({ detail }, call) => (detail === "summary" ? AUTOMATION : full(call)),
  });

const failed = (message: string): ToolFailure =>
  new ToolFailure("unavailable", `${message}; detail=summary always works`, { code: "NO_SCHEMA" });

async function full({ api, instance, context }: Call) {
  if (instance.address.cloud !== undefined) throw failed("Prefect Cloud does not publish its schemas");
  const { components } = await api.schemas.openApi();
  const schema = closureOf(components.schemas, COMPONENT, context.budget.textBytes - FRAME_BYTES);
  if (schema === undefined) throw failed(`this server's API description has no ${COMPONENT}`);
  return { object_type: "automation", schema };
}
