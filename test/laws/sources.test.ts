// House rules that can be read off the source text: who imports whom, who touches the process and the clock, how long a
// room is and how it opens. The linter knows some of them too; here they stand in one place and cover all of src.
import { readdir, readFile } from "node:fs/promises";
import { posix } from "node:path";
import { describe, expect, it } from "vitest";
import { breach, enforce, type Law } from "./law.ts";

interface Source {
  /** Below src, with slashes: `core/tool.ts`. */
  readonly path: string;
  readonly text: string;
}

const MAX_LINES = 250;
const MAIN_FILES = ["bin.ts", "main.ts", "demo/main.ts"];
/** Ends other processes, the commands that it started; of its own it knows nothing. */
const KILLER = "core/process-group.ts";
const STRINGS_AND_COMMENTS = /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/.*|\/\*[\s\S]*?\*\//g;
const SRC = new URL("../../src/", import.meta.url);

/** Who may import whom, besides itself; "modules" is the list modules.ts. Siblings never meet (CONTRIBUTING.md, the plan). */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  core: [],
  http: ["core"],
  mcp: ["core"],
  auth: ["core"],
  audit: ["core"],
  tracing: ["core"],
  agent: ["core"],
  config: ["core", "auth", "audit", "tracing"],
  modules: ["core", "agent", "modules/*"],
  "modules/*": ["core"],
  hub: ["core", "config", "auth", "audit", "http", "mcp"],
  main: ["core", "config", "auth", "hub", "modules", "tracing"],
  bin: ["main"],
  demo: ["core", "config", "hub", "modules"],
};

const LAWS: readonly Law<Source>[] = [
  {
    claim: "source file opens with one to three lines of comment that say what this room is for",
    breaches: ({ text }) => {
      const lines = text.replace(/^#!.*\n/, "").split("\n");
      const opening = lines.findIndex((line) => !line.startsWith("//"));
      return breach(opening < 1 || opening > 3, `${opening} lines`);
    },
    broken: [source("export {};\n"), source("// a\n".repeat(4) + "export {};\n")],
  },
  {
    claim: `source file has at most ${MAX_LINES} lines`,
    breaches: ({ text }) => breach(linesIn(text) > MAX_LINES, `${linesIn(text)} lines`),
    broken: [source("//\n".repeat(MAX_LINES + 1))],
  },
  {
    claim: "source file but main.ts leaves the process alone",
    breaches: ({ path, text }) => {
      const own = path === KILLER ? text.replace('import { kill } from "node:process";', "") : text;
      const isTouched =
        /(?<![.#\w])process\s*(\?\.|[.[;,)])/.test(code(own)) || importsIn(own).includes("node:process");
      return breach(!MAIN_FILES.includes(path) && isTouched, "process");
    },
    broken: [
      source("const home = process.env.HOME;"),
      source('process["exit"](1);'),
      source("const { env } = process;"),
      source('import { env } from "node:process";'),
    ],
  },
  {
    claim: "source file but main.ts takes the time from a clock it was given",
    breaches: ({ path, text }) =>
      breach(!MAIN_FILES.includes(path) && /\bDate\.now\b|\bnew Date\(\s*\)/.test(code(text)), "the system's clock"),
    broken: [
      source("const at = Date.now();"),
      source("const at = new Date();"),
      source("const clock = { now: Date.now };"),
    ],
  },
  {
    claim: "source file opens no upstream that nobody counts and traces",
    breaches: ({ path, text }) =>
      breach(
        path !== "core/upstream.ts" && /createUpstream\((?![^;]*\bwatch\b)[^;]*;/.test(code(text)),
        "an upstream without a watch",
      ),
    broken: [source("const api = createUpstream({ baseUrl, headers });")],
  },
  {
    claim:
      "source file of core, the modules and the agent knows no transport (modules/upstream speaks MCP as a client)",
    breaches: ({ path, text }) => {
      const isNeutral = /^(core|modules|agent)\//.test(path) && !path.startsWith("modules/upstream/");
      return importsIn(text).filter((name) => isNeutral && /^(@?fastify|@modelcontextprotocol)\b/.test(name));
    },
    broken: [
      source('import Fastify from "fastify";', "core/a.ts"),
      source('import rate from "@fastify/rate-limit";', "agent/a.ts"),
      source('import type { Tool } from "@modelcontextprotocol/server";', "modules/prometheus/a.ts"),
      source('const sdk = await import("@modelcontextprotocol/client");', "modules/prometheus/a.ts"),
    ],
  },
  {
    claim: "source file imports only its own room and those that the plan allows it",
    breaches: ({ path, text }) =>
      importsIn(text)
        .filter((name) => name.startsWith("."))
        .map((name) => posix.join(posix.dirname(path), name))
        .filter((target) => !target.startsWith("..") && !mayImport(roomOf(path), roomOf(target)))
        .map((target) => `imports ${target}`),
    broken: [
      source('import { createHub } from "../hub.ts";', "core/a.ts"),
      source('import { View } from "../mcp/view.ts";', "http/a.ts"),
      source('export { porch } from "../http/porch.ts";', "mcp/a.ts"),
      source('import { x } from "../kubernetes/x.ts";', "modules/prometheus/a.ts"),
      source('import { x } from "../../mcp/x.ts";', "modules/prometheus/a.ts"),
      source('import { shop } from "./demo/shop.ts";', "main.ts"),
      source('const demo = await import("./demo/main.ts");', "hub.ts"),
      source('import "../modules/gitea/index.ts";', "agent/a.ts"),
    ],
  },
  {
    claim: "source file names its imports by their whole path, with the ending",
    breaches: ({ text }) => importsIn(text).filter((name) => name.startsWith(".") && !/\.(ts|json)$/.test(name)),
    broken: [source('import { x } from "./x";'), source('import { x } from "./x.js";')],
  },
];

function source(text: string, path = "core/sample.ts"): Source {
  return { path, text };
}

const linesIn = (text: string): number => text.replace(/\n$/, "").split("\n").length;

/** The text without comments. */
const bare = (text: string): string => text.replace(STRINGS_AND_COMMENTS, (_, string) => string ?? "");

/** The text without comments and without what stands in quotes; templates stay, since they hold code. */
const code = (text: string): string =>
  text.replace(STRINGS_AND_COMMENTS, (_, string = "") => (string.startsWith("`") ? string : '""'));

const importsIn = (text: string): string[] =>
  [...bare(text).matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)["']([^"']+)["']/g)].map((match) => match[1] ?? "");

function roomOf(path: string): string {
  const [first = "", second = ""] = path.split("/");
  return first === "modules" ? `modules/${second}` : first.replace(/\.ts$/, "");
}

function mayImport(from: string, to: string): boolean {
  if (from === to) return true;
  const kind = (room: string) => (room.startsWith("modules/") ? "modules/*" : room);
  return (ALLOWED[kind(from)] ?? []).includes(kind(to));
}

const paths = (await readdir(SRC, { recursive: true })).filter(
  (path) => path.endsWith(".ts") && !path.endsWith(".d.ts"),
);
const sources = await Promise.all(
  paths.map(async (path) => source(await readFile(new URL(path, SRC), "utf8"), path.replaceAll("\\", "/"))),
);

describe("the laws", () => {
  enforce(LAWS, new Map(sources.map((one) => [one.path, one])));
});

it("every file belongs to a room of the plan", () => {
  expect(sources.length).toBeGreaterThan(0);
  const rooms = new Set(sources.map(({ path }) => roomOf(path).replace(/^modules\/.*/, "modules/*")));
  expect([...rooms].filter((room) => !(room in ALLOWED))).toEqual([]);
});
