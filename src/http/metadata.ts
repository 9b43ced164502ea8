// RFC 9728 documents, for MCP clients that log in by OAuth. Without OAuth there are no such routes: a plain 404 is what
// keeps clients with a configured token from starting a login.
import type { FastifyInstance } from "fastify";
import type { JsonObject } from "../core/json.ts";

export interface MetadataOptions {
  readonly path: string;
  document(): JsonObject;
  /** Each module's endpoint has its own path. */
  readonly modules: readonly string[];
}

/** At the root, and with each endpoint's path behind it: Cursor asks for that alone. */
export function addMetadataRoutes(app: FastifyInstance, options: MetadataOptions): void {
  const { path, modules } = options;
  const endpoints = ["", "/mcp", "/sse", "/mcp/sse"];
  const own = modules.flatMap((name) => [`/mcp/${name}`, `/mcp/${name}/sse`]);
  for (const endpoint of [...endpoints, ...own]) app.get(`${path}${endpoint}`, () => options.document());
}
