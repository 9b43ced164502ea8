// Asks the hub over HTTP as a client would, and holds every answer to the laws: the text is the whole answer and within its budget,
// a success fits its schema, a failure keeps the error envelope.
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "vitest";
import { z } from "zod";
import { modern } from "../../support/wire.ts";

/** MAX_OUTPUT_BYTES, and a short notice. */
const MAX_TEXT_BYTES = 24 * 1024 + 512;
const MAX_STRUCTURED_BYTES = 96 * 1024;

const Called = z.looseObject({
  content: z
    .array(z.looseObject({ type: z.string(), text: z.string().optional(), data: z.string().optional() }))
    .min(1),
  structuredContent: z.unknown(),
  isError: z.boolean().optional(),
});
const Value = z.record(z.string(), z.any());

export interface Answer {
  /** The answer as its text says it. */
  value: Record<string, any>;
  isError: boolean;
  /** The picture, when there is one. */
  image: Buffer | undefined;
}

export interface LawfulHub {
  call(tool: string, args?: object): Promise<Answer>;
  /** The value of a call that must succeed. */
  ask(tool: string, args?: object): Promise<Record<string, any>>;
  /** The envelope of a call that must fail. */
  fail(tool: string, args?: object): Promise<Record<string, any>>;
}

export async function lawfulHub(url: string): Promise<LawfulHub> {
  const listed = await modern(`${url}/mcp`, "tools/list");
  const tools: { name: string; outputSchema: object }[] = listed.json.result?.["tools"];
  const ajv = new Ajv2020({ strict: false });
  const validators = new Map(tools.map(({ name, outputSchema }) => [name, ajv.compile(outputSchema)]));

  const call = async (tool: string, args: object = {}): Promise<Answer> => {
    const reply = await modern(`${url}/mcp`, "tools/call", { name: tool, arguments: args });
    const { content, structuredContent, isError = false } = Called.parse(reply.json.result ?? reply.json);
    const text = content.find(({ type }) => type === "text")?.text ?? "";
    expect(Buffer.byteLength(text), `${tool}: the text's size`).toBeLessThanOrEqual(MAX_TEXT_BYTES);
    const value = Value.parse(JSON.parse(text));
    if (structuredContent !== undefined || !isError) expect(structuredContent).toEqual(value);
    expect(Buffer.byteLength(JSON.stringify(value))).toBeLessThanOrEqual(MAX_STRUCTURED_BYTES);
    if (isError) {
      expect(value).toMatchObject({ status: "error", error: expect.any(String), code: expect.any(String) });
    } else {
      const validate = validators.get(tool);
      expect(validate?.(value), `${tool}: ${JSON.stringify(validate?.errors)}`).toBe(true);
    }
    const image = content.find(({ type }) => type === "image")?.data;
    return { value, isError, image: image === undefined ? undefined : Buffer.from(image, "base64") };
  };
  const must = async (shouldFail: boolean, tool: string, args?: object) => {
    const { value, isError } = await call(tool, args);
    expect(isError, JSON.stringify(value).slice(0, 500)).toBe(shouldFail);
    return value;
  };
  return { call, ask: (tool, args) => must(false, tool, args), fail: (tool, args) => must(true, tool, args) };
}
