// The package as npm makes it: what is in it, and that the program in it does all that it does from source.
import { readFile, readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as StdioClientTransportV1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { modern } from "../support/wire.ts";
import { startChild } from "./support/child.ts";
import { openPackageGround, type PackageGround } from "./support/package-ground.ts";
import { ROOT, installPackage, runToEnd, type InstalledPackage } from "./support/package.ts";

const INSTALL_LIMIT_MS = 300_000;
const MAX_TARBALL_BYTES = 1024 * 1024;
const MAX_UNPACKED_BYTES = 3 * 1024 * 1024;

const Manifest = z.looseObject({
  version: z.string(),
  bin: z.object({ "ops-hub": z.string() }),
  engines: z.object({ node: z.string().startsWith(">=") }),
  scripts: z.record(z.string(), z.string()),
});
const manifest = Manifest.parse(JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")));

let installed: InstalledPackage;
let ground: PackageGround;
beforeAll(async () => {
  installed = await installPackage();
  ground = await openPackageGround();
}, INSTALL_LIMIT_MS);
afterAll(async () => {
  await ground?.close();
  await installed?.remove();
});

test("the tarball holds the program, what it reads, its unit and four texts; no source, map or test; within its size", async () => {
  const made = (await filesIn("src"))
    .filter((path) => !path.startsWith("src/demo/") && !path.endsWith(".d.ts") && !path.endsWith(".pyc"))
    .map((path) => path.replace(/^src\//, "dist/").replace(/\.ts$/, ".js"));
  const texts = ["CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md"];
  expect(installed.tarball.files.toSorted()).toEqual(
    [...made, ...(await filesIn("systemd")), ...texts, "package.json"].toSorted(),
  );
  expect(installed.tarball.bytes).toBeLessThan(MAX_TARBALL_BYTES);
  expect(installed.tarball.unpackedBytes).toBeLessThan(MAX_UNPACKED_BYTES);
});

async function filesIn(name: string): Promise<string[]> {
  const entries = await readdir(join(ROOT, name), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

test("nothing runs when it is installed: neither the package nor what it needs has a script for that", () => {
  const names = ["preinstall", "install", "postinstall", "prepare"];
  expect(Object.keys(manifest.scripts).filter((name) => names.includes(name))).toEqual([]);
  expect(installed.withInstallScript).toEqual([]);
});

test("README installs this tarball, and asks for the Node that it needs", async () => {
  const readme = await readFile(join(ROOT, "README.md"), "utf8");
  const section = /^## Install as a program\n([\s\S]*?)^## /m.exec(readme)?.[1];
  expect(section).toContain(`npm install -g ./${installed.tarball.name}\n`);
  expect(section).toContain(`Node ${manifest.engines.node.slice(2)} or newer`);
});

test("it prints version and help", async () => {
  expect(await installed.run(["--version"])).toEqual({ code: 0, out: `ops-hub ${manifest.version}\n`, err: "" });
  expect(await installed.run(["--help"])).toMatchObject({
    code: 0,
    out: expect.stringContaining("--check-config"),
    err: "",
  });
});

test("--check-config ends with 0, 1 when an upstream does not answer, and 2 on bad settings", async () => {
  const good = await installed.run(["--check-config"], ground.shop);
  expect(good).toMatchObject({ code: 0, out: expect.stringMatching(/^prometheus: 1 of 1 datasources answer\n/) });
  const down = await installed.run(["--check-config"], ground.gone);
  expect(down).toMatchObject({ code: 1, out: expect.stringMatching(/^prometheus: 0 of 1 datasources answer/) });
  const bad = await installed.run(["--check-config"], { ...ground.shop, PORT: "x" });
  expect(bad).toMatchObject({
    code: 2,
    out: "",
    err: expect.stringMatching(/^ops-hub cannot start:\n {2}- PORT must /),
  });
});

const Image = z.looseObject({ type: z.literal("image"), mimeType: z.literal("image/png"), data: z.string() });

test("over stdio it lists its tools to a client of the current SDK, and draws a chart with the fonts it brings", async () => {
  const client = new Client({ name: "package", version: "1" });
  await client.connect(new StdioClientTransport(stdio(ground.shop)));
  onTestFinished(() => client.close());
  expect(client.getServerVersion()).toMatchObject({ name: "ops-hub", version: manifest.version });
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain("render_chart");
  const draw = async (title: string) => {
    const hour = { start: "2026-11-25T12:00:00Z", end: "2026-11-25T13:00:00Z" };
    const { content } = await client.callTool({ name: "render_chart", arguments: { promql: "up", title, ...hour } });
    return Image.parse(content.find(({ type }) => type === "image")).data;
  };
  const [first, second] = [await draw("The shop"), await draw("The stop")];
  expect(Buffer.from(first, "base64").subarray(1, 4).toString()).toBe("PNG");
  expect(first, "without its fonts a title would not be seen").not.toBe(second);
});

test("over stdio it answers a client of the SDK before", async () => {
  const client = new ClientV1({ name: "package", version: "1" });
  await client.connect(new StdioClientTransportV1(stdio(ground.shop)));
  onTestFinished(() => client.close());
  expect(await client.callTool({ name: "list_datasources", arguments: {} })).toMatchObject({
    structuredContent: { data: [expect.objectContaining({ name: "shop" })] },
  });
});

function stdio(env: Record<string, string>) {
  const [command, args] = installed.command("--stdio");
  return { command, args, env, stderr: "ignore" as const };
}

test("its shipped catalogues are there, and its zygote runs a Python program", async () => {
  const client = new Client({ name: "package", version: "1" });
  await client.connect(new StdioClientTransport(stdio(ground.commands)));
  onTestFinished(() => client.close());
  const names = (await client.listTools()).tools.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["git_log", "oar_image_consistency_check", "shop_state"]));
  const { content } = await client.callTool({ name: "shop_state", arguments: {} });
  expect(JSON.stringify(content)).toContain(String.raw`{\"is_forked\": true}`);
});

test("it serves over HTTP until SIGTERM, and ends with 0", async () => {
  const child = await startChild(...installed.command(), ground.shop);
  onTestFinished(() => child.end());
  const Ready = z.looseObject({ url: z.url(), pid: z.number() });
  for await (const line of createInterface({ input: child.stdout })) {
    const { data: ready } = Ready.safeParse(JSON.parse(line));
    if (ready === undefined) continue;
    const { json } = await modern(ready.url, "tools/call", { name: "list_datasources", arguments: {} });
    expect(json.result).toMatchObject({ structuredContent: { data: [expect.objectContaining({ name: "shop" })] } });
    process.kill(ready.pid, "SIGTERM");
  }
  expect(await child.exited).toBe("npx ended with code 0");
});

test("on an older Node it says in one line which one it needs", async () => {
  const needed = manifest.engines.node.slice(2);
  const older = (version: string) =>
    `data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"${version}"}})`;
  const program = join(installed.folder, manifest.bin["ops-hub"]);
  for (const version of ["18.20.8", "22.22.0", "24.9.0"]) {
    const { code, out, err } = await runToEnd(process.execPath, ["--import", older(version), program, "--version"]);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toBe(`ops-hub needs Node ${needed} or newer; this is ${version} (${process.execPath})\n`);
  }
  const first = await runToEnd(process.execPath, ["--import", older(`${needed}.0`), program, "--version"]);
  expect(first).toMatchObject({ code: 0, err: "" });
  // Before that check it loads nothing, so that nothing can fail on an older one.
  expect(await readFile(program, "utf8")).not.toMatch(/^import\b/m);
});
