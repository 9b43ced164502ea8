// npm run bench: the hub beside a bare Fastify route and beside the SDK's own McpServer, in turn, in one run. Look at the
// ratios: the machine's own speed drifts. CPU is what the server process used, so the client's share does not blur it.
import { bench, type Contest } from "./contest.ts";
import { startUp } from "./start-up.ts";
import { startUpstream } from "./upstream.ts";

const rounds = Number(process.argv[2] ?? 5);
const seconds = Number(process.argv[3] ?? 3);

const modern = (method: string, params: Record<string, unknown> = {}) => ({
  headers: {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": method,
    ...(typeof params["name"] === "string" ? { "mcp-name": params["name"] } : {}),
  },
  body: JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method,
    params: {
      ...params,
      _meta: {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { name: "bench", version: "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
      },
    },
  }),
});

const legacy = (method: string, params: Record<string, unknown>) => ({
  headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
  body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
});

const call = { name: "tool_7", arguments: { text: "hello" } };
const contests: Contest[] = [
  { title: "tools/call, no upstream (2026)", request: modern("tools/call", call), servers: ["hub", "sdk", "floor"] },
  {
    title: "tools/call, no upstream (2025, no session)",
    request: legacy("tools/call", call),
    servers: ["hub", "sdk", "floor"],
  },
  { title: "tools/list, all tools (2026)", request: modern("tools/list"), servers: ["hub", "sdk"] },
];

const upstream = await startUpstream();
if (upstream === undefined) {
  console.log("no `prometheus` on PATH: query_instant is left out (test/real/setup.sh installs it)\n");
} else {
  const query = { name: "query_instant", arguments: { datasource_id: "bench", promql: "up" } };
  contests.push({
    title: "query_instant on a real Prometheus (2026)",
    request: modern("tools/call", query),
    servers: ["hub", "sdk", "floor"],
  });
}

try {
  await startUp(5);
  for (const contest of contests) await bench(contest, { rounds, seconds, upstream: upstream?.url });
} finally {
  await upstream?.close();
}
