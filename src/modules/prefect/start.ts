// The running module: its Prefect servers, the tools and prompts over them, and what the hub may know of it.
import { ToolFailure } from "../../core/failure.ts";
import type { JsonObject } from "../../core/json.ts";
import type { ModuleCheck, ModuleStart, RunningModule } from "../../core/module.ts";
import { keepFresh } from "../../core/secret.ts";
import { createCompletions } from "./completions.ts";
import { CREDENTIAL_HEADERS, createVisitors } from "./credentials.ts";
import { createDocs } from "./docs/docs.ts";
import type { Instance } from "./instance.ts";
import { openInstances } from "./instances/open.ts";
import type { Kit } from "./kit.ts";
import { prompts } from "./prompts/index.ts";
import { createCleaner } from "./redact.ts";
import type { SETTINGS } from "./settings.ts";
import { absent, tools } from "./tools/index.ts";

/** As the hub's own secrets. */
const SECRETS_EVERY_MS = 5_000;

export async function startPrefect(start: ModuleStart<typeof SETTINGS>): Promise<RunningModule> {
  const { settings, env, clock, redactor } = start;
  const watch = start.watch("prefect");
  const instances = await openInstances({ settings, env, clock, watch });
  const { takesCredentials: isOn, credentialHosts: hosts, timeoutSeconds, docsUrl } = settings;
  const visitors = createVisitors({ isOn, hosts, timeoutMs: timeoutSeconds * 1_000, clock, watch });
  const docs = docsUrl === undefined ? undefined : createDocs(docsUrl, watch);
  const kit: Kit = { instances, visitors, clean: createCleaner(redactor), clock, docs };
  const ending = new AbortController();
  const stopRefreshing = keepFresh(instances.rotating, SECRETS_EVERY_MS);
  return {
    tools: tools(kit),
    absent: absent(kit),
    prompts: prompts(createCompletions(kit)),
    requestHeaders: CREDENTIAL_HEADERS,
    secrets: () => instances.list.flatMap(({ login }) => login.secrets()),
    begin: () => {
      void check(instances.list, ending.signal); // for /health, which knows only what requests have shown
      return Promise.resolve();
    },
    check: (signal) => check(instances.list, signal),
    health: () => ({ instances: instances.list.map(health) }),
    close: async () => {
      ending.abort();
      stopRefreshing();
      await Promise.all([...instances.list.map(({ client }) => client.close()), visitors.close(), docs?.close()]);
    },
  };
}

/** As the last request found it. */
function health({ name, address, client }: Instance): JsonObject {
  const last = client.last();
  const { trouble } = last ?? {};
  return {
    name,
    api_url: address.api,
    answers: last === undefined ? null : trouble === undefined,
    ...(trouble === undefined ? {} : { trouble }),
    ...(last === undefined ? {} : { asked_at: new Date(last.at).toISOString() }),
  };
}

/** Does every Prefect answer, and does it accept our credentials? */
async function check(list: readonly Instance[], signal: AbortSignal): Promise<ModuleCheck> {
  const told = await Promise.all(list.map((instance) => checkOne(instance, signal)));
  const message = told.map((one) => one.message).join("; ");
  return { ok: told.every(({ ok }) => ok), message: message === "" ? "callers bring their own Prefect" : message };
}

async function checkOne({ name, address, client }: Instance, signal: AbortSignal): Promise<ModuleCheck> {
  try {
    await client.api(signal).workPools.filter({}, { limit: 1 });
    return { ok: true, message: `${name}: ${address.api} answers` };
  } catch (error) {
    if (!(error instanceof ToolFailure)) throw error;
    return { ok: false, message: `${name}: ${error.message}` };
  }
}
