// Critical commands, where the client can ask its person: it shows the very command, and only the right words run it.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { ANONYMOUS } from "../../../src/core/caller.ts";
import type { CallRequest } from "../../../src/core/context.ts";
import { releaseOps } from "../../../src/modules/release-ops/index.ts";
import { startHub } from "../../support/hub.ts";
import { closing, CREDENTIALS, type Ground } from "./stubs.ts";

const open = closing(afterEach);
const release = "4.19.1";
const PUSH = ["-r", release, "push-to-cdn-staging"];
const CAN_ASK = { elicitation: {} };

const callOf = (hub: Ground) => (name: string, input: object, request: Partial<CallRequest>) =>
  hub.registry.call(name, input, { signal: AbortSignal.timeout(20_000), caller: ANONYMOUS, door: "mcp", ...request });

/** Asks, and returns how the answer goes on. */
async function ask(hub: Ground, name: string, input: object, abilities: Record<string, unknown> = CAN_ASK) {
  const asked = await callOf(hub)(name, input, { abilities });
  if (asked.ok || asked.kind !== "needs-input") throw new Error(`it did not ask: ${JSON.stringify(asked)}`);
  const { requests, state } = asked;
  const answer = (confirm: unknown, over: object = {}) =>
    callOf(hub)(name, { ...input, ...over }, { abilities, state, answers: { confirm } });
  return { question: requests["confirm"], state, answer };
}

const accept = (content: object) => ({ action: "accept", content });
const programs = async (hub: Ground) => (await hub.calls()).map(({ name, argv }) => [name, ...argv]);

describe("a client that can ask", () => {
  it("is shown the exact command and what to type, and the right answer runs it once", async () => {
    const hub = await open({ stubs: { oar: "console.log('pushed')" } });
    const { question, answer } = await ask(hub, "oar_push_to_cdn_staging", { release });
    expect(question).toEqual({
      method: "elicitation/create",
      params: {
        mode: "form",
        message: expect.stringContaining(`\n\noar -r ${release} push-to-cdn-staging\n\n`),
        requestedSchema: {
          type: "object",
          properties: {
            confirm: {
              type: "string",
              title: `Type ${release}`,
              description: `Type ${release} to run it.`,
              maxLength: 200,
            },
          },
          required: ["confirm"],
        },
      },
    });
    expect(await programs(hub)).toEqual([]);
    expect(await answer(accept({ confirm: release }))).toMatchObject({ ok: true, value: { output: "pushed" } });
    expect(await programs(hub)).toEqual([["oar", ...PUSH]]);
  });

  it.each([
    ["another release", accept({ confirm: "4.19.2" })],
    ["nothing", accept({})],
    ["a yes", accept({ confirm: true })],
    ["no content", { action: "accept" }],
    ["a refusal", { action: "decline" }],
    ["a dismissal", { action: "cancel" }],
    ["a refusal with the right words", { action: "decline", content: { confirm: release } }],
  ])("an answer of %s runs nothing, and says so", async (_, answered) => {
    const hub = await open();
    const { answer } = await ask(hub, "oar_push_to_cdn_staging", { release });
    const outcome = await answer(answered);
    expect(outcome).toMatchObject({
      ok: false,
      kind: "denied",
      message: expect.stringMatching(/^not run: .*oar -r 4\.19\.1 push-to-cdn-staging$/),
    });
    expect(await programs(hub)).toEqual([]);
  });

  it("an answer counts for the command that was shown, and for no other", async () => {
    const hub = await open();
    const { answer, state } = await ask(hub, "oar_push_to_cdn_staging", { release });
    const right = accept({ confirm: "4.19.2" });
    expect(await answer(right, { release: "4.19.2" })).toMatchObject({ ok: false, kind: "needs-input" });
    const answers = { confirm: accept({ confirm: release }) };
    for (const given of [undefined, {}, { command: "x" }, "x"]) {
      const bare = await callOf(hub)(
        "oar_push_to_cdn_staging",
        { release },
        { abilities: CAN_ASK, answers, state: given },
      );
      expect(bare).toMatchObject({ ok: false, kind: "needs-input" });
    }
    const other = await callOf(hub)("oar_drop_bugs", { release }, { abilities: CAN_ASK, answers, state });
    expect(other).toMatchObject({ ok: false, kind: "needs-input" });
    expect(await programs(hub)).toEqual([]);
  });

  it("is not asked when it confirms by itself, nor when it confirms the wrong thing", async () => {
    const hub = await open();
    const push = (confirm: string) =>
      callOf(hub)("oar_push_to_cdn_staging", { release, confirm }, { abilities: CAN_ASK });
    expect(await push("4.19.2")).toMatchObject({ ok: false, kind: "denied" });
    expect(await programs(hub)).toEqual([]);
    expect(await push(release)).toMatchObject({ ok: true });
  });

  it("is asked for critical commands of a free runner too, and not for others", async () => {
    const hub = await open();
    const { answer } = await ask(hub, "oar_run_command", { release, command: "push-to-cdn-staging" });
    expect(await answer(accept({ confirm: release }))).toMatchObject({ ok: true });
    const take = { release, command: "take-ownership", args: "-e a@example.com" };
    expect(await callOf(hub)("oar_run_command", take, { abilities: CAN_ASK })).toMatchObject({ ok: true });
    expect(await programs(hub)).toEqual([
      ["oar", ...PUSH],
      ["oar", "-r", release, "take-ownership", "-e", "a@example.com"],
    ]);
  });

  it("is not asked where the command may not run at all", async () => {
    const hub = await open({ env: { ALLOW_WRITES: "" } });
    const outcome = await callOf(hub)("oar_push_to_cdn_staging", { release }, { abilities: CAN_ASK });
    expect(outcome).toMatchObject({ ok: false, kind: "denied", message: expect.stringContaining("ALLOW_WRITES") });
  });
});

