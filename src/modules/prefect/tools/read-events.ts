// prefect_read_events: what happened in Prefect, event by event.
import { z } from "zod";
import { rfc3339 } from "../../../core/clock.ts";
import { isObject } from "../../../core/json.ts";
import type { Tool } from "../../../core/tool.ts";
import { MAX_EVENTS_PAGE } from "../client/record-api.ts";
import type { PrefectEvent } from "../client/infra-shapes.ts";
import type { EventFilter } from "../filters/infra.ts";
import { prefectTool, type Call, type Kit } from "../kit.ts";
import { fitPage, openPage, pageInput, pageOutput } from "../paging.ts";
import { bounded } from "../runs/bounded.ts";
import { some } from "../runs/row.ts";
import { readTime, time } from "../times.ts";
import { uuid } from "../uuid.ts";
import { requireCloudWindow, requireOrder } from "../window.ts";

const HOUR_MS = 3_600_000;
const PAYLOAD_BYTES = 500;
const MAX_RELATED = 8;

export const readEvents = (kit: Kit): Tool =>
  prefectTool(kit, {
    name: "prefect_read_events",
    title: "Read events",
    description:
      "Lists Prefect's events, the newest first, of the last hour unless since says otherwise. Use it to see what happened around a " +
      "moment, to a run or an automation. At most 200 in one answer, read in pages of 50; payloads are cut at 500 bytes.",
    input: z.strictObject({
      event_prefix: z.string().max(200).optional().describe("Begin of the event's name, for example prefect.flow-run."),
      event_names: z
        .array(z.string().max(200))
        .max(50)
        .optional()
        .describe("Exact names, for example prefect.flow-run.Failed"),
      resource_id: z
        .string()
        .max(300)
        .optional()
        .describe("Id of the event's resource, for example prefect.flow-run.<id>"),
      related_flow_run_id: uuid("Id of a flow run that the events are related to").optional(),
      since: time("Only events after it; one hour before until if left out"),
      until: time("Only events before it; now if left out"),
      ...pageInput(50, 200, "events"),
    }),
    output: z.looseObject({
      events: z.array(z.looseObject({ id: z.string(), event: z.string() })),
      since: z.string(),
      until: z.string(),
      ...pageOutput,
    }),
    run: async (input, call) => {
      const page = openPage("prefect_read_events", input, call.nowMs);
      const until = readTime("until", input.until, page.nowMs) ?? rfc3339(page.nowMs);
      const since = readTime("since", input.since, page.nowMs) ?? rfc3339(Date.parse(until) - HOUR_MS);
      requireOrder(since, until);
      if (call.instance.address.cloud !== undefined) requireCloudWindow(since, until);
      const event = {
        ...(input.event_prefix === undefined ? {} : { prefix: [input.event_prefix] }),
        ...(input.event_names === undefined ? {} : { name: input.event_names }),
      };
      const filter: EventFilter = {
        occurred: { since, until },
        ...(Object.keys(event).length === 0 ? {} : { event }),
        ...(input.resource_id === undefined ? {} : { resource: { id: [input.resource_id] } }),
        ...(input.related_flow_run_id === undefined
          ? {}
          : { related: { id: [`prefect.flow-run.${input.related_flow_run_id}`] } }),
      };
      const { events, total } = await readPages(call, filter, page.offset, page.limit);
      const { shown, facts } = fitPage(events, total, page, call.context.budget.textBytes, (one) =>
        eventRow(call, one),
      );
      return { events: shown, since, until, ...facts };
    },
  });

/** Prefect knows no offset: what lies before is read again, 50 at a time. */
async function readPages({ api }: Call, filter: EventFilter, offset: number, limit: number) {
  const wanted = offset + limit;
  let page = await api.events.filter(filter, Math.min(MAX_EVENTS_PAGE, wanted));
  const events = [...page.events];
  while (page.next !== undefined && events.length < wanted) {
    page = await api.events.next(page.next);
    events.push(...page.events);
  }
  return { events: events.slice(offset, wanted), total: page.total };
}

function eventRow({ clean }: Call, { id, event, occurred, resource, related, payload = {}, follows }: PrefectEvent) {
  const { from, more } = withoutStates(payload);
  const line = (text: string | undefined, max = 200) => (text === undefined ? undefined : clean.line(text, max));
  const byRole = (role: string) =>
    related.find((one) => one["prefect.resource.role"] === role)?.["prefect.resource.name"];
  return {
    id,
    event: clean.line(event, 200),
    occurred,
    resource_id: line(resource["prefect.resource.id"]),
    resource_name: line(resource["prefect.resource.name"]),
    state_type: line(resource["prefect.state-type"]),
    state_name: line(resource["prefect.state-name"]),
    ...some("state_message", line(resource["prefect.state-message"] || undefined, 300)),
    ...some("from_state", line(from)),
    flow_name: line(byRole("flow")),
    flow_run_name: line(byRole("flow-run")),
    related: related.slice(0, MAX_RELATED).map((one) => clean.line(one["prefect.resource.id"], 200)),
    ...(Object.keys(more).length === 0 ? {} : { payload: bounded(clean.value(more), PAYLOAD_BYTES) }),
    follows,
  };
}

/** A change of state stands in the resource already, with its message: of the payload only the state before is news. */
function withoutStates(payload: Readonly<Record<string, unknown>>) {
  const { intended: _intended, initial_state: initial, validated_state: validated, ...rest } = payload;
  if (validated === undefined) return { from: undefined, more: payload };
  const name = isObject(initial) ? (initial["name"] ?? initial["type"]) : undefined;
  return { from: typeof name === "string" ? name : undefined, more: rest };
}
