// UPSTREAMS_PATH: YAML that names MCP servers. A misspelt member is refused: it might have been the deny list.
import { z } from "zod";
import { ConfigError } from "../../core/config-error.ts";
import { Secret } from "../../core/secret.ts";
import { parseYaml } from "../../core/yaml-file.ts";
import type { Place, Server } from "./server.ts";

const MAX_SERVERS = 50;

/** Names that have a meaning in a path or in ALLOW_WRITES. */
const RESERVED = ["all", "sse", "messages"];

const line = z
  .string()
  .min(1)
  .max(4_096)
  .regex(/^[^\r\n\0]*$/, "must be one line");
const name = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, "must be at most 31 small letters, digits and dashes");
const url = line
  .refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ""), "must be an http or https URL")
  .refine((text) => (URL.parse(text)?.username ?? "") === "", "must not contain a user or password; use headers");
const headers = z.record(
  z.string().regex(/^[A-Za-z0-9-]{1,100}$/, "is no name of a header"),
  line.regex(/^[\t\x20-\x7e]*$/, "must be printable ASCII"),
);
const globs = z.array(line.max(128)).max(1_000).default([]);

const entry = z
  .strictObject({
    name: name.refine((text) => !RESERVED.includes(text), "is a word with another meaning"),
    transport: z.enum(["streamable-http", "sse", "stdio"]).optional(),
    url: url.optional(),
    headers: headers.default({}),
    ca_file: line.optional(),
    command: line.optional(),
    args: z.array(z.string().max(8_192)).max(200).default([]),
    env: z.record(z.string().regex(/^[A-Za-z_]\w{0,127}$/, "is no name of a variable"), z.string()).default({}),
    prefix: z
      .string()
      .regex(/^[a-z][a-z0-9_-]{0,30}$/, "must be at most 31 small letters, digits, _ and -")
      .optional(),
    allow: globs,
    deny: globs,
    writes: z.boolean().default(false),
    timeout_seconds: z.number().min(1).max(3_600).default(30),
  })
  .superRefine((given, context) => {
    const refuse = (member: string, message: string) => context.addIssue({ code: "custom", path: [member], message });
    const isChild = given.transport === "stdio" || (given.transport === undefined && given.command !== undefined);
    if (isChild && given.command === undefined) refuse("transport", "stdio needs a command");
    if (isChild && given.url !== undefined)
      refuse("url", "stands beside a command; one of them says where the server is");
    if (!isChild && given.url === undefined) refuse("url", "is missing, and there is no command either");
    if (!isChild && given.command !== undefined)
      refuse("command", `is for stdio, and the transport is ${given.transport}`);
  });

type Entry = z.output<typeof entry>;

const document = z.strictObject({ upstreams: z.array(entry).max(MAX_SERVERS) });

/** Reads the file's text; `path` is for problems. @throws ConfigError with all problems */
export function readServers(path: string, text: string, env: Readonly<Record<string, string | undefined>>): Server[] {
  const { value, problem } = parseYaml(text, `UPSTREAMS_PATH ${path}`, document, env);
  const servers = value.upstreams.map(serverOf);
  const twice = (member: "name" | "prefix") =>
    servers.flatMap((server, at) =>
      servers.slice(0, at).some((one) => one[member] === server[member])
        ? [problem(["upstreams", at, member], `another upstream has the ${member} ${server[member]} already`)]
        : [],
    );
  const names = twice("name");
  const problems = names.length > 0 ? names : twice("prefix");
  if (problems.length > 0) throw new ConfigError(problems);
  return servers;
}

function serverOf(given: Entry): Server {
  return {
    name: given.name,
    prefix: (given.prefix ?? given.name).replaceAll("-", "_").replace(/_+$/, ""),
    place: placeOf(given),
    allow: given.allow,
    deny: given.deny,
    writes: given.writes,
    timeoutMs: given.timeout_seconds * 1_000,
  };
}

function placeOf({ transport, url, command, args, env, headers, ca_file: caFile }: Entry): Place {
  if (url === undefined) return { transport: "stdio", command: command ?? "", args, env: secrets(env) };
  const said = transport === "stdio" ? undefined : transport;
  const plain = withoutFragment(url);
  const guess = new URL(plain).pathname.endsWith("/sse") ? "sse" : "streamable-http";
  return { transport: said ?? guess, url: plain, headers: secrets(headers), caFile };
}

/** ToolHive's addresses end in `#name`, which is no part of a request. */
export function withoutFragment(url: string): string {
  const plain = new URL(url);
  plain.hash = "";
  return plain.href;
}

const secrets = (values: Readonly<Record<string, string>>): Record<string, Secret> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, new Secret(value)]));
