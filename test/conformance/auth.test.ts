// The official conformance suite and authorisation: what of it is for a server like ours, and the whole of it behind a gate.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHub } from "../support/hub.ts";
import { startIssuer } from "../support/oidc-issuer.ts";
import { startRelay } from "../support/relay.ts";
import { modern } from "../support/wire.ts";
import { fixture } from "./fixture-module.ts";
import { SUITE_LIMIT_MS, problems, requiredScenarios, runSuite, serverScenarios, type Report } from "./run.ts";

/**
 * The suite knows `auth/*` for clients (which meet its own servers) and two for authorization servers. We are neither: our
 * tokens are made elsewhere, and towards upstreams we send what is configured. The day it has some for servers, this is red.
 */
test("the suite has no authorisation scenario for servers", async () => {
  const names = await serverScenarios();
  expect(names).toContain("tools-list");
  expect(names.filter((name) => /auth|token|bearer|scope/i.test(name))).toEqual([]);
});

/** A hub that lets in who has a token of the issuer, behind a proxy that adds one: the suite cannot send any. */
async function startGuarded() {
  const issuer = await startIssuer(Date.now);
  const folder = await mkdtemp(join(tmpdir(), "conformance-auth-"));
  const rules = join(folder, "rules.yaml");
  await writeFile(rules, "rules: [{ caller: alice, access: destructive }]");
  const relay = await startRelay({ authorization: `Bearer ${await issuer.token()}` });
  const hub = await startHub([fixture], {
    AUTH_MODE: "oidc",
    OIDC_ISSUER: issuer.url,
    OIDC_AUDIENCE: "ops-hub",
    ACCESS_PATH: rules,
    PUBLIC_URL: relay.url,
  });
  relay.target = hub.url;
  const close = async () => {
    await hub.close();
    await Promise.all([relay.close(), issuer.close(), rm(folder, { recursive: true })]);
  };
  return { guarded: hub.url, url: relay.url, close };
}

describe.each(["2026-07-28", "2025-11-25"] as const)("at %s, the hub with AUTH_MODE=oidc", (revision) => {
  let hub: Awaited<ReturnType<typeof startGuarded>> | undefined;
  let report: Report;
  beforeAll(async () => {
    hub = await startGuarded();
    report = await runSuite(`${hub.url}/mcp`, revision);
  }, SUITE_LIMIT_MS * 1.5);
  afterAll(() => hub?.close());

  test("passes all scored scenarios for who has a token", async () => {
    const required = await requiredScenarios(revision);
    expect(problems(report, required)).toEqual([]);
    expect(required.flatMap((name) => report.scenarios.get(name)?.warnings ?? [])).toEqual([]);
    expect(report.exitCode).toBe(0);
  });

  test("would not have answered without one", async () => {
    const { status, headers } = await modern(`${hub?.guarded}/mcp`, "tools/list");
    expect([status, headers["www-authenticate"]]).toEqual([401, expect.stringContaining("resource_metadata=")]);
  });
});
