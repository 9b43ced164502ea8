// A base image without a registry: Debian by debootstrap, the Node that runs this test, and npm. The tree is kept for the next run.
import { access } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IMAGE_FOLDER, run, type Engine } from "./image-engine.ts";

const SUITE = "bookworm";
const NPM = "npm@11";
const TREE_MS = 240_000;
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Has what the Containerfile expects of a base, where node:24-bookworm-slim has it. */
export async function makeBase(engine: Engine, name: string): Promise<void> {
  const tree = join(IMAGE_FOLDER, `${SUITE}-node-${process.versions.node}.tar`);
  const isThere = await access(tree).then(
    () => true,
    () => false,
  );
  if (!isThere) await makeTree(engine, tree);
  await engine.podman("import", "--change", `ENV PATH=${PATH}`, "--change", 'CMD ["node"]', tree, name);
}

async function makeTree({ asRoot, scratch: root }: Engine, file: string): Promise<void> {
  const npm = join(root, "usr/local/lib/node_modules/npm");
  const bin = join(root, "usr/local/bin");
  await asRoot(["debootstrap", "--variant=minbase", SUITE, root, ...(await mirror())], TREE_MS);
  await asRoot(["install", "-m", "0755", process.execPath, join(bin, "node")]);
  const archive = join(tmpdir(), (await run(["npm", "pack", NPM, "--silent", "--pack-destination", tmpdir()])).trim());
  await asRoot(["mkdir", "-p", npm]);
  await asRoot(["tar", "-xzf", archive, "-C", npm, "--strip-components=1", "--no-same-owner"]);
  await asRoot(["ln", "-s", "../lib/node_modules/npm/bin/npm-cli.js", join(bin, "npm")]);
  await asRoot(["rm", "-rf", archive, join(root, "var/cache/apt"), join(root, "var/lib/apt/lists")]);
  await asRoot(["tar", "-C", root, "--numeric-owner", "-cf", `${file}.tmp`, "."]);
  await asRoot(["mv", `${file}.tmp`, file]);
  await asRoot(["rm", "-rf", root]);
}

/** Where apt finds this release; debootstrap's own choice when apt does not know it. */
async function mirror(): Promise<string[]> {
  const wanted = [`Codename: ${SUITE}`, "Component: main"];
  const said = await run(["apt-get", "indextargets", "--format", "$(REPO_URI)", ...wanted]);
  return said.split("\n").filter(Boolean).slice(0, 1);
}
