// Prompt, resources and completions as a client of the whole hub sees them: addresses are percent-encoded on the way.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { prometheus } from "../../../../src/modules/prometheus/index.ts";
import { startHub } from "../../../support/hub.ts";
import { startPrometheusMock } from "../../../support/prometheus-mock.ts";
import { modern } from "../../../support/wire.ts";
import { captured } from "../discovery.ts";

const NAME = "Größe/1, 50% {x}";

it("lists, completes and reads what stands behind a datasource with a difficult name", async () => {
  const mock = await startPrometheusMock();
  mock.on("api/v1/alerts", await captured("alerts"));
  mock.on("api/v1/rules", await captured("rules"));
  mock.on("api/v1/label/__name__/values", await captured("metric-names"));
  const dir = await mkdtemp(join(tmpdir(), "ops-hub-resources-"));
  const file = join(dir, "datasources.yaml");
  await writeFile(file, JSON.stringify({ datasources: [{ name: NAME, type: "prometheus", url: mock.url }] }));
  const hub = await startHub([prometheus], { GRAFANA_DATASOURCES_PATH: file });
  onTestFinished(async () => {
    await hub.close();
    await mock.close();
    await rm(dir, { recursive: true });
  });
  const ask = async (method: string, params: Record<string, unknown> = {}): Promise<any> => {
    const { json } = await modern(`${hub.url}/mcp`, method, params);
    return json.error ?? json.result;
  };

  const { resources } = await ask("resources/list");
  expect(resources.map(({ name }: { name: string }) => name)).toEqual([`metrics of ${NAME}`, `alerts of ${NAME}`]);
  const { contents } = await ask("resources/read", { uri: resources[1].uri });
  expect(contents).toMatchObject([{ uri: resources[1].uri, mimeType: "application/json" }]);
  expect(JSON.parse(contents[0].text)).toMatchObject({ datasource: NAME, total: 2 });
  expect(await ask("resources/read", { uri: "prometheus://nobody/alerts" })).toMatchObject({
    message: expect.stringContaining("prometheus://nobody/alerts"),
  });

  const link = await ask("tools/call", { name: "list_metrics", arguments: { limit: 1 } });
  expect(link.content).toMatchObject([{ type: "text" }, { type: "resource_link", uri: resources[0].uri }]);

  const completion = async (ref: object, argument: object) =>
    (await ask("completion/complete", { ref, argument })).completion.values;
  const template = { type: "ref/resource", uri: "prometheus://{datasource}/alerts" };
  expect(await completion(template, { name: "datasource", value: "grö" })).toEqual([NAME]);
  const prompt = { type: "ref/prompt", name: "investigate_alert" };
  expect(await completion(prompt, { name: "alert", value: "Target" })).toEqual(["TargetDown"]);
  expect(await completion(prompt, { name: "datasource", value: "grö" })).toEqual([NAME]);
  const { messages } = await ask("prompts/get", { name: "investigate_alert", arguments: { alert: "TargetDown" } });
  expect(messages[0].content.text).toContain("dead-1 is down");
});
