// No value becomes an option, no control character passes, and the free runners say what they allow.
import fc from "fast-check";
import { expect, test } from "vitest";
import { readCatalogs } from "../../../../src/modules/release-ops/catalog/load.ts";
import { argvOf, preview } from "../../../../src/modules/release-ops/params/argv.ts";
import { checkCommand } from "../../../../src/modules/release-ops/params/generic/command.ts";
import { splitArgs } from "../../../../src/modules/release-ops/params/generic/split.ts";
import { inputOf } from "../../../../src/modules/release-ops/params/input.ts";

const catalog = await readCatalogs(["oar"]);
const tool = (name: string) => catalog.tools.get(name)!;
const oar = catalog.programs.get("oar")!;

test.each(["4.19", "4.19.1;id", "-V", "--help", "4.19.1\n", "../x", "x".repeat(10_240), ""])(
  "release %j is refused and named",
  (release) => {
    const parsed = inputOf(tool("oar_image_signed_check")).safeParse({ release });
    expect(parsed.error?.issues[0]?.path).toEqual(["release"]);
    expect(() => argvOf(tool("oar_image_signed_check"), { release })).toThrow(/^release /);
  },
);

test("an unknown argument is refused", () => {
  expect(inputOf(tool("oar_drop_bugs")).safeParse({ release: "4.19.1", nope: 1 }).success).toBe(false);
});

test("no value of any tool becomes an option or carries a control character", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string().map((text) => `-${text}`),
    fc.constantFrom("a\u0000b", "valueOf", "__proto__"),
  );
  for (const spec of catalog.tools.values()) {
    for (const [name, param] of spec.params) {
      fc.assert(
        fc.property(hostile, (text) => {
          const only = {
            ...spec,
            params: new Map([[name, param]]),
            argv: spec.argv.filter((item) => item.kind !== "literal" && "from" in item && item.from === name),
          };
          let argv: string[];
          try {
            argv = argvOf(only, { [name]: text });
          } catch {
            return;
          }
          const allowed = param.type === "text" ? /[\n\t]/g : /(?!)/g;
          for (const item of argv) expect(item.replaceAll(allowed, "")).not.toMatch(/\p{Cc}/u);
          const options = only.argv.flatMap((item) =>
            item.kind === "opt" ? [item.option] : item.kind === "bool" ? [item.on, item.off] : [],
          );
          for (const item of argv.filter((text) => text.startsWith("-"))) expect(options).toContain(item.split("=")[0]);
        }),
        { numRuns: 40 },
      );
    }
  }
});

test("a free command must be on the list, with options on the list", () => {
  expect(checkCommand(oar, "stage-testing", "-n 5", "4.19.0-rc.1")).toEqual({
    argv: ["-r", "4.19.0-rc.1", "stage-testing", "-n", "5"],
    risk: "write",
  });
  expect(() => checkCommand(oar, "nope", "", "4.19.1")).toThrow(/allowed: create-test-report, /);
  for (const args of ["--evil", "-n", "-n x", "-n -5", "-n 0", "extra", "-n '5", '["-n", 5]', "-n 5\u0007"]) {
    expect(() => checkCommand(oar, "stage-testing", args, "4.19.1"), args).toThrow(/./);
  }
  expect(() => checkCommand(oar, "stage-testing", "", "-V")).toThrow(/^release /);
});

test("arguments split as in a shell, and nothing is expanded", () => {
  expect(splitArgs(`a 'b c' "d\\"e" f\\ g '' $HOME;*`)).toEqual(["a", "b c", 'd"e', "f g", "", "$HOME;*"]);
  expect(splitArgs('["a b"]')).toEqual(["a b"]);
  fc.assert(
    fc.property(fc.array(fc.string()), (words) => {
      fc.pre(!words[0]?.startsWith("["));
      expect(splitArgs(preview("x", words)).slice(1)).toEqual(words);
    }),
  );
});
