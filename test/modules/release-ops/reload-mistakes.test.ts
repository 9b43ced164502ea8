// Mistakes in catalogues: those of different kinds and of several files are told together, and nobody is blamed for another's.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { ConfigError } from "../../../src/core/config-error.ts";
import { readCatalogs } from "../../../src/modules/release-ops/catalog/load.ts";

/** The problems of these files, each `<name>:<line>: <rest>`. */
async function problemsOf(files: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "ops-mistakes-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const error: unknown = await readCatalogs(Object.keys(files).map((name) => join(folder, name))).catch(
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConfigError)) throw new Error("no mistake was found");
  return error.problems.map((line) => line.replace(`${folder}/`, "").replace(/:(\d+):\d+:/, ":$1:"));
}

it("wrong words and wrong references are told at once, each with its line", async () => {
  const problems = await problemsOf({
    "a.yaml": `version: 2
typo: 1
policy: { confirm: sometimes }
programs: { p: { exec: p } }
tools:
  one: { description: x, program: p, risk: big }
  two: { description: x, program: q, risk: read, argv: [{ pos: nope }] }
`,
  });
  expect(problems).toEqual([
    expect.stringMatching(/^a\.yaml:1: version: /),
    expect.stringMatching(/^a\.yaml:3: policy\.confirm: /),
    expect.stringMatching(/^a\.yaml:6: tools\.one\.risk: /),
    expect.stringMatching(/^a\.yaml:2: root: .*typo/),
    expect.stringMatching(/^a\.yaml:7: tools\.two\.program: no program is called q; there are: p$/),
    expect.stringMatching(/^a\.yaml:7: tools\.two\.argv\.0: no parameter is called nope/),
  ]);
});

it("a tool is not blamed for the program, the type, the variables or the store it names", async () => {
  const problems = await problemsOf({
    "a.yaml": `version: 1
types: { t: { typo: 1 } }
env_sets: { e: { typo: 1 } }
caches: { c: { typo: 1 } }
programs: { p: { typo: 1, exec: p }, r: { exec: r, env: [e] } }
`,
    "b.yaml": `version: 1
tools:
  one: { description: x, program: p, params: { a: { use: t } }, argv: [{ pos: a }], risk: read, cache: { store: c, key: [a] } }
`,
  });
  expect(problems.map((line) => line.split(": ", 2).join(": ")).toSorted()).toEqual(
    ["a.yaml:2: types.t", "a.yaml:3: env_sets.e", "a.yaml:4: caches.c", "a.yaml:5: programs.p"].toSorted(),
  );
});

it("a file that cannot be read as YAML is told alone, since nobody knows what it would have brought", async () => {
  const tools = "version: 1\ntools: { one: { description: x, program: p, risk: read } }\n";
  expect(await problemsOf({ "a.yaml": "version: 1\nprograms: { p: { exec: [ }\n", "b.yaml": tools })).toEqual([
    expect.stringMatching(/^a\.yaml:2: /),
  ]);
});

it("a name is taken once, and not from the hub's own tools", async () => {
  const generic = (name: string) => `generic: { tool: ${name}, commands: { go: { risk: read } } }`;
  const problems = await problemsOf({
    "a.yaml": `version: 1
programs:
  p: { exec: p, ${generic("run_it")} }
  q: { exec: q, ${generic("run_it")} }
  r: { exec: r, ${generic("say")} }
tools:
  say: { description: x, program: p, risk: read }
  ops_job_start: { description: x, program: p, risk: read }
`,
  });
  expect(problems).toEqual([
    "a.yaml:8: tools.ops_job_start: ops_job_start is a name of the hub's own tools",
    "a.yaml:4: programs.q.generic.tool: run_it is declared elsewhere, too",
    "a.yaml:5: programs.r.generic.tool: say is declared elsewhere, too",
  ]);
});
