// prefect_get_automations: automations, each trigger in one sentence.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import type { Automation } from "../client/infra-shapes.ts";
import { automationFilter, type AutomationFilter } from "../filters/infra.ts";
import { combine } from "../filters/filter.ts";
import { prefectTool, type Call, type Kit } from "../kit.ts";
import { fitPage, openPage, pageInput, pageOutput } from "../paging.ts";
import { bounded } from "../runs/bounded.ts";
import { spoken } from "../times.ts";
import { uuid } from "../uuid.ts";

const MAX = 1_000;
const PART_BYTES = 1_500;

export const getAutomations = (kit: Kit): Tool =>
  prefectTool(kit, {
    name: "prefect_get_automations",
    title: "List automations",
    description:
      "Lists automations with their trigger in one sentence, threshold and actions. Use it to learn why an automation did or did not " +
      "fire, and since when it is there. At most 100 in one answer, of the first 1000.",
    input: z.strictObject({
      id: uuid("Id of one automation").optional(),
      name: z.string().max(200).optional().describe("Exact name"),
      enabled: z.boolean().optional().describe("True: only enabled ones; false: only others"),
      tags: z.array(z.string().max(100)).max(20).optional().describe("Only those with all of these tags"),
      filter: automationFilter.argument,
      ...pageInput(20, 100, "automations"),
    }),
    output: z.looseObject({ automations: z.array(z.looseObject({ id: z.string(), name: z.string() })), ...pageOutput }),
    run: async (input, call) => {
      const page = openPage("prefect_get_automations", input, call.nowMs);
      const own: AutomationFilter = {
        ...(input.name === undefined ? {} : { name: { any_: [input.name] } }),
        ...(input.tags === undefined ? {} : { tags: { all_: input.tags } }),
      };
      const filter = combine(automationFilter.parse(input.filter), own);
      const found =
        input.id === undefined
          ? await call.api.automations.filter({ automations: filter }, "NAME_ASC", { limit: MAX })
          : [await call.api.automations.get(input.id)];
      const matching = found.filter((one) => fits(one, input));
      const rows = matching.slice(page.offset, page.offset + page.limit);
      const { shown, facts } = fitPage(rows, matching.length, page, call.context.budget.textBytes, (one) =>
        automationRow(call, one),
      );
      return { automations: shown, ...facts };
    },
  });

interface Wanted {
  readonly name?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly tags?: readonly string[] | undefined;
}

/** Prefect cannot filter by `enabled`, and one that was asked for by its id was not filtered at all. */
const fits = (one: Automation, { name, enabled, tags = [] }: Wanted): boolean =>
  (name === undefined || one.name === name) &&
  (enabled === undefined || (one.enabled ?? true) === enabled) &&
  tags.every((tag) => one.tags.includes(tag));

function automationRow({ clean, instance }: Call, one: Automation) {
  return {
    id: one.id,
    name: clean.line(one.name, 200),
    enabled: one.enabled ?? true,
    description: clean.line(one.description, 300),
    trigger_text: clean.line(explain(one.trigger), 600),
    trigger: bounded(clean.value(one.trigger), PART_BYTES),
    actions: bounded(clean.value(one.actions), PART_BYTES),
    actions_on_trigger: bounded(clean.value(one.actions_on_trigger), PART_BYTES),
    actions_on_resolve: bounded(clean.value(one.actions_on_resolve), PART_BYTES),
    tags: one.tags.map((tag) => clean.line(tag, 100)),
    created: one.created,
    updated: one.updated,
    url: instance.links.automation(one.id),
  };
}

const list = (value: unknown) => (Array.isArray(value) && value.length > 0 ? value.join(" or ") : "any event");

function explain(trigger: Readonly<Record<string, unknown>>): string {
  const { type, posture, threshold, within } = trigger;
  if (type !== "event") return `a ${String(type)} trigger: see trigger`;
  const span = typeof within === "number" && within > 0 ? ` within ${spoken(within)}` : "";
  const about = `${JSON.stringify(trigger["match"] ?? {})} related ${JSON.stringify(trigger["match_related"] ?? {})}`;
  const verb = posture === "Proactive" ? "fires when fewer than" : "fires at";
  return `${verb} ${typeof threshold === "number" ? threshold : 1} × ${list(trigger["expect"])}${span}, for ${about}`;
}
