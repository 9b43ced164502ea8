// prefect_search_docs: there only when the operator named a server, asked only when someone searches, and never in anyone's way.
import { afterEach, expect, it } from "vitest";
import { startDocs, type DocsOptions } from "../docs/docs-stand-in.ts";
import { startWithPrefect } from "../start.ts";

const TOOL = "prefect_search_docs";
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function startSearch(options: DocsOptions = {}) {
  const docs = await startDocs(options);
  closing.push(docs.close);
  return { docs, ...(await startWithPrefect({}, { PREFECT_DOCS_MCP_URL: docs.url })) };
}

it.each([[false], [true]])("finds passages (as a stream: %s), cleaned and cut", async (streams) => {
  const { docs, call } = await startSearch({ streams });
  expect(docs.calls).toEqual([]);
  const { isError, structured, text } = await call(TOOL, { query: "retries", top_k: 2 });
  expect([isError, structured]).toEqual([
    false,
    {
      query: "retries",
      results: [
        {
          snippet: expect.stringContaining("Set retries=2"),
          title: "Retries",
          link: "https://docs.example.com/retries",
          score: 0.9,
        },
        { snippet: "x".repeat(2_000), title: "Long" },
      ],
      returned: 2,
      truncated: false,
    },
  ]);
  expect(text).not.toContain("canary");
  expect(docs.calls.map(({ method }) => method)).toEqual([
    "initialize",
    "notifications/initialized",
    "tools/list",
    "tools/call",
  ]);
  expect(docs.calls[3]?.params).toEqual({ name: "search_prefect", arguments: { query: "retries", top_k: 2 } });
});

it("takes plain text for passages", async () => {
  const { call } = await startSearch({ result: { content: [{ type: "text", text: "Use retries." }] } });
  expect((await call(TOOL, { query: "retries" })).structured).toMatchObject({ results: [{ snippet: "Use retries." }] });
});

it.each<[DocsOptions, string]>([
  [{ status: 503 }, "answered 503"],
  [{ tools: [] }, "offers no search; check PREFECT_DOCS_MCP_URL"],
  [
    { result: { isError: true, content: [{ type: "text", text: "index is down" }] } },
    "could not search: index is down",
  ],
  [{ result: { content: 7 } }, "does not answer tools/call as an MCP server would"],
])("says what is wrong: %j", async (options, words) => {
  const { call } = await startSearch(options);
  const { isError, text } = await call(TOOL, { query: "retries" });
  expect([isError, text]).toEqual([true, expect.stringContaining(words)]);
});

it("gives up after three seconds, and meanwhile nothing else waits", async () => {
  const { call } = await startSearch({ hangsAt: "tools/list" });
  const search = call(TOOL, { query: "retries" });
  const flows = call("prefect_get_flows");
  expect(await Promise.race([search, flows])).toBe(await flows);
  const { isError, text } = await search;
  expect([isError, text]).toEqual([true, expect.stringContaining("did not answer within 3 s")]);
});

it("ends with its call, and says that nobody is there", async () => {
  const { call, docs } = await startSearch({ hangsAt: "initialize" });
  const caller = new AbortController();
  const search = call(TOOL, { query: "retries" }, { signal: caller.signal });
  await expect.poll(() => docs.calls.length).toBe(1);
  caller.abort();
  expect((await search).isError).toBe(true);
  await docs.close();
  expect((await call(TOOL, { query: "retries" })).text).toContain("cannot be reached");
});

it("is not there without PREFECT_DOCS_MCP_URL, and a bad one stops the start", async () => {
  const { registry, running } = await startWithPrefect();
  expect(registry.find(TOOL)).toBeUndefined();
  expect(running.absent).toEqual({
    [TOOL]: expect.stringContaining("PREFECT_DOCS_MCP_URL"),
    prefect_review_rate_limits: expect.stringContaining("Prefect Cloud only"),
  });
  await expect(startWithPrefect({}, { PREFECT_DOCS_MCP_URL: "docs" })).rejects.toThrow("PREFECT_DOCS_MCP_URL must be");
});
