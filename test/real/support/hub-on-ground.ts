// The production hub over the test ground: a datasource file with what a test names, the hub in this process, both gone at close().
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { modules } from "../../../src/modules.ts";
import { startHub } from "../../support/hub.ts";

/** One entry of Grafana's file; the type is prometheus unless it says otherwise. */
export type DatasourceEntry = { name: string; url: string } & Record<string, unknown>;

export interface HubOnGround {
  url: string;
  /** The datasource file, for another hub over the same datasources. */
  path: string;
  /** Replaces the content of the file, as a mounted Secret changes: at once. */
  rewrite(datasources: DatasourceEntry[]): Promise<void>;
  close(): Promise<void>;
}

export async function startHubOnGround(
  datasources: DatasourceEntry[],
  env: Record<string, string> = {},
): Promise<HubOnGround> {
  const directory = await mkdtemp(join(tmpdir(), "ops-hub-real-"));
  const path = join(directory, "datasources.yaml");
  // JSON is YAML.
  const rewrite = (entries: DatasourceEntry[]) =>
    writeFile(
      path,
      JSON.stringify({ apiVersion: 1, datasources: entries.map((entry) => ({ type: "prometheus", ...entry })) }),
    );
  await rewrite(datasources);
  const hub = await startHub([...modules], { ...env, MODULES: "prometheus", GRAFANA_DATASOURCES_PATH: path });
  return {
    url: hub.url,
    path,
    rewrite,
    async close() {
      await hub.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
