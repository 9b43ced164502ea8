// README's command lines for clients, read by a real shell: what `claude` and `curl` get as arguments, and what they make of it.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { z } from "zod";
import type { Entry } from "./readme-files.ts";

const PROGRAMS = ["claude", "curl"];
/** Of `claude mcp add --help`; the values of the last take every word up to the next option. */
const OPTIONS: Readonly<Record<string, string>> = {
  "-t": "--transport",
  "--transport": "--transport",
  "-s": "--scope",
  "--scope": "--scope",
  "-H": "--header",
  "--header": "--header",
};

/** @throws when the program would not understand its arguments */
export async function entryOfCommand(line: string, env: Readonly<Record<string, string>>): Promise<Entry> {
  const [program, ...argv] = await argumentsOf(line, env);
  if (program === "curl")
    return { kind: "curl", argv, url: z.url().parse(argv.find((word) => word.startsWith("http"))) };
  if (argv.slice(0, 2).join(" ") !== "mcp add") throw new Error(`not "claude mcp add": ${line}`);
  return addition(argv.slice(2));
}

/** In a shell where these programs print their arguments. */
async function argumentsOf(line: string, env: Readonly<Record<string, string>>): Promise<string[]> {
  const stand = PROGRAMS.map((name) => `${name}() { printf '%s\\0' ${name} "$@"; }`);
  const { stdout } = await promisify(execFile)("sh", ["-euc", [...stand, line].join("\n")], { env });
  return stdout.split("\0").slice(0, -1);
}

function addition(argv: readonly string[]): Entry {
  const words: string[] = [];
  const given = new Map<string, string[]>();
  let option: string | undefined;
  for (const word of argv) {
    if (word.startsWith("-")) {
      option = OPTIONS[word];
      if (option === undefined) throw new Error(`claude has no option ${word}`);
    } else if (option === undefined) {
      words.push(word);
    } else {
      given.set(option, [...(given.get(option) ?? []), word]);
      if (option !== "--header") option = undefined;
    }
  }
  const [, url] = z.tuple([z.string().regex(/^[\w-]+$/), z.url()]).parse(words);
  const kind = z.enum(["http", "sse"], "--transport must be http or sse").parse(given.get("--transport")?.[0]);
  const headers = (given.get("--header") ?? []).map((header) =>
    z.tuple([z.string(), z.string()]).parse(header.split(": ")),
  );
  return { kind, url, headers: Object.fromEntries(headers) };
}
