// The chart through the real helm: manifests as objects, or what helm refuses it for.
import { execFile } from "node:child_process";
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { loadAll } from "js-yaml";
import { z } from "zod";

const run = promisify(execFile);

export const CHART = fileURLToPath(new URL("../../../helm/ops-hub/", import.meta.url));
/** Where test/real/setup.sh puts it. */
export const HELM = fileURLToPath(new URL("../../../.cache/helm/helm", import.meta.url));

export const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});
export type Manifest = z.output<typeof manifest>;

export type Values = Readonly<Record<string, unknown>>;

export interface RenderOptions {
  /** Files of the chart's folder, before the values. */
  readonly files?: readonly string[];
  /** API versions that the cluster is said to serve. */
  readonly apis?: readonly string[];
}

export async function helm(...args: string[]): Promise<string> {
  await access(HELM).catch(() => {
    throw new Error("helm is not there; run test/real/setup.sh");
  });
  const { stdout } = await run(HELM, args, { maxBuffer: 16_777_216, env: { PATH: "/usr/bin:/bin", HOME: tmpdir() } });
  return stdout;
}

/** `helm template` as release `hub` in namespace `ops`. Rejects with helm's words when it refuses. */
export async function render(values: Values, { files = [], apis = [] }: RenderOptions = {}): Promise<Manifest[]> {
  const text = await withValues(values, (path) => {
    const wanted = [...files.map((file) => join(CHART, file)), path].flatMap((file) => ["--values", file]);
    const served = apis.flatMap((api) => ["--api-versions", api]);
    return helm("template", "hub", CHART, "--namespace", "ops", ...wanted, ...served);
  });
  return z.array(manifest).parse(loadAll(text).filter((document) => document !== null && document !== undefined));
}

/** What helm says against these values. @throws when it takes them */
export async function refusal(values: Values): Promise<string> {
  const said = await render(values).then(
    () => undefined,
    (error: unknown) => String(error),
  );
  if (said === undefined) throw new Error(`helm takes ${JSON.stringify(values)}`);
  return said;
}

export async function withValues<T>(values: Values, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "ops-hub-helm-"));
  try {
    const path = join(folder, "values.json");
    await writeFile(path, JSON.stringify(values));
    return await use(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}
