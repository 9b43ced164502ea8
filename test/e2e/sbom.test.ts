// `npm run sbom`: the bill of materials names what an installation brings, all of it and nothing else.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "vitest";
import { z } from "zod";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const Licence = z.union([
  z.strictObject({ license: z.strictObject({ id: z.string() }) }),
  z.strictObject({ license: z.strictObject({ name: z.string() }) }),
  z.strictObject({ expression: z.string() }),
]);
const Component = z.looseObject({
  "bom-ref": z.string(),
  name: z.string(),
  version: z.string(),
  purl: z.string().startsWith("pkg:npm/"),
  licenses: z.array(Licence).min(1),
});
const Bill = z.looseObject({
  bomFormat: z.literal("CycloneDX"),
  specVersion: z.enum(["1.5", "1.6", "1.7"]),
  metadata: z.looseObject({ component: Component }),
  components: z.array(Component.extend({ hashes: z.array(z.object({ alg: z.string(), content: z.string() })).min(1) })),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
});
const Locked = z.looseObject({
  version: z.string().optional(),
  license: z.string().optional(),
  dev: z.boolean().optional(),
});
const Lock = z.object({ packages: z.record(z.string(), Locked) });

let bill: z.infer<typeof Bill>;
let locked: [id: string, z.infer<typeof Locked>][];
beforeAll(async () => {
  const { stdout } = await promisify(execFile)("npm", ["run", "--silent", "sbom"], {
    cwd: ROOT,
    maxBuffer: 64 * 1024 * 1024,
  });
  bill = Bill.parse(JSON.parse(stdout));
  const { packages } = Lock.parse(JSON.parse(await readFile(`${ROOT}package-lock.json`, "utf8")));
  locked = Object.entries(packages)
    .filter(([path]) => path !== "")
    .map(([path, entry]) => [`${path.replace(/^.*node_modules\//, "")}@${entry.version}`, entry]);
});

const idOf = ({ name, version }: { name: string; version: string }): string => `${name}@${version}`;

it("names every package of the lock file that an installation brings, and none for development alone", () => {
  const brought = new Set(locked.filter(([, { dev }]) => dev !== true).map(([id]) => id));
  expect(brought.size).toBeGreaterThan(100);
  expect(bill.components.map(idOf).toSorted()).toEqual([...brought].toSorted());
});

it("gives each the licence that its package states", () => {
  const stated = new Map(locked.map(([id, { license }]) => [id, license]));
  for (const component of bill.components) {
    const text = JSON.stringify(component.licenses);
    for (const part of (stated.get(idOf(component)) ?? "").split(/[() ]+|AND|OR/))
      expect(text, component.name).toContain(part);
  }
});

it("is the bill of this version of ops-hub, and says what needs what", async () => {
  const { version } = z
    .looseObject({ version: z.string() })
    .parse(JSON.parse(await readFile(`${ROOT}package.json`, "utf8")));
  expect(bill.metadata.component).toMatchObject({ type: "application", name: "ops-hub", version });
  const refs = [bill.metadata.component, ...bill.components].map((one) => one["bom-ref"]);
  expect(bill.dependencies.map(({ ref }) => ref).toSorted()).toEqual(refs.toSorted());
  const own = bill.dependencies.find(({ ref }) => ref === bill.metadata.component["bom-ref"]);
  expect(own?.dependsOn.map((ref) => ref.replace(/@[^@]+$/, ""))).toEqual(expect.arrayContaining(["fastify", "zod"]));
});
