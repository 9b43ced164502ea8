// What a caller may not use is not there for it: no list, no view, no answer tells of it.
import { expect, it } from "vitest";
import { defineModule } from "../../src/core/module.ts";
import { ANONYMOUS, type Rights } from "../../src/core/caller.ts";
import { UnknownModule, Views } from "../../src/mcp/views.ts";
import { startHub } from "../support/hub.ts";
import { trialModule } from "../support/trial-module.ts";

const all = { module: undefined, among: undefined, readOnly: false };
const readsTrial: Rights = { key: "trial:read", may: (module, access) => module === "trial" && access === "read" };

const secretive = defineModule({
  name: "secretive",
  title: "Secretive",
  instructions: "Nobody should read this.",
  settings: {},
  start: () => ({ tools: [], absent: { hidden_tool: "set SECRET=1" }, check: async () => ({ ok: true, message: "" }) }),
});

it("shows a caller the modules and tools of its rights alone", async () => {
  const hub = await startHub([trialModule().module, trialModule("other").module, secretive], { ALLOW_WRITES: "other" });
  const { views } = hub.hub;
  expect(views.of(all).tools.map(({ name }) => name)).toContain("other_erase");
  const few = views.of(all, readsTrial);
  expect(few.tools.map(({ name }) => name)).toEqual(["echo", "wait", "wait_long"]);
  expect(few.instructions).not.toContain("other");
  expect(() => views.of({ ...all, module: "other" }, readsTrial)).toThrow(
    new UnknownModule('no module "other" here; there is: trial'),
  );
  await hub.close();
});

it("says of what is switched off nothing to those who could not use it anyway", async () => {
  const hub = await startHub([trialModule().module, trialModule("other").module, secretive]);
  const { views } = hub.hub;
  const everything = views.of(all).registry;
  expect([everything.whyAbsent("other_erase"), everything.whyAbsent("hidden_tool")]).toEqual([
    "it writes: the operator switches it on with ALLOW_WRITES=other",
    "set SECRET=1",
  ]);
  const few = views.of(all, readsTrial).registry;
  expect(["erase", "other_erase", "hidden_tool"].map((name) => few.whyAbsent(name))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  const outcome = await few.call(
    "other_echo",
    {},
    { signal: new AbortController().signal, caller: ANONYMOUS, door: "mcp" },
  );
  expect(outcome).toMatchObject({ ok: false, kind: "not-found", message: 'unknown tool "other_echo"' });
  await hub.close();
});

it("keeps one view for equal rights", async () => {
  const hub = await startHub([trialModule().module]);
  const views = new Views(hub.hub.registry, []);
  expect(views.of(all, readsTrial)).toBe(views.of(all, { ...readsTrial }));
  expect(views.of(all, readsTrial)).not.toBe(views.of(all));
  await hub.close();
});
