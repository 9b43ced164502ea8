// What stands in a batch of traces, read by OpenTelemetry's own Python package.
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { startPython } from "./python.ts";

const SCRIPT = fileURLToPath(new URL("./python-scripts/otlp.py", import.meta.url));

const Attributes = z.record(z.string(), z.unknown());
const Span = z.strictObject({
  name: z.string(),
  kind: z.string(),
  trace: z.string(),
  id: z.string(),
  parent: z.string().nullable(),
  state: z.string(),
  status: z.string(),
  words: z.string(),
  attributes: Attributes,
  links: z.array(z.strictObject({ trace: z.string(), id: z.string() })),
  events: z.number(),
  dropped: z.number(),
  /** In milliseconds since 1970. */
  began: z.number(),
});
const Scoped = z.strictObject({
  resource: Attributes,
  scope: z.strictObject({ name: z.string(), version: z.string() }),
  spans: z.array(Span),
});
const Reply = z.union([z.strictObject({ ok: z.array(Scoped) }), z.strictObject({ raised: z.string() })]);

export type SentSpan = z.infer<typeof Span>;
export type Scoped = z.infer<typeof Scoped>;

export interface OtlpReader {
  /** @throws when the bytes are not what the schema says, or hold what it does not know */
  read(body: Uint8Array): Promise<Scoped[]>;
  close(): Promise<void>;
}

export async function startOtlpReader(): Promise<OtlpReader> {
  const python = await startPython([SCRIPT]);
  return {
    read: async (body) => {
      const reply = Reply.parse(await python.ask({ body: Buffer.from(body).toString("base64") }));
      if ("raised" in reply) throw new Error(reply.raised);
      return reply.ok;
    },
    close: () => python.close(),
  };
}
