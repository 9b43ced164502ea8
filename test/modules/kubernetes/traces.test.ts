// Requests to a cluster as an operator sees them: a span and a count each, also those that are asked again, stream or break.
import { createServer, type AddressInfo } from "node:net";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { outcomesOf, traced } from "../../support/spans.ts";
import { lines, pod, startGround, TOKEN, type GroundOptions } from "./ground.ts";

/** `address`: where the kubeconfig says that the cluster is. */
async function open({ address, ...options }: GroundOptions & { readonly address?: string } = {}) {
  const seen = traced();
  const ground = await startGround({ ...options, traced: seen });
  onTestFinished(() => ground.close());
  const file = ground.cluster.kubeconfig().replace(ground.cluster.url, address ?? ground.cluster.url);
  await writeFile(join(ground.folder, "config"), file);
  ground.cluster.objects.push(pod({ name: "web-1", containers: [{ name: "web" }] }));
  ground.cluster.logs.set("shop/web-1/web", lines("started", "canary in the log"));
  return { ...ground, ...seen, count: () => outcomesOf(seen.metrics, "kubernetes") };
}

const GET_POD = { namespace: "shop", name: "web-1" };

it("a request is a client's span below its call, with path and status, and without query, token and answer", async () => {
  const { hub, spans, cluster, count } = await open();
  await hub.call("pods_get", GET_POD);
  const span = spans.one("GET");
  expect(span).toMatchObject({ kind: "client", hasFailed: false });
  expect(spans.path(span)).toEqual(["GET", "execute_tool pods_get"]);
  expect(span.attributes).toEqual({
    "http.request.method": "GET",
    "http.response.status_code": 200,
    "url.full": `${cluster.url}/api/v1/namespaces/shop/pods/web-1`,
    "server.address": "127.0.0.1",
    "server.port": cluster.port,
    "ops_hub.upstream": "kubernetes",
  });
  expect(await count()).toEqual({ "2xx": 1 });
  expect(spans.text()).not.toMatch(new RegExp(`${TOKEN}|registry.example`));
});

it("a log that streams is one request more, whose query stands nowhere", async () => {
  const { hub, spans, count } = await open();
  expect((await hub.call("pods_log", GET_POD)).text).toContain("canary in the log");
  expect(spans.named("GET").map(({ attributes }) => String(attributes["url.full"]).split("/web-1")[1])).toEqual([
    "",
    "/log",
  ]);
  expect(await count()).toEqual({ "2xx": 2 });
  expect(spans.text()).not.toMatch(/canary|tailLines|container=/);
});

it("a token that was rotated costs two requests, and both are counted", async () => {
  const { hub, spans, cluster, folder, count } = await open();
  await hub.call("pods_get", GET_POD);
  cluster.token = "kube-token-canary-rotated";
  await writeFile(join(folder, "config"), cluster.kubeconfig());
  expect((await hub.call("pods_get", GET_POD)).isError).toBe(false);
  expect(spans.named("GET").map(({ attributes }) => attributes["http.response.status_code"])).toEqual([200, 401, 200]);
  expect(spans.named("GET").map(({ hasFailed }) => hasFailed)).toEqual([false, true, false]);
  expect(await count()).toEqual({ "2xx": 2, "4xx": 1 });
});

it.each([403, 404, 500, 503])("an answer of %i fails the span by its number", async (status) => {
  const { hub, spans, cluster, count } = await open();
  cluster.mishaps.push({ kind: "status", status, body: "canary" });
  expect((await hub.call("pods_get", GET_POD)).isError).toBe(true);
  const { attributes, hasFailed } = spans.one("GET");
  expect([attributes["error.type"], hasFailed]).toEqual([String(status), true]);
  expect(await count()).toEqual({ [`${Math.floor(status / 100)}xx`]: 1 });
  expect(spans.text()).not.toContain("canary");
});

it("a connection that breaks, a silent server and a caller that hangs up are told apart", async () => {
  const { hub, spans, cluster, count } = await open({ env: { KUBERNETES_TIMEOUT_SECONDS: "1" } });
  cluster.mishaps.push({ kind: "reset" }, { kind: "hang" }, { kind: "hang" });
  expect((await hub.call("pods_get", GET_POD)).structured["code"]).toBe("UNREACHABLE");
  expect((await hub.call("pods_get", GET_POD)).structured["code"]).toBe("TIMEOUT");
  const stop = new AbortController();
  const call = hub.call("pods_get", GET_POD, { signal: stop.signal });
  await expect.poll(() => cluster.requests.length).toBe(3);
  stop.abort();
  expect((await call).structured["code"]).toBe("CANCELLED");
  await expect.poll(() => spans.named("GET").length).toBe(3);
  expect(spans.named("GET").map(({ attributes }) => attributes["error.type"])).toEqual(["reset", "timeout", "aborted"]);
  expect(await count()).toEqual({ reset: 1, timeout: 1, aborted: 1 });
});

it("a server that is not there is refused, and what the network says stands in no span", async () => {
  const { hub, spans, cluster, count } = await open();
  await cluster.close();
  expect((await hub.call("pods_get", GET_POD)).isError).toBe(true);
  expect(spans.one("GET").attributes["error.type"]).toBe("refused");
  expect(await count()).toEqual({ refused: 1 });
  expect(spans.text()).not.toContain("ECONNREFUSED");
});

it("something that does not speak HTTP is garbled", async () => {
  const noise = createServer((socket) => void socket.resume().end("SSH-2.0-canary\r\n"));
  await new Promise<void>((resolve) => noise.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void noise.close());
  const { port } = noise.address() as AddressInfo;
  const { hub, spans, count } = await open({ address: `http://127.0.0.1:${port}` });
  expect((await hub.call("pods_get", GET_POD)).structured["code"]).toBe("UNREACHABLE");
  expect(spans.one("GET").attributes["error.type"]).toBe("garbled");
  expect(await count()).toEqual({ garbled: 1 });
  expect(spans.text()).not.toContain("canary");
});
