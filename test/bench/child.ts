// One server in a process of its own: `node child.ts hub|sdk|floor [Prometheus url]`; prints its URL, ends with its parent.
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silent } from "../support/modules.ts";
import { readConfig } from "../../src/config.ts";
import { createHub } from "../../src/hub.ts";
import { modules } from "../../src/modules.ts";
import { benchModule, startFloor, startSdkServer } from "./peers.ts";

const upstream = process.argv[3];

async function startHub(): Promise<string> {
  const all = [...modules, benchModule()];
  const path = join(await mkdtemp(join(tmpdir(), "ops-hub-bench-")), "datasources.json");
  const datasources = upstream === undefined ? [] : [{ name: "bench", type: "prometheus", url: upstream }];
  await writeFile(path, JSON.stringify({ datasources }));
  const config = await readConfig({ PORT: "0", HEALTH_METRICS_PORT: "0", GRAFANA_DATASOURCES_PATH: path }, all);
  const hub = await createHub({ config, version: "0.0.0", log: silent, clock: { now: Date.now } });
  return `${(await hub.listen()).url}/mcp`;
}

const starters: Record<string, () => Promise<string>> = {
  hub: startHub,
  sdk: async () => (await startSdkServer(upstream)).url,
  floor: async () => (await startFloor(upstream)).url,
};
const start = starters[process.argv[2] ?? ""];
if (start === undefined) throw new Error("which server? hub, sdk or floor");
process.stdout.write(`${await start()}\n`);
process.stdin.resume().once("end", () => process.exit(0));
