// README's shell lines that send a report, run by a shell against a hub that asks for what they send.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startAgentHub, type AgentHub } from "../support/agent-hub.ts";

const run = promisify(execFile);
const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
/** What only a shell can show needs its programs; a machine may lack them. */
const hasPrograms = await run("sh", ["-c", "command -v curl && command -v openssl"]).then(
  () => true,
  () => false,
);

let hub: AgentHub;
beforeAll(async () => {
  const env = { REPORT_AUTH: "token,hmac", REPORT_HMAC_TIMESTAMP: "required" };
  hub = await startAgentHub({
    script: "none",
    env: { ...env, REPORT_TOKEN: "the-token-of-reports", REPORT_HMAC_SECRET: "the-secret-of-reports" },
  });
});
afterAll(() => hub.close());

/** The shell block that names this variable, against our hub, and quiet. */
function script(variable: string): string {
  const block = [...readme.matchAll(/^( *)```sh\n([\s\S]*?)\n\1```$/gm)].find(([, , text = ""]) =>
    text.includes(`$${variable}`),
  )?.[2];
  if (block === undefined) throw new Error(`README has no shell lines with $${variable}`);
  return block
    .replaceAll("http://127.0.0.1:8000/report-failure", `${hub.url}/report-failure?mode=async`)
    .replaceAll("curl -d", "curl -s -d");
}

async function answer(variable: string, value: string): Promise<Record<string, unknown>> {
  const env = { PATH: process.env["PATH"] ?? "", [variable]: value };
  return JSON.parse((await run("sh", ["-c", script(variable)], { env })).stdout);
}

it.skipIf(!hasPrograms)("a report with the token is taken, one with another is not", async () => {
  expect(await answer("REPORT_TOKEN", "the-token-of-reports")).toMatchObject({ status: "accepted" });
  expect(await answer("REPORT_TOKEN", "another-token")).toEqual({ detail: expect.stringContaining("not known") });
});

it.skipIf(!hasPrograms)(
  "a report that is signed with the secret is taken, one signed with another is not",
  async () => {
    expect(await answer("REPORT_HMAC_SECRET", "the-secret-of-reports")).toMatchObject({ status: "accepted" });
    expect(await answer("REPORT_HMAC_SECRET", "another-secret")).toEqual({
      detail: "the signature is not that of this body",
    });
  },
);
