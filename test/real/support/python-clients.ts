// The Python clients `mcp` and `fastmcp` behind the same interface as the SDK's: one Python process, many connections.
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { startPython } from "./python.ts";
import { stdioServer, type Door, type Mode, type ScriptedClient } from "./scripted-client.ts";

export interface PythonClients {
  connect(library: "mcp" | "fastmcp", door: Door, mode: Mode): Promise<ScriptedClient>;
  close(): Promise<void>;
}

const Reply = z.union([z.object({ ok: z.unknown() }), z.object({ raised: z.string() })]);
const Opened = z.object({
  connection: z.number(),
  protocol: z.string().nullish(),
  server: z.string().nullish(),
  instructions: z.string().nullish(),
});

const SCRIPT = fileURLToPath(new URL("./python-scripts/clients.py", import.meta.url));

export async function startPythonClients(): Promise<PythonClients> {
  const python = await startPython([SCRIPT]);
  /** One operation of the script. Rejects with the text of the Python exception. */
  const ask = async (message: object): Promise<unknown> => {
    const reply = Reply.parse(await python.ask(message));
    if ("raised" in reply) throw new Error(reply.raised);
    return reply.ok;
  };
  return {
    async connect(library, door, mode) {
      const target = door.kind === "stdio" ? { ...door, ...stdioServer(door.env) } : door;
      const opened = Opened.parse(await ask({ op: "open", library, mode, target }));
      const { connection } = opened;
      return {
        protocol: opened.protocol ?? undefined,
        serverName: opened.server ?? undefined,
        instructions: opened.instructions ?? undefined,
        async ask(method, params = {}, signal) {
          const request = { connection, method, params };
          if (signal === undefined) return ask({ op: "ask", ...request });
          const call = await ask({ op: "start", ...request });
          await once(signal, "abort");
          return ask({ op: "cancel", call });
        },
        close: async () => void (await ask({ op: "close", connection })),
      };
    },
    close: () => python.close(),
  };
}
