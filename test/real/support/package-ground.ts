// What a person has around the installed program: a Prometheus that answers, one that is gone, and a Python program of the shop's.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { matrix, startPrometheusMock } from "../../support/prometheus-mock.ts";
import { userEnv } from "./package.ts";

type Env = Record<string, string>;

export interface PackageGround {
  /** One datasource, `shop`, that answers: its only series grows from 1 to 2. */
  readonly shop: Env;
  /** The same with a datasource that nobody serves. */
  readonly gone: Env;
  /** The shipped catalogues, and one with `shop_state`, which says whether a zygote forked it. */
  readonly commands: Env;
  close(): Promise<void>;
}

/** What a zygote forks has been imported by its parent. */
const PROGRAM = `import json, os
IMPORTED_BY = os.getpid()
def main():
    print(json.dumps({"is_forked": IMPORTED_BY != os.getpid()}))
`;
const CATALOG = `version: 1
env_sets: { base: { pass: [PATH, PYTHONPATH] } }
programs:
  shop: { exec: python3, prefix: [-m, shop], env: [base], runner: zygote, zygote: { python: python3, entry: "shop:main" } }
tools:
  shop_state: { description: The state of the shop., program: shop, argv: [], risk: read }
`;

export async function openPackageGround(): Promise<PackageGround> {
  const folder = await mkdtemp(join(tmpdir(), "ops-hub-user-"));
  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const prometheus = await startPrometheusMock();
  prometheus.on("/api/v1/query_range", ({ params }) => {
    const at = (name: string) => Number(params.get(name));
    const values: [number, string][] = [
      [at("start"), "1"],
      [at("end"), "2"],
    ];
    return matrix([[{ __name__: "up", job: "shop" }, values]]);
  });
  const gone = await startPrometheusMock();
  await gone.close();

  const base = { PORT: "0", HEALTH_METRICS_PORT: "0", DATA_DIR: join(folder, "data") };
  const asks = async (name: string, url: string): Promise<Env> => {
    const text = JSON.stringify({ datasources: [{ name: "shop", type: "prometheus", url }] });
    return userEnv({ ...base, MODULES: "prometheus", GRAFANA_DATASOURCES_PATH: await write(name, text) });
  };
  await write("shop.py", PROGRAM);
  const catalogs = `example,oar,${await write("tools.yaml", CATALOG)}`;
  const python = { PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: "1" };
  return {
    shop: await asks("shop.json", prometheus.url),
    gone: await asks("gone.json", gone.url),
    commands: userEnv({ ...base, ...python, MODULES: "release-ops", RELEASE_OPS_CATALOG: catalogs }),
    async close() {
      await prometheus.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
