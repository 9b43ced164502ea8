// Starts a real LiteLLM proxy for one test: a free loopback port, a configuration of its own, no price list from elsewhere.
import { rmSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { startChild, type Child } from "./child.ts";
import { until } from "./wait.ts";

const COMMAND = fileURLToPath(new URL("../../../.cache/litellm/bin/litellm", import.meta.url));
const START_MS = 110_000; // it imports for half a minute on a busy machine

export interface RunningLitellm {
  url: string;
  /** Accepts this key only. */
  key: string;
  lastWords(): string;
  close(): Promise<void>;
}

/** @param models entries of model_list: https://docs.litellm.ai/docs/proxy/configs */
export async function startLitellm(models: readonly object[]): Promise<RunningLitellm> {
  const directory = await mkdtemp(join(tmpdir(), "ops-hub-litellm-"));
  const removeAtExit = () => rmSync(directory, { recursive: true, force: true });
  process.once("exit", removeAtExit);
  const key = "sk-litellm-master-0123456789";
  const config = join(directory, "config.yaml"); // JSON is YAML
  await writeFile(
    config,
    JSON.stringify({
      model_list: models,
      general_settings: { master_key: key },
      router_settings: { num_retries: 0, disable_cooldowns: true },
      litellm_settings: { telemetry: false, num_retries: 0 },
    }),
  );
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = ["--config", config, "--host", "127.0.0.1", "--port", String(port), "--telemetry", "False"];
  const child: Child = await startChild(COMMAND, args, {
    PATH: process.env["PATH"],
    HOME: directory,
    LITELLM_LOCAL_MODEL_COST_MAP: "True",
    LITELLM_LOG: "ERROR",
  });
  child.stdout.resume();
  const close = async (): Promise<void> => {
    await child.end();
    process.off("exit", removeAtExit);
    await rm(directory, { recursive: true, force: true });
  };
  let ended: string | undefined;
  void child.exited.then((how) => (ended = how));
  try {
    await until("a LiteLLM that is alive", START_MS, async () => {
      if (ended !== undefined) return ended;
      const reply = await fetch(`${url}/health/liveliness`);
      return reply.ok ? "alive" : undefined;
    });
    if (ended !== undefined) throw new Error(`${ended}\n${child.lastWords()}`);
  } catch (cause) {
    await close();
    throw cause;
  }
  return { url, key, lastWords: () => child.lastWords(), close };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
