// The package as a person has it: packed from this checkout, installed into an empty folder, its program started there.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

const Packed = z.tuple([
  z.object({
    filename: z.string(),
    size: z.number(),
    unpackedSize: z.number(),
    files: z.array(z.object({ path: z.string() })),
  }),
]);
const Lock = z.object({ packages: z.record(z.string(), z.object({ hasInstallScript: z.boolean().optional() })) });

/** A busy machine compiles, packs and installs for a minute and more. */
const RUN_LIMIT_MS = 240_000;

export interface Ended {
  readonly code: number | string | null;
  readonly out: string;
  readonly err: string;
}

export interface InstalledPackage {
  readonly tarball: {
    readonly name: string;
    readonly files: readonly string[];
    readonly bytes: number;
    readonly unpackedBytes: number;
  };
  /** Where the files of the tarball are now. */
  readonly folder: string;
  /** Folders of node_modules whose package runs a script when it is installed. */
  readonly withInstallScript: readonly string[];
  /** Command and arguments that start the program as a person does. */
  command(...args: string[]): [command: string, args: string[]];
  /** Runs the program to its end. */
  run(args: string[], env?: Record<string, string>): Promise<Ended>;
  remove(): Promise<void>;
}

/** For the program: this Node first, and no setting of a hub but these. */
export const userEnv = (more: Record<string, string> = {}): Record<string, string> => ({
  PATH: [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter),
  HOME: process.env["HOME"] ?? tmpdir(),
  ...more,
});

export function runToEnd(command: string, args: string[], env: NodeJS.ProcessEnv = userEnv()): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  const options = { cwd: ROOT, env, timeout: RUN_LIMIT_MS, maxBuffer: 64 * 1024 * 1024 };
  execFile(command, args, options, (error, out, err) =>
    resolve({ code: error === null ? 0 : (error.code ?? error.signal ?? null), out, err }),
  );
  return promise;
}

/** As in a shell of this machine, with its way to the registry, and nothing of the `npm run` that started the tests. */
export async function npm(...args: string[]): Promise<string> {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$)/i.test(name));
  const { code, out, err } = await runToEnd("npm", args, { ...Object.fromEntries(own), PATH: userEnv()["PATH"] });
  if (code !== 0) throw new Error(`npm ${args.join(" ")} ended with ${code}: ${err}`);
  return out;
}

export async function installPackage(): Promise<InstalledPackage> {
  const folder = await mkdtemp(join(tmpdir(), "ops-hub-package-"));
  const [packed] = Packed.parse(JSON.parse(await npm("pack", "--json", "--pack-destination", folder)));
  const place = join(folder, "installed");
  await npm("install", "--prefix", place, "--no-audit", "--no-fund", join(folder, packed.filename));
  const lock = Lock.parse(JSON.parse(await readFile(join(place, "package-lock.json"), "utf8")));
  const command = (...args: string[]): [string, string[]] => [
    "npx",
    ["--prefix", place, "--no", "--", "ops-hub", ...args],
  ];
  return {
    tarball: {
      name: packed.filename,
      files: packed.files.map(({ path }) => path),
      bytes: packed.size,
      unpackedBytes: packed.unpackedSize,
    },
    folder: join(place, "node_modules/ops-hub"),
    withInstallScript: Object.entries(lock.packages).flatMap(([path, { hasInstallScript }]) =>
      hasInstallScript === true ? [path] : [],
    ),
    command,
    run: (args, env) => runToEnd(...command(...args), env),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
