// README says what the code says. `UPDATE=1 npm test` rewrites the generated parts; without it they are compared.
import { readFile, writeFile, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import { afterAll, describe, expect, it } from "vitest";
import { openHouse } from "./house.ts";
import { metricsIn } from "./metric.ts";
import { doorsOf, parts, replacePart } from "./readme-parts.ts";

const README = fileURLToPath(new URL("../../README.md", import.meta.url));
const readme = await readFile(README, "utf8");
const { hub, config, metrics } = await openHouse({
  PORT: "0",
  HEALTH_METRICS_PORT: "0",
  LITELLM_URL: "http://127.0.0.1:9", // a hub that asks a model has more to count
});
const { url } = await hub.listen();
afterAll(async () => {
  await hub.close();
  await rm(config.env["DATA_DIR"] ?? "", { recursive: true, force: true });
});

describe("README", () => {
  it("has the doors, tools, metrics and settings of the code (UPDATE=1 npm test rewrites them)", async () => {
    const raw = parts(hub.registry.entries, config, metricsIn(metrics)).reduce(replacePart, readme);
    const expected = await format(raw, { ...(await resolveConfig(README)), parser: "markdown" });
    if (process.env["UPDATE"] === "1") await writeFile(README, expected);
    expect(await readFile(README, "utf8")).toBe(expected);
  });

  it("names doors that are there", async () => {
    for (const { path } of doorsOf(config.modules.map(({ module }) => module.name))) {
      expect(await statusOf(`${url}${path}`), path).not.toBe(404);
    }
    expect(await statusOf(`${url}/mcp/no-such-module`)).toBe(404);
  });

  it("links only to files and headings that are there", async () => {
    for (const [, target = ""] of readme.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)) {
      await expect(readFile(new URL(`../../${target}`, import.meta.url)), target).resolves.toBeDefined();
    }
    for (const [, anchor = ""] of readme.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors(readme)).toContain(anchor);
  });
});

/** An event stream is let go as soon as its head has come. */
async function statusOf(url: string): Promise<number> {
  const stop = new AbortController();
  const response = await fetch(url, {
    headers: { accept: "application/json, text/event-stream" },
    signal: stop.signal,
  });
  stop.abort();
  return response.status;
}

const anchors = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
