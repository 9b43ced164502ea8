// Fixture tools that return one kind of content each, report progress, log, or fail.
import { z } from "zod";
import { ToolFailure } from "../../src/core/failure.ts";
import type { Tool } from "../../src/core/tool.ts";
import { fixtureTool, nothing } from "./fixture-tool.ts";

/** One red pixel. */
export const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC",
  "base64",
);

/** A WAV file of eight silent samples: 8 kHz, mono, 8 bits. */
export const WAV = wav(Buffer.alloc(8, 0x80));

function wav(samples: Buffer): Buffer {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + samples.length, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); // PCM
  header.writeUInt16LE(1, 22); // channels
  header.writeUInt32LE(8_000, 24);
  header.writeUInt32LE(8_000, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write("data", 36);
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}

const Contact = z
  .strictObject({
    name: z.string().max(100).describe("Name").optional(),
    address: z
      .looseObject({ street: z.string().optional(), city: z.string().optional() })
      .describe("Address")
      .meta({ $ref: "#/$defs/address" })
      .optional(),
    contactMethod: z.enum(["phone", "email"]).describe("phone or email").optional(),
    phone: z.string().max(100).describe("Telephone number").optional(),
    email: z.string().max(100).describe("E-mail address").optional(),
  })
  .meta({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $defs: {
      address: {
        $anchor: "addressDef",
        type: "object",
        properties: { street: { type: "string" }, city: { type: "string" } },
      },
    },
    allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
    if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
    // oxlint-disable-next-line unicorn/no-thenable -- a JSON Schema keyword
    then: { required: ["phone"] },
    else: { required: ["email"] },
  });

const Region = z.strictObject({
  region: z.string().max(100).describe("Mirrored into Mcp-Param-Region").meta({ "x-mcp-header": "Region" }).optional(),
  level: z.number().int().min(0).max(9).describe("Not mirrored").optional(),
});

export const contentTools: readonly Tool[] = [
  fixtureTool("test_simple_text", "Returns a text.", nothing, () => "This is a simple text response for testing."),
  fixtureTool("test_image_content", "Returns an image.", nothing, (_, context) => {
    context.attach({ type: "image", mimeType: "image/png", bytes: PNG });
    return "";
  }),
  fixtureTool("test_audio_content", "Returns a sound.", nothing, (_, context) => {
    context.attach({ type: "audio", mimeType: "audio/wav", bytes: WAV });
    return "";
  }),
  fixtureTool("test_embedded_resource", "Returns a resource.", nothing, (_, context) => {
    const text = "This is an embedded resource content.";
    context.attach({ type: "resource", uri: "test://embedded-resource", mimeType: "text/plain", text });
    return "";
  }),
  fixtureTool("test_multiple_content_types", "Returns a text, an image and a resource.", nothing, (_, context) => {
    context.attach({ type: "image", mimeType: "image/png", bytes: PNG });
    const text = JSON.stringify({ test: "data", value: 123 });
    context.attach({ type: "resource", uri: "test://mixed-content-resource", mimeType: "application/json", text });
    return "Multiple content types test:";
  }),
  fixtureTool("test_tool_with_logging", "Logs three lines.", nothing, (_, context) => {
    for (const line of ["Tool execution started", "Tool processing data", "Tool execution completed"])
      context.log("info", line);
    return "Tool with logging executed successfully";
  }),
  fixtureTool("test_logging_tool", "Logs one line.", nothing, (_, context) => {
    context.log("info", "seen only by a client that asked for a log level");
    return "logged";
  }),
  fixtureTool("test_tool_with_progress", "Reports 0, 50 and 100 of 100.", nothing, (_, context) => {
    for (const done of [0, 50, 100]) context.progress(`Completed step ${done} of 100`, done, 100);
    return "progress reported";
  }),
  fixtureTool("test_error_handling", "Always fails.", nothing, () => {
    throw new ToolFailure("unavailable", "This tool intentionally returns an error for testing");
  }),
  fixtureTool("test_streaming_elicitation", "Answers without asking anything.", nothing, () => "nothing asked"),
  fixtureTool("json_schema_2020_12_tool", "Has an input schema with many keywords.", Contact, (given) => {
    if (given.phone === undefined && given.email === undefined) {
      throw new ToolFailure("invalid", "give a phone or an email");
    }
    return `called with ${JSON.stringify(given)}`;
  }),
  fixtureTool(
    "test_x_mcp_header",
    "Has an argument that a header repeats.",
    Region,
    ({ region }) => `region=${region ?? "none"}`,
  ),
];
