// The process that has the program imported: its start, its refusal, its end, and whether its files have changed since.
import { spawn, type ChildProcess } from "node:child_process";
import { stat } from "node:fs/promises";
import { z } from "zod";

export interface ZygoteProgram {
  /** The interpreter that has the program installed. */
  readonly python: string;
  /** `module:attr` of the console script. */
  readonly entry: string;
  /** helpers/zygote.py */
  readonly helper: string;
  /** `module:function`, called once per preload key. */
  readonly preload?: string;
  /** What the imports may see; each call brings its own. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Zygote {
  readonly socket: string;
  readonly pid: number;
  /** Resolves with how it ended. */
  readonly gone: Promise<string>;
  /** Whether what it imported has been changed on disk. */
  isStale(): Promise<boolean>;
  end(): void;
}

const START_MS = 60_000;
const KEPT_ERROR_CHARS = 4000;

const readyShape = z.object({ ready: z.literal(true), files: z.array(z.string()) });
const refusedShape = z.object({ refused: z.string() });

/** Throws with the reason when it cannot serve. */
export async function startZygote(program: ZygoteProgram, socket: string): Promise<Zygote> {
  const { python, helper, entry, preload, env = {} } = program;
  const args = [helper, socket, entry, ...(preload === undefined ? [] : [preload])];
  const child = spawn(python, args, { cwd: "/", env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-KEPT_ERROR_CHARS)));
  child.stdin.on("error", () => {});
  const gone = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(`it ended with ${signal ?? `exit code ${code}`}`));
  });
  const end = (): void => {
    child.kill("SIGKILL");
    child.stdin.destroy();
    child.stdout.destroy();
    child.stderr.destroy();
  };
  try {
    const files = await readyLine(child, gone, () => errors);
    const before = await fingerprint([python, ...files]);
    return {
      socket,
      pid: child.pid ?? 0,
      gone,
      isStale: async () => (await fingerprint([python, ...files])) !== before,
      end,
    };
  } catch (error) {
    end();
    throw error;
  }
}

/** The files the program came from. */
async function readyLine(child: ChildProcess, gone: Promise<string>, errors: () => string): Promise<string[]> {
  let deadline: NodeJS.Timeout | undefined;
  const line = await Promise.race([
    firstLine(child),
    gone.then((how) => Promise.reject(new Error(`${how} before it was ready${lastWords(errors())}`))),
    new Promise<never>((_, reject) => {
      deadline = setTimeout(() => reject(new Error(`it was not ready within ${START_MS / 1000} s`)), START_MS);
    }),
  ]).finally(() => clearTimeout(deadline));
  const said: unknown = JSON.parse(line);
  const ready = readyShape.safeParse(said);
  if (ready.success) return ready.data.files;
  throw new Error(refusedShape.parse(said).refused);
}

const firstLine = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    let text = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes("\n")) resolve(text.slice(0, text.indexOf("\n")));
    });
  });

function lastWords(errors: string): string {
  const line = errors.trimEnd().split("\n").at(-1) ?? "";
  return line === "" ? "" : `: ${line}`;
}

async function fingerprint(files: readonly string[]): Promise<string> {
  const seen = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ mtimeMs, ino }) => `${mtimeMs}:${ino}`,
        () => "gone",
      ),
    ),
  );
  return seen.join(" ");
}
