// The command line: what may stand there, and what is said of it.
import { parseArgs } from "node:util";
import { ConfigError } from "../core/config-error.ts";
import { messageOf } from "../core/words.ts";

export const USAGE = `ops-hub [--stdio] [--check-config] [--help] [--version]
ops-hub hash-token
ops-hub probe health|ready [--wait SECONDS]

Without arguments: serves MCP over HTTP at http://127.0.0.1:8000/mcp (HOST, PORT).
  --stdio         serve one client over standard input and output instead
  --check-config  read all settings, ask the upstreams whether they answer, and exit
                  (0 fine, 1 an upstream does not answer, 2 bad settings)
  hash-token      read a token on standard input, print its entry for AUTH_TOKENS_PATH
  probe           ask /health or /ready of the hub of this machine, which has the same settings
                  (0 it answers 200, 1 it does not, 2 bad settings); --wait asks again for so long
  --version       print the version
  --help          print this

Settings are environment variables; README lists them all.
`;

export type Options = ReturnType<typeof readArguments>;

/** @throws ConfigError */
export function readArguments(args: readonly string[]) {
  const flag = { type: "boolean", default: false } as const;
  const options = {
    stdio: flag,
    "check-config": flag,
    version: flag,
    help: { ...flag, short: "h" },
    wait: { type: "string" },
  } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [command, question, ...more] = positionals;
    const isKnown = command === "probe" || (question === undefined && (command ?? "hash-token") === "hash-token");
    if (!isKnown || more.length > 0) {
      throw new Error(`unknown command "${positionals.join(" ")}"; there are hash-token, probe health and probe ready`);
    }
    if (values.wait !== undefined && command !== "probe") throw new Error("--wait goes with probe alone");
    return { ...values, command, question };
  } catch (error) {
    throw new ConfigError([messageOf(error)]);
  }
}
