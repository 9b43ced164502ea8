// prefect_search_docs: Prefect's documentation, where the operator named a server that searches it.
import { z } from "zod";
import { defineTool, type Tool } from "../../../core/tool.ts";
import type { Docs } from "../docs/docs.ts";
import type { Kit } from "../kit.ts";
import { some } from "../runs/row.ts";

const SNIPPET_CHARS = 2_000;
const FRAME_BYTES = 300;

export const searchDocs = ({ clean }: Kit, docs: Docs): Tool =>
  defineTool({
    name: "prefect_search_docs",
    title: "Search Prefect's documentation",
    description:
      "Searches Prefect's documentation. Use it for how Prefect works or is configured, not for what runs now. At most 20 passages of " +
      "2,000 characters; gives up after 3 seconds.",
    access: "read",
    input: z.strictObject({
      query: z.string().trim().min(1).max(500).describe("What to look for, in words"),
      top_k: z.number().int().min(1).max(20).default(5).describe("Most passages, at most 20"),
    }),
    output: z.looseObject({
      query: z.string(),
      results: z.array(z.looseObject({ snippet: z.string() })),
      returned: z.number(),
      truncated: z.boolean().describe("True when passages were left out for their size"),
    }),
    run: async ({ query, top_k }, { signal, budget }) => {
      const found = await docs.search(query, top_k, signal);
      let left = budget.textBytes - FRAME_BYTES - Buffer.byteLength(JSON.stringify(query));
      const rows = found.map(({ snippet, title, link, score }) => ({
        snippet: clean.text(snippet.slice(0, SNIPPET_CHARS)),
        ...some("title", title === undefined ? undefined : clean.line(title, 300)),
        ...some("link", link === undefined ? undefined : clean.line(link, 500)),
        ...some("score", score),
      }));
      const results = rows.filter((row) => (left -= Buffer.byteLength(JSON.stringify(row)) + 1) >= 0);
      return { query, results, returned: results.length, truncated: results.length < rows.length };
    },
  });
