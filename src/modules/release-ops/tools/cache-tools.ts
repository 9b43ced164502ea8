// The seed's three tools on the cache. Their texts are its JSON, with our fields after its own.
import { z } from "zod";
import { ToolFailure } from "../../../core/failure.ts";
import type { JsonObject } from "../../../core/json.ts";
import { defineTool, type FailureView, type Tool } from "../../../core/tool.ts";
import { statsOf } from "../cache/stats.ts";
import { warm } from "../cache/warm.ts";
import type { Kit } from "../kit.ts";
import { askerOf } from "../runs/asker.ts";
import { pythonJson } from "../runs/python-json.ts";

const jsonOutput = z.looseObject({});

export const cacheTools = (kit: Kit): Tool[] => [stats(kit), invalidate(kit), warmTool(kit)];

const stats = ({ cache, mainStore, clock }: Kit): Tool =>
  defineTool({
    name: "mcp_cache_stats",
    title: "Cache stats",
    description:
      "Shows what is kept, for how long still, and how often it was of use. Use it when an answer looks old.",
    access: "read",
    openWorld: false,
    input: z.strictObject({}),
    output: jsonOutput,
    run: () => statsOf(cache, mainStore, clock),
    text: pythonJson,
    failure: asJson,
  });

const invalidate = ({ cache, mainStore, runners }: Kit): Tool =>
  defineTool({
    name: "mcp_cache_invalidate",
    title: "Invalidate cache",
    description: "Forgets what is kept of one release, or of all. Use it when something was changed outside the hub.",
    access: "write",
    openWorld: false,
    idempotent: true,
    input: z.strictObject({
      release: z.string().max(64).default("").meta({ description: "The release; empty or left out: everything." }),
    }),
    output: jsonOutput,
    run: ({ release }) => {
      const removed = cache.invalidate(release === "" ? {} : { value: release });
      runners.invalidate(release === "" ? undefined : release);
      const counters = mainStore === undefined ? undefined : cache.stores.get(mainStore)?.counters;
      if (counters !== undefined) counters.manual_invalidations += removed;
      const message =
        release === "" ? "All cache entries invalidated" : `Cache entry for release ${release} invalidated`;
      return { success: true, message, release: release === "" ? "all" : release, removed };
    },
    text: pythonJson,
    failure: asJson,
  });

const warmTool = (kit: Kit): Tool =>
  defineTool({
    name: "mcp_cache_warm",
    title: "Warm cache",
    description:
      "Fetches and keeps what is slow to get for some releases. Use it before a day of work; four at a time.",
    access: "write",
    long: true,
    idempotent: true,
    input: z.strictObject({
      releases: z
        .string()
        .max(4_096)
        .meta({ description: "Comma-separated releases such as 4.19.1,4.18.5; at most 50." }),
    }),
    output: jsonOutput,
    run: async ({ releases }, context) => {
      const asked = [...new Set(releases.split(",").map((one) => one.trim()))].filter((one) => one !== "");
      const empty = "No releases provided. Expected comma-separated list (e.g., '4.19.1,4.18.5')";
      if (asked.length === 0) throw failed({ success: false, error: empty }, empty);
      if (asked.length > 50) throw new ToolFailure("invalid", "at most 50 releases at a time");
      const results = await warm(kit, asked, { signal: context.signal, ...askerOf(context) });
      const ok = results.flatMap((result) => (result.ok ? [result.release] : []));
      const lost = results.flatMap((result) => (result.ok ? [] : [result.release]));
      const message = `Cache warmed with ${ok.length} releases`;
      const answer = { success: ok.length > 0, message, releases: ok, results, failed: lost };
      if (ok.length === 0) throw failed(answer, `${message}: all failed`);
      return answer;
    },
    text: pythonJson,
    failure: asJson,
  });

const failed = (answer: JsonObject, message: string): ToolFailure =>
  new ToolFailure("unavailable", message, { answer });

function asJson({ message, code, details, timestamp }: FailureView) {
  const hint = typeof details["hint"] === "string" ? `. ${details["hint"]}` : "";
  const answer: JsonObject = { ...(details["answer"] ?? { success: false, error: `${message}${hint}` }) };
  return { text: pythonJson(answer), structured: { status: "error", error: message, ...answer, code, timestamp } };
}
