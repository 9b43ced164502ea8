// The configuration files of clients, each by its own documentation: strict, so that a wrong key is an error here and not
// silence there, and with the placeholders that this client fills.
import { z } from "zod";

export type Entry =
  | { readonly kind: "http" | "sse"; readonly url: string; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: "stdio"; readonly command: string; readonly args: string[]; readonly env: Record<string, string> }
  | { readonly kind: "curl"; readonly url: string; readonly argv: string[] };

type Texts = Readonly<Record<string, string>>;
/** @throws when the client would not understand the file, or what is added to its server */
type Reader = (file: unknown, added: unknown, env: Texts) => Entry;

const url = z.url({ protocol: /^https?$/ });
const headers = z.record(z.string(), z.string()).optional();
const Added = z.strictObject({ headers });
/** Files name their servers; a snippet has one. */
const one = <T>(server: z.ZodType<T>) =>
  z.record(z.string().regex(/^[\w-]+$/), server).transform((servers, context): T => {
    const [first, ...more] = Object.values(servers);
    if (first !== undefined && more.length === 0) return first;
    context.addIssue("must name one server");
    return z.NEVER;
  });

export const READERS: Readonly<Record<string, Reader>> = {
  /** https://cursor.com/docs/mcp: no `type` beside a url */
  Cursor: (file, added, env) => {
    const { mcpServers: server } = z.strictObject({ mcpServers: one(z.strictObject({ url, headers })) }).parse(file);
    return remote("http", server, Added.parse(added), filler(/\$\{env:(\w+)\}/g, env));
  },

  /** https://code.claude.com/docs/en/mcp: without `type` it would start a process */
  "Claude Code": (file, added, env) => {
    const Server = z.strictObject({ type: z.enum(["http", "sse"]), url, headers });
    const { mcpServers: server } = z.strictObject({ mcpServers: one(Server) }).parse(file);
    return remote(server.type, server, Added.parse(added), filler(/\$\{(\w+)\}/g, env));
  },

  /** https://modelcontextprotocol.io/docs/develop/connect-local-servers */
  "Claude Desktop": (file, added) => {
    const texts = z.record(z.string(), z.string());
    const Server = z.strictObject({ command: z.string(), args: z.array(z.string()), env: texts });
    z.strictObject({}).parse(added);
    return { kind: "stdio", ...z.strictObject({ mcpServers: one(Server) }).parse(file).mcpServers };
  },

  /** https://code.visualstudio.com/docs/copilot/reference/mcp-configuration: it asks its person for `inputs` */
  "VS Code": (file, added, env) => {
    const Input = z.strictObject({
      type: z.literal("promptString"),
      id: z.string(),
      description: z.string(),
      password: z.literal(true),
    });
    const inputs = z.array(Input).optional();
    const Server = z.strictObject({ type: z.enum(["http", "sse"]), url, headers });
    const { servers: server, ...asked } = z.strictObject({ servers: one(Server), inputs }).parse(file);
    const more = Added.extend({ inputs }).parse(added);
    const typed = [...(asked.inputs ?? []), ...(more.inputs ?? [])].map(({ id }) => [id, env["OPS_HUB_TOKEN"] ?? ""]);
    return remote(server.type, server, more, filler(/\$\{input:(\w+)\}/g, Object.fromEntries(typed)));
  },

  /** https://holmesgpt.dev/data-sources/remote-mcp-servers/: SSE by default, and then /sse is appended */
  HolmesGPT: (file, added, env) => {
    const mode = z.enum(["streamable-http", "sse"]).default("sse");
    const Server = z.strictObject({ description: z.string(), config: z.strictObject({ url, mode, headers }) });
    const { config } = z.strictObject({ mcp_servers: one(Server) }).parse(file).mcp_servers;
    const fill = filler(/\{\{ *env\.(\w+) *\}\}/g, env);
    if (config.mode === "streamable-http") return remote("http", config, Added.parse(added), fill);
    return remote("sse", { ...config, url: config.url.replace(/(\/sse)?\/?$/, "/sse") }, Added.parse(added), fill);
  },

  /** https://www.librechat.ai/docs/configuration/librechat_yaml/object_structure/mcp_servers: private addresses only by name */
  LibreChat: (file, added, env) => {
    const Server = z.strictObject({
      type: z.enum(["streamable-http", "http"]),
      url,
      headers,
      serverInstructions: z.boolean(),
    });
    const mcpSettings = z.strictObject({ allowedAddresses: z.array(z.string()) });
    const config = z.strictObject({ mcpSettings, mcpServers: one(Server) }).parse(file);
    const { host } = new URL(config.mcpServers.url);
    if (!config.mcpSettings.allowedAddresses.includes(host)) throw new Error(`LibreChat does not allow itself ${host}`);
    return remote("http", config.mcpServers, Added.parse(added), filler(/\$\{(\w+)\}/g, env));
  },
};

interface Remote {
  readonly url: string;
  readonly headers?: Texts | undefined;
}

function remote(
  kind: "http" | "sse",
  server: Remote,
  added: { headers?: Texts | undefined },
  fill: (text: string) => string,
): Entry {
  const all = Object.entries({ ...server.headers, ...added.headers });
  return { kind, url: fill(server.url), headers: Object.fromEntries(all.map(([name, text]) => [name, fill(text)])) };
}

/** Fills this client's placeholders. @throws at another client's, which this one would send as they stand */
function filler(placeholder: RegExp, values: Texts): (text: string) => string {
  return (text) => {
    const filled = text.replaceAll(placeholder, (whole, name: string) => values[name] ?? whole);
    if (/[${}]/.test(filled)) throw new Error(`this client does not fill ${filled}`);
    return filled;
  };
}
