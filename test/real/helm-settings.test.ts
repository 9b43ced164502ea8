// The chart reaches every setting of the code, by the names that the code gives: UPDATE=1 writes files/settings.yaml and the generated
// part of values.schema.json anew.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dump, load } from "js-yaml";
import { format } from "prettier";
import { expect, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { CHART } from "./support/helm.ts";
import { chartSettings, settingsFile, withSettings } from "./support/helm-settings.ts";

const isUpdate = process.env["UPDATE"] === "1";
const HEAD =
  "# Which value is which variable of the hub. Written by the code: UPDATE=1 with test/real/helm-settings.test.ts.\n";
const settings = chartSettings();

async function expectFile(name: string, text: string): Promise<void> {
  const path = join(CHART, name);
  if (isUpdate) await writeFile(path, text);
  expect(await readFile(path, "utf8"), `${name} is old: UPDATE=1`).toBe(text);
}

it("no two settings share a value", () => {
  const places = settings.map(({ block, key }) => `${block}.${key}`);
  expect(places).toEqual([...new Set(places)]);
});

it("files/settings.yaml names every setting of the code, and no other", async () => {
  const text = await format(HEAD + dump(settingsFile(settings), { sortKeys: true }), {
    parser: "yaml",
    printWidth: 120,
  });
  await expectFile("files/settings.yaml", text);
});

it("values.schema.json knows every setting with its type and its sentence", async () => {
  const path = join(CHART, "values.schema.json");
  const schema = withSettings(JSON.parse(await readFile(path, "utf8")), settings);
  await expectFile("values.schema.json", await format(JSON.stringify(schema), { parser: "json", printWidth: 120 }));
});

it("the chart is of the package's version", async () => {
  const chart = load(await readFile(join(CHART, "Chart.yaml"), "utf8"));
  expect(chart).toMatchObject({ version: packageJson.version, appVersion: packageJson.version });
});
