// What UPSTREAMS_PATH and the seed's variables may say, and how what is wrong in them is told.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ConfigError } from "../../../src/core/config-error.ts";
import { readUpstreams } from "../../../src/modules/upstream/configured.ts";
import { readServers } from "../../../src/modules/upstream/file.ts";
import { upstreamModules } from "../../../src/modules/upstream/index.ts";
import { UPSTREAM_SETTINGS } from "../../../src/modules/upstream/settings.ts";
import { readSection } from "../../../src/core/settings.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "ops-hub-upstreams-"));
});
afterEach(() => rm(directory, { recursive: true }));

const problemsOf = (work: () => unknown): readonly string[] => {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

const entry = (yaml: string) => `upstreams:\n  - ${yaml.trim().replaceAll("\n", "\n    ")}\n`;

it("is nothing when nothing is set", async () => {
  expect(await upstreamModules({})).toEqual([]);
});

it("reads servers of every transport, with variables in any text", () => {
  const text = `
upstreams:
  - name: search
    url: https://search.example.com/mcp#main
    headers: { Authorization: "Bearer \${SEARCH_TOKEN}" }
    allow: ["find_*"]
    deny: [find_secrets]
    writes: true
    timeout_seconds: 5
  - { name: old-one, url: "http://old.example.com/sse", prefix: old }
  - { name: local, command: some-server, args: [--port, "1"], env: { HOME: /tmp } }
`;
  const servers = readServers("u.yaml", text, { SEARCH_TOKEN: "s3cret-value" });
  expect(servers).toMatchObject([
    {
      name: "search",
      prefix: "search",
      place: { transport: "streamable-http", url: "https://search.example.com/mcp" },
      allow: ["find_*"],
      deny: ["find_secrets"],
      writes: true,
      timeoutMs: 5_000,
    },
    { name: "old-one", prefix: "old", place: { transport: "sse" }, writes: false, timeoutMs: 30_000 },
    { name: "local", place: { transport: "stdio", command: "some-server", args: ["--port", "1"] } },
  ]);
  const [first] = servers;
  if (first?.place.transport === "stdio") throw new Error("it has a url");
  expect(first?.place.headers["Authorization"]?.reveal()).toBe("Bearer s3cret-value");
  expect(JSON.stringify(servers)).not.toContain("s3cret-value");
});

it.each([
  ["name: a\nurl: https://x.example\ndenny: [a]", "u.yaml:4:5: upstreams.0.denny: is not known"],
  [
    "name: Prom\nurl: https://x.example",
    "u.yaml:2:5: upstreams.0.name: must be at most 31 small letters, digits and dashes",
  ],
  ["name: all\nurl: https://x.example", "u.yaml:2:5: upstreams.0.name: is a word with another meaning"],
  ["name: a", "u.yaml:2:5: upstreams.0.url: is missing, and there is no command either"],
  ["name: a\nurl: file:///etc/passwd", "u.yaml:3:5: upstreams.0.url: must be an http or https URL"],
  [
    "name: a\nurl: https://me:pass@x.example",
    "u.yaml:3:5: upstreams.0.url: must not contain a user or password; use headers",
  ],
  [
    "name: a\nurl: https://x.example\ncommand: b\ntransport: stdio",
    "u.yaml:3:5: upstreams.0.url: stands beside a command; one of them says where the server is",
  ],
  [
    "name: a\nurl: https://x.example\ncommand: b\ntransport: sse",
    "u.yaml:4:5: upstreams.0.command: is for stdio, and the transport is sse",
  ],
  ["name: a\ntransport: stdio", "u.yaml:3:5: upstreams.0.transport: stdio needs a command"],
  [
    'name: a\nurl: https://x.example\nheaders: { X-Key: "${NOT_THERE}" }',
    "u.yaml:4:16: upstreams.0.headers.X-Key: needs the variable NOT_THERE, which is not set",
  ],
  [
    "name: a\nurl: https://x.example\ntimeout_seconds: 0",
    "u.yaml:4:5: upstreams.0.timeout_seconds: Too small: expected number to be >=1",
  ],
])("refuses %j", (yaml, problem) => {
  expect(problemsOf(() => readServers("u.yaml", entry(yaml), {}))).toEqual([`UPSTREAMS_PATH ${problem}`]);
});

it("tells all problems at once, and never a value of a variable", () => {
  const text = `upstreams:\n  - { name: A, url: x }\n  - { name: b, url: "ftp://\${HOST_NAME}" }\n`;
  const problems = problemsOf(() => readServers("u.yaml", text, { HOST_NAME: "hidden.example" }));
  expect(problems).toHaveLength(3);
  expect(problems.join("\n")).not.toContain("hidden.example");
});

it("refuses bad YAML, two of one name, and two of one prefix", () => {
  const two = (second: string) => `upstreams:\n  - { name: a, url: "http://x" }\n  - { ${second}, url: "http://y" }\n`;
  expect(problemsOf(() => readServers("u.yaml", "upstreams: [", {}))).toEqual([
    "UPSTREAMS_PATH u.yaml:1: is no valid YAML (syntax)",
  ]);
  expect(problemsOf(() => readServers("u.yaml", two("name: a"), {}))).toEqual([
    "UPSTREAMS_PATH u.yaml:3:7: upstreams.1.name: another upstream has the name a already",
  ]);
  expect(problemsOf(() => readServers("u.yaml", two("name: b, prefix: a"), {}))).toEqual([
    "UPSTREAMS_PATH u.yaml:3:16: upstreams.1.prefix: another upstream has the prefix a already",
  ]);
});

it("makes the seed's two servers, with the seed's transports", async () => {
  const env = { MCP_OPENSHIFT_URL: "http://proxy:8080/sse#openshift", MCP_GITEA_URL: "http://gitea-proxy:8080" };
  const { values } = await readSection(UPSTREAM_SETTINGS, env);
  expect(await readUpstreams(values, env)).toMatchObject([
    { name: "openshift", place: { transport: "sse", url: "http://proxy:8080/sse" }, writes: true },
    { name: "gitea", place: { transport: "streamable-http", url: "http://gitea-proxy:8080/" }, writes: true },
  ]);
  expect((await upstreamModules(env)).map(({ name }) => name)).toEqual(["openshift", "gitea"]);
});

it.each([
  [{ MCP_OPENSHIFT_URL: "proxy:8080" }, "MCP_OPENSHIFT_URL must be an http or https URL"],
  [
    { MCP_GITEA_URL: "http://x", MCP_GITEA_TRANSPORT: "websocket" },
    "MCP_GITEA_TRANSPORT must be one of streamable-http, sse",
  ],
])("refuses %j", async (env, problem) => {
  await expect(upstreamModules(env)).rejects.toMatchObject({ problems: [problem] });
});

it("refuses a name of the hub's own modules, but gitea's, and one that both places have", async () => {
  const path = join(directory, "u.yaml");
  const env = { UPSTREAMS_PATH: path };
  await writeFile(path, `upstreams:\n  - { name: prefect, url: "http://x" }\n  - { name: gitea, url: "http://y" }\n`);
  await expect(upstreamModules(env, ["prefect", "gitea"])).rejects.toMatchObject({
    problems: ['UPSTREAMS_PATH names an upstream "prefect", which is a module of the hub; choose another name'],
  });
  await expect(upstreamModules({ ...env, MCP_GITEA_URL: "http://z" })).rejects.toMatchObject({
    problems: ['MCP_GITEA_URL and UPSTREAMS_PATH both name an upstream "gitea"; keep one of them'],
  });
  await expect(upstreamModules({ UPSTREAMS_PATH: join(directory, "none") })).rejects.toMatchObject({
    problems: [expect.stringMatching(/^UPSTREAMS_PATH cannot be read: ENOENT/)],
  });
});
