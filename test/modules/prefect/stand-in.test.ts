// The stand-in says what the real Prefect said: to every captured refusal, and to every run that was told to take a state.
import { afterAll, beforeAll, expect, it } from "vitest";
import { fixture, type Row } from "../../support/prefect/world.ts";
import { startPrefectStandIn, type PrefectStandIn } from "../../support/prefect-stand-in.ts";

let server: PrefectStandIn;
beforeAll(async () => {
  server = await startPrefectStandIn();
});
afterAll(() => server.close());

async function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const reply = await fetch(`${server.url}/${path}`, { method, headers, ...init });
  const answer: any = await reply.json();
  return { status: reply.status, body: answer };
}

/** What our client reads of a refusal; pydantic's words for a bad UUID or moment are not imitated. */
const gist = ({ detail, exception_message, exception_detail }: Row) => ({
  detail,
  exception_message,
  problems: exception_detail?.map(({ type, loc, msg }: Row) => [type, loc, type.endsWith("_parsing") ? "" : msg]),
});

it.each(fixture("refusals") as Row[])("answers $method $path as the real one", async (asked) => {
  const { status, body } = await send(asked["method"], asked["path"], asked["body"], asked["headers"]);
  expect(status).toBe(asked["status"]);
  if (Array.isArray(body) || typeof body !== "object") expect(body.length).toBe(asked["reply"].length);
  else expect(gist(body)).toEqual(gist(asked["reply"]));
});

it.each(fixture("answers") as Row[])(
  "answers $path with $body as the real one",
  async ({ path, body: asked, reply }) => {
    const { body } = await send("POST", path, asked);
    expect(Array.isArray(body) ? body.map(({ name }: Row) => name) : body).toEqual(reply);
  },
);

it("keeps what the real one ignores", () => {
  expect(server.unknownKeys).toEqual(["POST /flow_runs/filter: bogus"]);
});

it.each(fixture("orchestration") as Row[])("lets $run become $state.type as the real one", async (asked) => {
  const id = server.world.seeded.runs[asked["run"]];
  const { status, body } = await send("POST", `flow_runs/${id}/set_state`, { state: asked["state"] });
  const said = (reply: Row) => [reply["status"], reply["details"], reply["state"].type, reply["state"].name];
  expect([status, ...said(body)]).toEqual([asked["status"], ...said(asked["reply"])]);
});
