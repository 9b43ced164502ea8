// Laws over every module: its name, what it tells models, its prompts and resources, and how large its lists are.
import { afterAll, describe, expect, it } from "vitest";
import { byteLength } from "../../src/core/clip.ts";
import type { Prompt, Resource } from "../../src/core/prompt.ts";
import { modules } from "../../src/modules.ts";
import { openHouse } from "./house.ts";
import { breach, enforce, type Law } from "./law.ts";

const { hub } = await openHouse();
afterAll(() => hub.close());

/** Clients cut instructions at about 2 KB, and the doors put a line before them. */
const MAX_MODULE_INSTRUCTIONS_BYTES = 1_500;
const MAX_VIEW_INSTRUCTIONS_BYTES = 2_048;
/** What a model pays for a module's tools before its first call: names, descriptions, inputs. On average per tool. */
const MAX_MODEL_BYTES_PER_TOOL = 1_536;
/** A module's whole tools/list, outputs and annotations included; and that of all modules. */
const MAX_LIST_BYTES = 65_536;
const MAX_WHOLE_LIST_BYTES = 262_144;

const viewOf = (module: string | undefined) => hub.views.of({ module, among: undefined, readOnly: false });

interface Said {
  readonly name: string;
  readonly title: string;
  readonly instructions: string;
}
const said = (parts: Partial<Said>): Said => ({ name: "sample", title: "Sample", instructions: "Ask it.", ...parts });

const LAWS: readonly Law<Said>[] = [
  {
    claim: "module has a kebab-case name, which is also its path, and a title",
    breaches: ({ name, title }) => [
      ...breach(!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name), `name is ${name}`),
      ...breach(["sse", "messages"].includes(name), `/mcp/${name} is taken`),
      ...breach(title.trim() === "", "no title"),
    ],
    broken: [said({ name: "Sample" }), said({ name: "sse" }), said({ title: "" })],
  },
  {
    claim: `module tells models how to use it, in at most ${MAX_MODULE_INSTRUCTIONS_BYTES} bytes`,
    breaches: ({ instructions }) => [
      ...breach(instructions.trim() === "", "no instructions"),
      ...breach(byteLength(instructions) > MAX_MODULE_INSTRUCTIONS_BYTES, `${byteLength(instructions)} bytes`),
    ],
    broken: [said({ instructions: "" }), said({ instructions: "é".repeat(751) })],
  },
];

interface Weight {
  readonly tools: number;
  readonly modelBytes: number;
  readonly listBytes: number;
}

const WEIGHT_LAWS: readonly Law<Weight>[] = [
  {
    claim: `module's tools cost a model at most ${MAX_MODEL_BYTES_PER_TOOL} bytes each on average`,
    breaches: ({ tools, modelBytes }) =>
      breach(modelBytes > tools * MAX_MODEL_BYTES_PER_TOOL, `${modelBytes} bytes for ${tools} tools`),
    broken: [{ tools: 2, modelBytes: 2 * MAX_MODEL_BYTES_PER_TOOL + 1, listBytes: 1 }],
  },
  {
    claim: `module's tools/list is at most ${MAX_LIST_BYTES} bytes`,
    breaches: ({ listBytes }) => breach(listBytes > MAX_LIST_BYTES, `${listBytes} bytes`),
    broken: [{ tools: 1, modelBytes: 1, listBytes: MAX_LIST_BYTES + 1 }],
  },
];

function weigh(module: string | undefined): Weight {
  const { tools } = viewOf(module);
  const forModels = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
  const [modelBytes, listBytes] = [forModels, tools].map((list) => byteLength(JSON.stringify(list)));
  return { tools: tools.length, modelBytes: modelBytes!, listBytes: listBytes! };
}

const prompt = (parts: Partial<Prompt>): Prompt => ({
  name: "look_at_sample",
  title: "Look at a sample",
  description: "Looks at a sample.",
  arguments: { name: { description: "The sample's name" } },
  render: () => [],
  ...parts,
});

