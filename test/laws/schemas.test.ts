// Laws over the schemas of every tool. Inputs: strict, flat, plain, described, bounded. Outputs: open, and fit for clients.
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, describe } from "vitest";
import { z } from "zod";
import type { JsonObject } from "../../src/core/json.ts";
import type { Entry } from "../../src/core/entry.ts";
import { openHouse } from "./house.ts";
import { breach, enforce, type Law } from "./law.ts";
import { described, sample, withInput, withInputSchema, withOutputSchema } from "./sample.ts";
import { combinersIn, hasPlainType, places, unbounded } from "./schema.ts";

const { hub } = await openHouse();
afterAll(() => hub.close());

const short = z.string().max(9);

const INPUT_LAWS: readonly Law<Entry>[] = [
  {
    claim: "tool's input is an object that refuses unknown arguments and always has properties",
    breaches: ({ inputSchema: { type, additionalProperties, properties } }) => [
      ...breach(type !== "object", `type is ${String(type)}`),
      ...breach(additionalProperties !== false, "additionalProperties is not false"),
      ...breach(properties === undefined, "no properties"),
    ],
    broken: [
      sample({ input: z.object({ name: described(short) }) }),
      withInputSchema({ type: "object", additionalProperties: false }),
      withInputSchema({ type: "array", additionalProperties: false, properties: {} }),
    ],
  },
  {
    claim: "argument is described, however deep it stands",
    breaches: ({ inputSchema }) =>
      places(inputSchema)
        .filter(({ path, schema }) => isNamed(path) && !isDescribed(schema))
        .map(({ path }) => `${path} has no description`),
    broken: [withInput({ name: short }), withInput({ filter: described(z.strictObject({ name: short })) })],
  },
  {
    claim: "argument has one plain type, without unions or references (many clients mishandle anyOf)",
    breaches: ({ inputSchema }) =>
      places(inputSchema).flatMap(({ path, schema }) => [
        ...combinersIn(schema).map((keyword) => `${path} has ${keyword}`),
        ...breach(!hasPlainType(schema), `${path} has type ${JSON.stringify(schema["type"])}`),
      ]),
    broken: [
      withInput({ step: described(z.union([short, z.number().min(0).max(9)])) }),
      withInput({ step: described(short.nullable()) }),
      withInput({ steps: described(z.array(short.nullable()).max(9)) }),
      withInput({ step: described(z.unknown()) }),
    ],
  },
  {
    claim: "argument that is a string, number, list or object is bounded",
    breaches: ({ inputSchema }) =>
      places(inputSchema).flatMap(({ path, schema }) => {
        const what = unbounded(schema);
        return what === undefined ? [] : [`${path} is ${what}`];
      }),
    broken: [
      withInput({ name: described(z.string()) }),
      withInput({ limit: described(z.number().int()) }),
      withInput({ limit: described(z.number().min(1)) }),
      withInput({ names: described(z.array(short)) }),
      withInput({ names: described(z.array(z.string()).max(9)) }),
      withInput({ labels: described(z.record(short, short)) }),
    ],
  },
  {
    claim: "argument with a choice of words repeats them in its description (some clients read nothing else)",
    breaches: ({ inputSchema }) =>
      places(inputSchema).flatMap(({ path, schema }) => {
        const words = Array.isArray(schema["enum"]) ? schema["enum"].map(String) : [];
        const text = descriptionOf(schema);
        const said = text.split(/[^\w-]+/);
        const isSaid = (word: string) => (word.includes(" ") ? text.includes(word) : said.includes(word));
        return words.filter((word) => !isSaid(word)).map((word) => `${path} does not mention ${word}`);
      }),
    broken: [withInput({ state: z.enum(["up", "down"]).describe("Only targets that are up") })],
  },
  {
    claim: "argument names no address that the hub would ask (a caller must not choose whom it reaches)",
    breaches: ({ inputSchema }) =>
      places(inputSchema)
        .map(({ path }) => path)
        .filter((path) => ADDRESS.test(path)),
    broken: [
      withInput({ url: described(short) }),
      withInput({ api_url: described(short) }),
      withInput({ target: described(z.strictObject({ hostname: described(short) })) }),
    ],
  },
];

const ADDRESS = /(^|[._])(url|uri|host|hostname|endpoint|address|server|base_?url|proxy)$/i;

const OUTPUT_LAWS: readonly Law<Entry>[] = [
  {
    claim: "tool's output allows members nobody foresaw (clients reject a result otherwise)",
    breaches: ({ outputSchema }) =>
      places(outputSchema)
        .filter(({ schema }) => schema["additionalProperties"] === false)
        .map(({ path }) => `output${path} is closed`),
    broken: [
      sample({ output: z.object({ total: z.number() }) }),
      sample({ output: z.looseObject({ data: z.array(z.strictObject({ name: z.string() })) }) }),
      sample({ output: z.looseObject({ data: z.union([z.string(), z.strictObject({ name: z.string() })]) }) }),
    ],
  },
  {
    claim: "tool's output schema is an object's and compiles as JSON Schema 2020-12",
    breaches: ({ outputSchema }) => [
      ...breach(outputSchema["type"] !== "object", `type is ${JSON.stringify(outputSchema["type"])}`),
      ...compileProblems(outputSchema),
    ],
    broken: [
      withOutputSchema({ type: "object", required: "total" }),
      withOutputSchema({ type: "object", properties: { total: { type: "figure" } } }),
      withOutputSchema({ type: "object", propertys: {} }),
      withOutputSchema({ type: "array" }),
    ],
  },
];

/** Not the root, a list's members or a record's values. */
const isNamed = (path: string): boolean => path !== "" && !/(?:\[\]|\.\*|>)$/.test(path);

const descriptionOf = ({ description }: JsonObject): string => (typeof description === "string" ? description : "");

const isDescribed = (schema: JsonObject): boolean => descriptionOf(schema).trim().length >= 3;

function compileProblems(schema: JsonObject): string[] {
  try {
    new Ajv2020({ strict: true, strictTypes: false }).compile(schema);
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

describe("the laws", () => {
  const tools = new Map(hub.registry.entries.map((entry) => [entry.tool.name, entry]));
  enforce(INPUT_LAWS, tools);
  enforce(OUTPUT_LAWS, tools);
});
