// The example for LibreChat: its form, and that its address and headers reach a hub which asks who calls.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { load } from "js-yaml";
import { expect, it } from "vitest";
import { z } from "zod";
import { startHub } from "../support/hub.ts";
import { modern } from "../support/wire.ts";
import { gitea } from "../../src/modules/gitea/index.ts";
import { CHART } from "./support/helm.ts";

// What the example uses of https://www.librechat.ai/docs/configuration/librechat_yaml, and of LibreChat's chart.
const values = z.strictObject({ librechat: z.strictObject({ configYamlContent: z.string() }) });
const config = z.strictObject({
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  mcpSettings: z.strictObject({ allowedAddresses: z.array(z.string()) }),
  mcpServers: z.strictObject({
    "ops-hub": z.strictObject({
      type: z.literal("streamable-http"),
      url: z.url(),
      headers: z.strictObject({ Authorization: z.string() }),
      serverInstructions: z.literal(true),
      timeout: z.number(),
    }),
  }),
});

const { librechat } = values.parse(load(await readFile(join(CHART, "examples/librechat.yaml"), "utf8")));
const { mcpSettings, mcpServers } = config.parse(load(librechat.configYamlContent));
const server = mcpServers["ops-hub"];

it("allows the private address that it names", () => {
  expect(mcpSettings.allowedAddresses).toEqual([new URL(server.url).host]);
});

it("its path, Host and token are taken by a hub, and another token is not", async () => {
  const hub = await startHub([gitea], { AUTH_MODE: "token", AUTH_TOKEN: "of-librechat", ALLOWED_HOSTS: "*.svc" });
  const list = (token: string) => {
    const authorization = server.headers.Authorization.replace("${OPS_HUB_TOKEN}", token);
    const { pathname, host } = new URL(server.url);
    return modern(hub.url + pathname, "tools/list", {}, { headers: { authorization, host } });
  };
  try {
    expect((await list("of-librechat")).status).toBe(200);
    expect((await list("of-another")).status).toBe(401);
  } finally {
    await hub.close();
  }
});
