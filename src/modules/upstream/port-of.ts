// The port over a connection: raw answers, for the agent's tracker and evidence, which read them by their own rules.
import type { Connection } from "./connection.ts";
import { RemoteError } from "./failures.ts";
import type { UpstreamPort } from "./port.ts";
import { structuredOf, textOf } from "./reply.ts";

export function createPort(name: string, connection: Connection): UpstreamPort {
  const find = (tool: string) => connection.discovery.tools.find((known) => known.name === tool);
  return {
    name,
    has: (tool) => find(tool) !== undefined,
    tools: () => connection.discovery.tools.map((tool) => tool.name),
    ready: (signal) => connection.ready(signal),
    call: async (tool, args, signal) => {
      try {
        const known = find(tool) ?? { name: tool, inputSchema: { type: "object" } };
        const result = await connection.call(known, args, { signal });
        return { isError: result.isError === true, text: textOf(result), structured: structuredOf(result) };
      } catch (error) {
        if (!(error instanceof RemoteError)) throw error;
        return { isError: true, text: error.message, structured: undefined };
      }
    },
  };
}
