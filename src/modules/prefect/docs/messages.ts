// JSON-RPC messages of an HTTP reply: one as JSON, or several as events of a stream that has ended.
import { z } from "zod";

const message = z.looseObject({ id: z.number().optional().catch(undefined), result: z.unknown().optional() });
export type Message = z.output<typeof message>;

/** What is no message is left out. */
export function messagesIn(body: Uint8Array, contentType = ""): Message[] {
  const text = new TextDecoder().decode(body);
  const parts = contentType.includes("text/event-stream") ? dataOf(text) : [text];
  return parts.flatMap((part) => {
    const parsed = message.safeParse(parse(part));
    return parsed.success ? [parsed.data] : [];
  });
}

const dataOf = (stream: string): string[] =>
  stream.split(/\r?\n\r?\n/).map((event) =>
    event
      .split(/\r?\n/)
      .flatMap((line) => (line.startsWith("data:") ? [line.slice(5).trimStart()] : []))
      .join("\n"),
  );

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
