// The filter as a tool's argument: plain for clients, an object or its JSON text, refused in words before anything is asked.
import { z } from "zod";
import { expect, it } from "vitest";
import { defineTool } from "../../../src/core/tool.ts";
import { flowRunFilter } from "../../../src/modules/prefect/filters/runs.ts";
import { startTools } from "../../support/modules.ts";

const hub = startTools([
  defineTool({
    name: "sample",
    title: "Sample",
    description: "Repeats the filter it was given.",
    access: "read",
    input: z.strictObject({ filter: flowRunFilter.argument }),
    output: z.looseObject({}),
    run: ({ filter }) => ({ filter: flowRunFilter.parse(filter) }),
  }),
]);

it("is published as a bounded object that names its keys", () => {
  const schema = hub.registry.find("sample")?.properties["filter"];
  expect(schema).toMatchObject({ type: "object", additionalProperties: true, maxProperties: 30 });
  expect(schema?.["description"]).toContain("state{type,name}");
  expect(schema?.["description"]).toContain("start_time{before_,after_,is_null_}");
});

it("is taken as an object and as JSON text", async () => {
  const filter = { state: { name: { any_: ["Late"] } } };
  expect((await hub.call("sample", { filter })).structured).toEqual({ filter });
  expect((await hub.call("sample", { filter: JSON.stringify(filter) })).structured).toEqual({ filter });
  expect((await hub.call("sample", {})).structured).toEqual({});
});

it.each([
  [{ bogus: 1 }, "Unknown filter key 'bogus' in flow_runs filter. Allowed: "],
  ['{"bogus": 1}', "Unknown filter key 'bogus' in flow_runs filter. Allowed: "],
  ["late", "expected object"],
])("refuses %o", async (filter, words) => {
  expect(await hub.call("sample", { filter })).toMatchObject({ isError: true, text: expect.stringContaining(words) });
});
