// Where a request's parameters come from, as in Go's net/http: the form body first, then the URL; a body of another content type, one
// over 10 MB or one with a bad escape is ignored.
import type { IncomingMessage } from "node:http";

const MAX_FORM_BYTES = 10 * 1024 * 1024;
const BAD_ESCAPE = /%(?![0-9a-f]{2}).{0,2}/i;

export interface Form {
  readonly parameters: URLSearchParams;
  /** Why a part was ignored. */
  readonly problem: string | undefined;
}

export async function readForm(request: IncomingMessage, search: string): Promise<Form> {
  const isForm = /^application\/x-www-form-urlencoded\s*(;|$)/i.test(request.headers["content-type"] ?? "");
  const body = await readBody(request);
  const texts = [...(request.method === "POST" && isForm && body !== undefined ? [body] : []), search];
  const pairs = texts.flatMap((text) => text.split("&")).filter((pair) => pair !== "");
  const bad = pairs.map((pair) => BAD_ESCAPE.exec(pair)?.[0]).find((escape) => escape !== undefined);
  const good = pairs.filter((pair) => !BAD_ESCAPE.test(pair));
  return {
    parameters: new URLSearchParams(good.join("&")),
    problem: problemOf(isForm && body === undefined, bad),
  };
}

function problemOf(isTooLarge: boolean, bad: string | undefined): string | undefined {
  if (isTooLarge) return "http: POST too large";
  return bad === undefined ? undefined : `invalid URL escape ${JSON.stringify(bad)}`;
}

/** Undefined when it is too large; it is read to its end all the same, so that the answer can be read. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_FORM_BYTES) chunks.push(chunk);
  }
  return length > MAX_FORM_BYTES ? undefined : Buffer.concat(chunks).toString("utf8");
}