const PROMPT_LAWS: readonly Law<Prompt>[] = [
  {
    claim: "prompt has a snake_case name, a title, a description that is a sentence, and described arguments",
    breaches: ({ name, title, description, arguments: given }) => [
      ...breach(!/^[a-z][a-z0-9_]{0,63}$/.test(name), `name is ${name}`),
      ...breach(title.trim() === "", "no title"),
      ...breach(!/^[A-Z].{8,}\.$/s.test(description), `description is "${description}"`),
      ...Object.entries(given)
        .filter(([, argument]) => argument.description.trim().length < 3)
        .map(([argument]) => `argument ${argument} has no description`),
    ],
    broken: [
      prompt({ name: "Look" }),
      prompt({ title: "" }),
      prompt({ description: "looks" }),
      prompt({ arguments: { name: { description: "" } } }),
    ],
  },
];

const resource = (parts: Partial<Resource>): Resource => ({
  name: "sample",
  title: "Sample",
  description: "What the sample holds.",
  mimeType: "application/json",
  uri: "sample://{name}",
  read: () => ({ mimeType: "application/json", body: "" }),
  ...parts,
});

const RESOURCE_LAWS: readonly Law<Resource>[] = [
  {
    claim: "resource has a name, a title, a description that is a sentence, a media type and a URI",
    breaches: ({ name, title, description, mimeType, uri }) => [
      ...breach(name.trim() === "" || title.trim() === "", "no name or title"),
      ...breach(!/^[A-Z].{8,}\.$/s.test(description), `description is "${description}"`),
      ...breach(!/^\w+\/[\w.+-]+(;.*)?$/.test(mimeType), `media type is "${mimeType}"`),
      ...breach(!/^[a-z][a-z0-9+.-]*:\/\/./.test(uri), `URI is "${uri}"`),
    ],
    broken: [
      resource({ title: "" }),
      resource({ description: "Sample" }),
      resource({ mimeType: "json" }),
      resource({ uri: "sample" }),
    ],
  },
];

const byName = <T extends { name: string }>(all: readonly T[]): Map<string, T> =>
  new Map(all.map((one) => [one.name, one]));

describe("the laws", () => {
  const everything = viewOf(undefined);
  enforce(LAWS, byName(modules));
  enforce(WEIGHT_LAWS, new Map(modules.map(({ name }) => [name, weigh(name)])));
  enforce(PROMPT_LAWS, byName(everything.prompts.map((listed) => listed.prompt)));
  enforce(RESOURCE_LAWS, byName(everything.resources));
});

describe("the views", () => {
  it(`give instructions of at most ${MAX_VIEW_INSTRUCTIONS_BYTES} bytes, uncut where there is one module`, () => {
    expect(byteLength(viewOf(undefined).instructions)).toBeLessThanOrEqual(MAX_VIEW_INSTRUCTIONS_BYTES);
    for (const { name, instructions } of modules) expect(viewOf(name).instructions).toBe(instructions);
  });

  it("have unique names for modules, prompts and resources", () => {
    const { prompts, resources } = viewOf(undefined);
    const prompted = prompts.map((listed) => listed.prompt.name);
    for (const names of [modules.map(({ name }) => name), prompted, resources.map(({ uri }) => uri)]) {
      expect(names).toEqual([...new Set(names)]);
    }
  });

  it(`list all tools in at most ${MAX_WHOLE_LIST_BYTES} bytes`, () => {
    expect(weigh(undefined).listBytes).toBeLessThanOrEqual(MAX_WHOLE_LIST_BYTES);
  });

  it("show only reading tools with readonly", () => {
    const { registry } = hub.views.of({ module: undefined, among: undefined, readOnly: true });
    expect(registry.entries.filter(({ tool }) => tool.access !== "read")).toEqual([]);
  });
});
