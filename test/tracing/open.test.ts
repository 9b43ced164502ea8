// From the environment to a collector on loopback: what is sent there, and how.
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import { Trail } from "../../src/core/trail.ts";
import { openTracer } from "../../src/tracing/open.ts";
import { startCollector, type Collector } from "../support/collector.ts";
import { until } from "../support/wire.ts";
import { FULL_BATCH, traceTo, work, workMuch, workOnce } from "./opened.ts";

const CANARY = "Canary-Collector-4f1c2e";
const tls = (name: string): string => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));

let collector: Collector;
beforeEach(async () => void (collector = await startCollector()));
afterEach(() => collector.close());

describe("a collector", () => {
  it("gets at the close what was not sent yet, in one batch of protobuf", async () => {
    const { trail, problems } = await traceTo(collector.url);
    await work(trail, "first work");
    await work(trail, "second work");
    expect(collector.batches).toEqual([]);
    await trail.close();
    expect(collector.batches).toHaveLength(1);
    const [{ path, headers, body } = { path: "", headers: {}, body: Buffer.of() }] = collector.batches;
    expect([path, headers["content-type"]]).toEqual(["/v1/traces", "application/x-protobuf"]);
    for (const text of ["first work", "second work", "ops-hub", "1.2.3"]) expect(body.includes(text), text).toBe(true);
    expect(problems).toEqual([]);
  });

  it.each([
    ["/", "/v1/traces"],
    ["/otlp", "/otlp/v1/traces"],
    ["/otlp/", "/otlp/v1/traces"],
    ["/otlp//?tenant=a", "/otlp/v1/traces?tenant=a"],
  ])("below %s is asked at %s", async (suffix, path) => {
    const other = await startCollector({ path });
    await workOnce(`${other.url}${suffix}`);
    expect(other.batches).toHaveLength(1);
    await other.close();
  });

  it.each(["", "/", "/custom", "/custom/?a=b"])("for traces alone is taken as it is: %j", async (suffix) => {
    const other = await startCollector({ path: suffix === "" ? "/" : suffix });
    await workOnce(collector.url, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${other.url}${suffix}` });
    expect([other.batches.length, collector.batches.length]).toEqual([1, 0]);
    await other.close();
  });

  it("gets the headers that are set, decoded, and those for traces alone before the others", async () => {
    await workOnce(collector.url, {
      OTEL_EXPORTER_OTLP_HEADERS: `Authorization=Bearer%20${CANARY}%2C%3D, x-scope = t ,x-both=common`,
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: "X-Both=own,x-empty=",
    });
    expect(collector.batches[0]?.headers).toMatchObject({
      authorization: `Bearer ${CANARY},=`,
      "x-scope": "t",
      "x-both": "own",
      "x-empty": "",
    });
  });

  it("gets a rotated header with the next batch", async () => {
    const path = join(await mkdtemp(join(tmpdir(), "ops-hub-")), "headers");
    await writeFile(path, "x-key=one\n");
    const { tracing: settings } = await readConfig(
      { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_HEADERS_FILE: path },
      [],
    );
    const trail = new Trail(await openTracer({ settings, version: "1", onProblem: () => undefined }));
    await workMuch(trail, FULL_BATCH);
    await until(() => collector.batches.length === 1, "the first batch");
    await writeFile(path, "x-key=two\n");
    await settings.headers?.refresh();
    await work(trail);
    await trail.close();
    expect(collector.batches.map(({ headers }) => headers["x-key"])).toEqual(["one", "two"]);
  });

  it.each([
    [{}, "ops-hub"],
    [{ OTEL_RESOURCE_ATTRIBUTES: "service.name=from-resource" }, "from-resource"],
    [{ OTEL_RESOURCE_ATTRIBUTES: "service.name=from-resource", OTEL_SERVICE_NAME: "own-name" }, "own-name"],
  ])("knows the hub by its name: %j makes it %s", async (env, name) => {
    await workOnce(collector.url, { ...env });
    const names = ["from-resource", "own-name"].filter((one) => collector.batches[0]?.body.includes(one));
    expect(names).toEqual(name === "ops-hub" ? [] : [name]);
  });

  it("is told what else the operator says of the hub", async () => {
    await workOnce(collector.url, {
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=p%20r,k8s.pod.name=ops-hub-0",
    });
    for (const text of ["deployment.environment.name", "p r", "k8s.pod.name", "ops-hub-0"]) {
      expect(collector.batches[0]?.body.includes(text), text).toBe(true);
    }
  });

  it("of a private authority is trusted with its certificate alone", async () => {
    const [cert, key] = await Promise.all(["server.crt", "server.key"].map((name) => readFile(tls(name))));
    const secure = await startCollector({ tls: { cert, key } });
    const quick = { OTEL_EXPORTER_OTLP_TIMEOUT: "1000" };
    expect(await workOnce(secure.url, quick)).toEqual(["TLS: certificate signed by an unknown authority"]);
    expect(secure.batches).toEqual([]);
    expect(await workOnce(secure.url, { ...quick, OTEL_EXPORTER_OTLP_CERTIFICATE: tls("ca.crt") })).toEqual([]);
    expect(secure.batches).toHaveLength(1);
    await secure.close();
  });
});
