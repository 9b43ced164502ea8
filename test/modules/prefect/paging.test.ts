// Every list pages alike: total is what Prefect counts, a cursor leads on, and no row comes twice or never.
import { expect, it } from "vitest";
import { startWithPrefect, type Started } from "./start.ts";

const LISTS = ["deployments", "flows", "flow_runs", "task_runs", "events", "automations", "artifacts", "work_pools"];
const ENOUGH = 100;

/** All rows, three at a time; each answer is checked on the way. */
async function readAll({ call }: Started, tool: string, input: object) {
  const rows: string[] = [];
  let cursor: unknown;
  let total: unknown;
  do {
    // oxlint-disable-next-line no-await-in-loop -- each page is named by the one before it
    const { text, structured } = await call(tool, { ...input, limit: 3, ...(cursor === undefined ? {} : { cursor }) });
    const page = [...LISTS, "limits", "logs"].map((name) => structured[name]).find(Array.isArray);
    expect([tool, page === undefined ? text : ""]).toEqual([tool, ""]);
    rows.push(...(page ?? []).map((row: unknown) => JSON.stringify(row)));
    cursor = structured["next_cursor"];
    total = structured["total"];
    const told = { returned: structured["returned"], truncated: structured["truncated"] };
    expect([tool, told]).toEqual([tool, { returned: page?.length, truncated: cursor !== undefined }]);
  } while (cursor !== undefined && rows.length < ENOUGH);
  return { rows, total };
}

it("a list read three at a time is the list, in every tool that has a cursor", async () => {
  const hub = await startWithPrefect();
  const { runs } = hub.server.world.seeded;
  const given: Record<string, object> = {
    prefect_get_flow_run_logs: { flow_run_id: runs["big"] },
    prefect_read_events: { since: "now-1d" },
  };
  const tools = hub.registry.entries.filter(({ properties }) => "cursor" in properties).map(({ tool }) => tool.name);
  expect(tools.length).toBeGreaterThan(LISTS.length);
  for (const tool of tools) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, so that a failure names its tool
    const { rows, total } = await readAll(hub, tool, given[tool] ?? {});
    expect([tool, rows.length > 0, new Set(rows).size]).toEqual([tool, true, rows.length]);
    if (rows.length < ENOUGH) expect([tool, total]).toEqual([tool, rows.length]);
    else if (total !== undefined) expect(total).toBeGreaterThan(ENOUGH); // Prefect counts no log lines
  }
});
