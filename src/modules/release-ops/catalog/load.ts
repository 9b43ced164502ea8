// Reads catalogue files, all of them, and reports every problem of all of them at once.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { load, YAMLException } from "js-yaml";
import { ConfigError } from "../../../core/config-error.ts";
import { resolveParam } from "./resolve-param.ts";
import { resolveTool } from "./resolve-tool.ts";
import { salvage } from "./salvage.ts";
import { catalogFile, type CatalogFile, type FileParam, type FileProgram } from "./schema.ts";
import { locate, type Path, type Problem } from "../../../core/yaml-place.ts";
import type { Catalog, Program } from "./types.ts";

const SHIPPED: readonly string[] = ["oar", "example"];
const SECTIONS = ["env_sets", "types", "programs", "caches", "tools"] as const;

/** Each problem is a whole line: `file:line:column: where: what`. */
export class CatalogError extends ConfigError {
  override readonly name = "CatalogError";
}

interface Source {
  readonly data: CatalogFile;
  readonly place: (path: Path) => string;
}

/**
 * Names of shipped catalogues or paths of files. Of two entries with one name the later file's wins, whole.
 * @throws CatalogError with all problems
 */
export async function readCatalogs(names: readonly string[]): Promise<Catalog> {
  const problems: string[] = [];
  const read = await Promise.all(names.map((name) => readSource(name, problems)));
  const sources = read.filter((source) => source !== undefined);
  if (sources.length < read.length) throw new CatalogError(problems); // what the others lack may stand in the unread one
  const all = merge(sources.map(({ data }) => data));
  const problem: Problem = (path, message) => {
    const [section, name] = path;
    const owner = sources.findLast(({ data }) =>
      SECTIONS.some((key) => key === section && Object.hasOwn(data[key], String(name))),
    );
    problems.push(`${owner?.place(path) ?? names.join(",")}: ${path.map(String).join(".")}: ${message}`);
  };
  const catalog = resolve(all, problem);
  if (problems.length > 0) throw new CatalogError(problems);
  return catalog;
}

async function readSource(name: string, problems: string[]): Promise<Source | undefined> {
  const file = SHIPPED.includes(name) ? fileURLToPath(new URL(`../catalogs/${name}.yaml`, import.meta.url)) : name;
  const label = SHIPPED.includes(name) ? `${name}.yaml` : name;
  try {
    const text = await readFile(file, "utf8");
    const raw = load(text, { filename: label });
    const parsed = catalogFile.safeParse(raw);
    const place = locate(label, text);
    if (parsed.success) return { data: parsed.data, place };
    for (const issue of parsed.error.issues) {
      const key = issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
      problems.push(
        `${place([...issue.path, ...key])}: ${issue.path.map(String).join(".") || "root"}: ${issue.message}`,
      );
    }
    const data = salvage(raw, parsed.error.issues);
    return data && { data, place };
  } catch (error) {
    if (error instanceof YAMLException) {
      const { line = 0, column = 0 } = error.mark ?? {};
      problems.push(`${label}:${line + 1}:${column + 1}: ${error.reason}`);
    } else problems.push(`${label}: cannot be read: ${error instanceof Error ? error.message : "unknown reason"}`);
  }
  return undefined;
}

function merge(files: readonly CatalogFile[]): CatalogFile {
  const start = catalogFile.parse({ version: 1 });
  return files.reduce(
    (all, file) => ({
      version: 1,
      defaults: { ...all.defaults, ...file.defaults },
      policy: { ...all.policy, ...file.policy },
      env_sets: { ...all.env_sets, ...file.env_sets },
      types: { ...all.types, ...file.types },
      programs: { ...all.programs, ...file.programs },
      caches: { ...all.caches, ...file.caches },
      tools: { ...all.tools, ...file.tools },
    }),
    start,
  );
}

/** What the module brings with every catalogue. */
const RESERVED = /^(mcp_cache|ops_job)_|^get_command_help$/;

function resolve(all: CatalogFile, problem: Problem): Catalog {
  const { policy } = all;
  checkToolNames(all, problem);
  const tools = Object.entries(all.tools).filter(([, tool]) => tool.enabled);
  return {
    policy: {
      readOnly: policy.read_only ?? "off",
      confirm: policy.confirm ?? "critical",
      maxConcurrent: policy.max_concurrent,
      queue: { max: policy.queue?.max ?? 200, waitMs: policy.queue?.wait ?? 30_000 },
      audit: { file: policy.audit?.file, args: policy.audit?.args ?? "redacted" },
    },
    envSets: new Map(Object.entries(all.env_sets)),
    programs: new Map(
      Object.entries(all.programs).map(([name, raw]) => [name, resolveProgram(name, raw, all, problem)]),
    ),
    tools: new Map(tools.map(([name, tool]) => [name, resolveTool(name, tool, all, problem)])),
    caches: new Map(
      Object.entries(all.caches).map(([name, { ttl, max, single_flight, max_entry }]) => [
        name,
        { ttlMs: ttl, max, singleFlight: single_flight, maxEntryBytes: max_entry },
      ]),
    ),
  };
}

function checkToolNames({ programs, tools }: CatalogFile, problem: Problem): void {
  const generic = Object.entries(programs).flatMap(([name, program]) =>
    program.generic === undefined ? [] : [[program.generic.tool, ["programs", name, "generic", "tool"]] as const],
  );
  const declared = Object.keys(tools).map((name) => [name, ["tools", name]] as const);
  const seen = new Set<string>();
  for (const [name, at] of [...declared, ...generic]) {
    if (RESERVED.test(name)) problem(at, `${name} is a name of the hub's own tools`);
    if (seen.has(name)) problem(at, `${name} is declared elsewhere, too`);
    seen.add(name);
  }
}

function resolveProgram(name: string, raw: FileProgram, all: CatalogFile, problem: Problem): Program {
  const at = ["programs", name];
  for (const set of raw.env)
    if (!Object.hasOwn(all.env_sets, set)) problem([...at, "env"], `no env set is called ${set}`);
  if (raw.runner === "zygote" && raw.zygote === undefined)
    problem([...at, "runner"], "zygote needs zygote: {python, entry}");
  const { generic } = raw;
  const here = [...at, "generic"];
  const spec = (param: FileParam, path: Path) => resolveParam(param, all.types, path, problem);
  return {
    name,
    exec: raw.exec,
    prefix: raw.prefix,
    env: raw.env,
    runner: raw.runner,
    zygote: raw.zygote && { python: raw.zygote.python, entry: raw.zygote.entry, preload: raw.zygote.preload },
    helpFlag: raw.help_flag,
    generic: generic && {
      tool: generic.tool,
      releaseParam:
        generic.release_param && resolveParam(generic.release_param, all.types, [...here, "release_param"], problem),
      releaseArgv: generic.release_argv,
      allowUnlisted: generic.allow_unlisted,
      commands: new Map(
        Object.entries(generic.commands).map(([key, { risk, options, positionals }]) => {
          const inside = [...here, "commands", key];
          const entries = Object.entries(options).map(
            ([flag, value]) => [flag, value && spec(value, [...inside, "options", flag])] as const,
          );
          return [
            key,
            {
              risk,
              options: new Map(entries),
              positionals: positionals.map((value, i) => spec(value, [...inside, "positionals", i])),
            },
          ];
        }),
      ),
    },
  };
}
