// The Containerfile through buildah, with the npm settings of this machine: where its packages come from, whom it trusts, what it has.
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run, type Engine } from "./image-engine.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const BUILD_MS = 240_000;
/** Folders that every base has: a place made for a mount would stay in the image. */
const CACHE = "/mnt";
const AUTHORITY = "/media";

export interface BuildOptions {
  readonly tag: string;
  readonly args?: Readonly<Record<string, string>>;
  readonly target?: string;
}

/** Without a cache of ours in the image: stages that two builds share are built once. Resolves with what the build printed. */
export async function buildImage(engine: Engine, { tag, args = {}, target }: BuildOptions): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "ops-hub-build-"));
  try {
    const npm = await npmOptions(folder);
    const chosen = Object.entries(args).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
    const until = target === undefined ? [] : ["--target", target];
    return await engine.buildah([...BUILD, ...npm, ...chosen, ...until, "--tag", tag, ROOT], BUILD_MS);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A build in a chroot needs nothing of the machine but root. */
const BUILD = ["build", "--format", "docker", "--layers", "--isolation", "chroot", "--network", "host"];

/** The settings go in as a secret, files as mounts: nothing of them stays in a layer. */
async function npmOptions(folder: string): Promise<string[]> {
  const [registry, cafile, cache] = await Promise.all(["registry", "cafile", "cache"].map(npmSetting));
  const settings = [`registry=${registry}`, `cache=${CACHE}`];
  const mounts = ["--volume", `${cache}:${CACHE}`];
  const authority = cafile ?? process.env["NODE_EXTRA_CA_CERTS"];
  if (authority !== undefined) {
    await mkdir(join(folder, "trust"));
    await copyFile(authority, join(folder, "trust/ca.pem"));
    settings.push(`cafile=${AUTHORITY}/ca.pem`);
    mounts.push("--volume", `${join(folder, "trust")}:${AUTHORITY}:ro`);
  }
  const file = join(folder, "npmrc");
  await writeFile(file, settings.join("\n"));
  return ["--secret", `id=npmrc,src=${file}`, ...mounts];
}

async function npmSetting(name: string): Promise<string | undefined> {
  const said = (await run(["npm", "config", "get", name])).trim();
  return ["", "null", "undefined"].includes(said) ? undefined : said;
}

/** The same image without the folders of programs; Node stands elsewhere. */
export async function removePrograms(engine: Engine, from: string, tag: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "ops-hub-bare-"));
  const program = `["/usr/bin", "/usr/sbin"].forEach((path) => require("node:fs").rmSync(path, { recursive: true }))`;
  const lines = [`FROM ${from}`, "USER 0", `RUN ${JSON.stringify(["node", "-e", program])}`, "USER 1001:0"];
  try {
    await writeFile(join(folder, "Containerfile"), lines.join("\n"));
    await engine.buildah([...BUILD, "--tag", tag, folder]);
  } finally {
    await rm(folder, { recursive: true });
  }
}