it.each([{}, { elicitation: { url: {} } }, { elicitation: false }, { sampling: {} }])(
  "a client that cannot ask with a form (%j) is told the command and how to confirm it",
  async (abilities) => {
    const hub = await open();
    const outcome = await callOf(hub)("oar_push_to_cdn_staging", { release }, { abilities });
    expect(outcome).toMatchObject({
      ok: false,
      kind: "denied",
      message: expect.stringContaining(`call again with confirm="${release}"`),
      failure: { details: { preview: ["oar", ...PUSH], confirm: { confirm: release } } },
    });
    expect(await programs(hub)).toEqual([]);
  },
);

const SECRET = `
version: 1
policy: { confirm: write }
tools:
  hush:
    description: Says a secret.
    program: job
    params: { token: { secret: true, required: true }, n: { type: integer, default: 1 } }
    argv: [say, { opt: --token, from: token, style: equals }, { opt: -n, from: n }]
    risk: write
    background: { mode: auto, wait: 20s }
`;

it("what is shown holds no secret, in the question as in the refusal", async () => {
  const hub = await open({ catalog: SECRET });
  const input = { token: "hush-hush-0123", n: 3 };
  const { question } = await ask(hub, "hush", input);
  const refused = await callOf(hub)("hush", input, {});
  for (const shown of [question, refused]) {
    expect(JSON.stringify(shown)).toContain("--token=***");
    expect(JSON.stringify(shown)).not.toContain("hush-hush");
  }
});

describe("a job", () => {
  const started = async (hub: Ground, outcome: Awaited<ReturnType<ReturnType<typeof callOf>>>) => {
    if (!outcome.ok) throw new Error(outcome.message);
    const id = String(outcome.value["id"]);
    const state = async () => (await hub.call("ops_job_status", { id })).structured["state"];
    await expect.poll(state, { timeout: 10_000 }).toBe("succeeded");
  };

  it("is asked for likewise, and runs what was confirmed", async () => {
    const hub = await open();
    const job = { tool: "oar_push_to_cdn_staging", arguments: { release } };
    const { answer, question } = await ask(hub, "ops_job_start", job);
    expect(JSON.stringify(question)).toContain("push-to-cdn-staging");
    expect(await answer({ action: "decline" })).toMatchObject({ ok: false, kind: "denied" });
    expect((await hub.call("ops_job_list")).structured["total"]).toBe(0);
    await started(hub, await answer(accept({ confirm: release })));
    expect(await programs(hub)).toEqual([["oar", ...PUSH]]);
  });

  it("takes confirm among the arguments, also where the catalogue names no parameter for it", async () => {
    const hub = await open({ catalog: SECRET });
    const start = (tool: string, given: object) => callOf(hub)("ops_job_start", { tool, arguments: given }, {});
    const token = "hush-hush-0123";
    expect(await start("hush", { token })).toMatchObject({ ok: false, kind: "denied" });
    await started(hub, await start("hush", { token, confirm: "hush" }));
    await started(hub, await start("oar_push_to_cdn_staging", { release, confirm: release }));
    expect(await programs(hub)).toEqual([
      ["job", "say", `--token=${token}`, "-n", "1"],
      ["oar", ...PUSH],
    ]);
  });

  it("that a long command becomes is confirmed once", async () => {
    const hub = await open({ catalog: SECRET, stubs: { job: "console.log('said')" } });
    const { answer } = await ask(hub, "hush", { token: "hush-hush-0123" });
    expect(await answer(accept({ confirm: "hush" }))).toMatchObject({ ok: true, value: { output: "said" } });
    expect(await programs(hub)).toHaveLength(1);
  });
});

describe.each([
  ["a client of 2026", "auto"],
  ["a client of 2025", "legacy"],
] as const)("%s", (_, mode) => {
  it("asks its person by its own form", async () => {
    const ground = await open();
    const hub = await startHub([releaseOps], {
      ...CREDENTIALS,
      PATH: `${ground.folder}/bin`,
      RELEASE_OPS_CATALOG: "oar",
      ALLOW_WRITES: "release-ops",
      DATA_DIR: `${ground.folder}/other`,
    });
    onTestFinished(() => hub.close());
    const client = new Client(
      { name: "asks", version: "1" },
      { capabilities: { elicitation: {} }, versionNegotiation: { mode } },
    );
    const asked: string[] = [];
    client.setRequestHandler("elicitation/create", ({ params }) => {
      asked.push(params.message);
      return asked.length === 1 ? { action: "decline" } : { action: "accept", content: { confirm: release } };
    });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${hub.url}/mcp`)));
    onTestFinished(() => client.close());
    const push = () => client.callTool({ name: "oar_push_to_cdn_staging", arguments: { release } });
    expect(await push()).toMatchObject({ isError: true, content: [{ text: expect.stringContaining("not run: ") }] });
    expect(await programs(ground)).toEqual([]);
    expect((await push()).content).toMatchObject([{ text: "✓ Command succeeded" }]);
    expect(await programs(ground)).toEqual([["oar", ...PUSH]]);
    expect(asked).toHaveLength(2);
    expect(asked[0]).toContain(`oar -r ${release} push-to-cdn-staging`);
  });
});
