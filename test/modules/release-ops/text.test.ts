// Free text of several lines on its way to a command: line feeds and tabs pass, nothing else that controls, and never as an option.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { readCatalogs } from "../../../src/modules/release-ops/catalog/load.ts";
import { closing } from "./stubs.ts";

const open = closing(afterEach);
const release = "4.19.1";
const LINES = "the build broke:\n\tat step 2\n\n--force does not help; $(id) `id` 'x' \"y\"";

const ECHO = "console.log(JSON.stringify({ argv }))";

it.each([
  ["oar_add_issue", { release, issue: LINES }, "--issue"],
  ["oar_resolve_issue", { release, issue: "x", resolution: LINES }, "--resolution"],
  ["oar_update_task_status", { release, task_name: "stage-testing", status: "Fail", result: LINES }, "--result"],
])("%s takes several lines and passes them as one argument", async (tool, input, option) => {
  const hub = await open({ stubs: { python3: ECHO } });
  const { text, isError } = await hub.call(tool, input);
  expect(isError, text).toBe(false);
  expect(JSON.parse(text).argv).toContain(`${option}=${LINES}`);
  const windows = Object.fromEntries(
    Object.entries(input).map(([key, value]) => [key, value.replaceAll("\n", "\r\n")]),
  );
  expect((await hub.call(tool, windows)).text).toBe(text);
});

it.each(["a\u0000b", "a\u001b[31mb", "a\u007fb", "a\u0085b", "a\rb", "a\u0008b", "a\u2028b", "a\ud800b"])(
  "text with the control character in %j is refused by name, and nothing runs",
  async (issue) => {
    const hub = await open();
    const { text, isError } = await hub.call("oar_add_issue", { release, issue });
    expect(isError).toBe(true);
    expect(JSON.parse(text).error).toMatch(/issue.*must not hold control characters but line feeds and tabs/);
    expect(await hub.calls()).toEqual([]);
  },
);

it("text keeps its bounds, and other strings still take no line feed", async () => {
  const hub = await open();
  const said = async (tool: string, input: object) => (await hub.call(tool, input)).text;
  expect(await said("oar_add_issue", { release, issue: "x\n".repeat(501) })).toContain("at most 1000 characters");
  expect(await said("oar_image_consistency_check", { release, job_id: "a\nb" })).toContain("control characters");
  const { properties } = hub.registry.find("oar_add_issue")!;
  expect(properties["issue"]).toMatchObject({ type: "string", minLength: 1, maxLength: 1000 });
  expect(await hub.calls()).toEqual([]);
});

describe("a catalogue", () => {
  it("may not pass text where it could become an option", async () => {
    const hub = await open();
    const file = join(hub.folder, "text.yaml");
    await writeFile(
      file,
      `version: 1
programs: { p: { exec: p } }
tools:
  say:
    description: Says.
    program: p
    params: { words: { type: text, required: true } }
    argv:
      - { pos: words }
      - { opt: --words, from: words }
      - { opt: -w, from: words, style: equals }
      - { opt: --words, from: words, style: equals }
      - { rest: words }
    risk: read
`,
    );
    const error: unknown = await readCatalogs([file]).catch((thrown: unknown) => thrown);
    const { problems } = error as { problems: string[] };
    expect(problems.map((line) => line.replace(`${file}:`, ""))).toEqual(
      [9, 10, 11].map((line) => expect.stringMatching(new RegExp(`^${line}:\\d+: .*words is a text: it needs`))),
    );
  });
});
