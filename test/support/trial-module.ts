// A module with one quick, one slow and one writing tool, to try the doors with.
import { z } from "zod";
import { defineModule } from "../../src/core/module.ts";
import { defineTool } from "../../src/core/tool.ts";

export interface SlowCalls {
  started: number;
  aborted: number;
  ended: number;
}

/** `echo` answers at once, `wait` and the long `wait_long` after `ms` or when they are aborted, `erase` writes. */
export function trialModule(name = "trial") {
  const calls: SlowCalls = { started: 0, aborted: 0, ended: 0 };
  const prefix = name === "trial" ? "" : `${name}_`;
  const echo = defineTool({
    name: `${prefix}echo`,
    title: "Echo",
    description: "Gives back what it was given. For tests.",
    access: "read",
    openWorld: false,
    input: z.strictObject({ text: z.string().max(1_000_000).describe("Any text") }),
    output: z.looseObject({ text: z.string() }),
    run: ({ text }) => ({ text }),
  });
  const wait = (suffix: "" | "_long") =>
    defineTool({
      name: `${prefix}wait${suffix}`,
      title: "Wait",
      description: "Waits. For tests.",
      access: "read",
      ...(suffix === "" ? {} : { long: true }),
      input: z.strictObject({ ms: z.number().int().min(0).max(600_000).describe("How long, in milliseconds") }),
      output: z.looseObject({ waited: z.number() }),
      run: async ({ ms }, context) => {
        calls.started += 1;
        const { promise, resolve } = Promise.withResolvers<void>();
        const timer = setTimeout(resolve, ms);
        context.signal.addEventListener("abort", () => {
          calls.aborted += 1;
          clearTimeout(timer);
          resolve();
        });
        context.progress("waiting", 0, ms);
        await promise;
        calls.ended += 1;
        return { waited: ms };
      },
    });
  const erase = defineTool({
    name: `${prefix}erase`,
    title: "Erase",
    description: "Erases nothing. For tests.",
    access: "destructive",
    input: z.strictObject({}),
    output: z.looseObject({ erased: z.boolean() }),
    run: () => ({ erased: true }),
  });
  const module = defineModule({
    name,
    title: `Trial ${name}`,
    instructions: `Use ${prefix}echo first.\n\nThe second paragraph is for the module's own view.`,
    settings: {},
    start: () => ({
      tools: [echo, wait(""), wait("_long"), erase],
      check: async () => ({ ok: true, message: "fine" }),
    }),
  });
  return { module, calls };
}
