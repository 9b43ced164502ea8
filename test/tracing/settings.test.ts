// The variables that switch traces off, and those that keep the hub from starting.
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/core/config-error.ts";
import { openFrom } from "./opened.ts";

const CANARY = "Canary-Collector-4f1c2e";
const ADDRESS = "http://127.0.0.1:4318";
const tls = (name: string): string => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));

describe("nothing is traced", () => {
  it.each([
    ["without an address", { OTEL_EXPORTER_OTLP_ENDPOINT: "" }],
    ["with OTEL_SDK_DISABLED", { OTEL_SDK_DISABLED: "true" }],
    ["with the exporter none", { OTEL_TRACES_EXPORTER: "none" }],
    ["and nothing is read", { OTEL_SDK_DISABLED: "TRUE", OTEL_EXPORTER_OTLP_CERTIFICATE: "/nowhere" }],
  ])("%s", async (_, env) => {
    expect(await openFrom({ OTEL_EXPORTER_OTLP_ENDPOINT: ADDRESS, ...env })).toEqual({
      tracer: undefined,
      problems: [],
    });
  });
});

describe("a bad setting", () => {
  async function refusal(env: Record<string, string>): Promise<readonly string[]> {
    const error: unknown = await openFrom({ OTEL_EXPORTER_OTLP_ENDPOINT: ADDRESS, ...env }).catch(
      (thrown: unknown) => thrown,
    );
    if (error instanceof ConfigError) return error.problems;
    throw new Error(`it was taken: ${String(error)}`);
  }

  it.each([
    [
      { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" },
      /^OTEL_EXPORTER_OTLP_PROTOCOL must be http\/protobuf, .* speaks no gRPC$/,
    ],
    [{ OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/json" }, /^OTEL_EXPORTER_OTLP_TRACES_PROTOCOL must be http\/protobuf/],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317" }, /^OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https URL$/],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "x" }, /^OTEL_EXPORTER_OTLP_TRACES_ENDPOINT must be an http or https URL$/],
    [
      { OTEL_TRACES_SAMPLER: "jaeger_remote" },
      /^OTEL_TRACES_SAMPLER must be one of always_on, always_off, traceidratio,/,
    ],
    [{ OTEL_TRACES_SAMPLER_ARG: "half" }, /^OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1$/],
    [{ OTEL_TRACES_SAMPLER_ARG: "1.5" }, /^OTEL_TRACES_SAMPLER_ARG must be at most 1$/],
    [{ OTEL_TRACES_SAMPLER_ARG: "-1" }, /^OTEL_TRACES_SAMPLER_ARG must be at least 0$/],
    [{ OTEL_TRACES_EXPORTER: "jaeger" }, /^OTEL_TRACES_EXPORTER must be one of otlp, none$/],
    [{ OTEL_EXPORTER_OTLP_TIMEOUT: "10" }, /^OTEL_EXPORTER_OTLP_TIMEOUT must be at least 100$/],
    [{ OTEL_SDK_DISABLED: "maybe" }, /^OTEL_SDK_DISABLED must be true or false$/],
    [{ OTEL_EXPORTER_OTLP_HEADERS: CANARY }, /^OTEL_EXPORTER_OTLP_HEADERS must be a comma list of name=value, /],
    [{ OTEL_EXPORTER_OTLP_TRACES_HEADERS: `a=%${CANARY}` }, /^OTEL_EXPORTER_OTLP_TRACES_HEADERS must be a comma list /],
    [{ OTEL_EXPORTER_OTLP_HEADERS: `a b=${CANARY}` }, /^OTEL_EXPORTER_OTLP_HEADERS must be a comma list /],
    [
      { OTEL_EXPORTER_OTLP_HEADERS: `a:b=${CANARY}` },
      /^OTEL_EXPORTER_OTLP_HEADERS must hold names and values that can be/,
    ],
    [{ OTEL_EXPORTER_OTLP_HEADERS: `a=${CANARY}%0d%0ab` }, /^OTEL_EXPORTER_OTLP_HEADERS must hold names and values /],
    [{ OTEL_RESOURCE_ATTRIBUTES: "no value" }, /^OTEL_RESOURCE_ATTRIBUTES must be a comma list of name=value, /],
    [{ OTEL_EXPORTER_OTLP_CERTIFICATE: "/nowhere" }, /^OTEL_EXPORTER_OTLP_CERTIFICATE cannot be read: ENOENT/],
    [
      { OTEL_EXPORTER_OTLP_CERTIFICATE: tls("server.key") },
      /^OTEL_EXPORTER_OTLP_CERTIFICATE must name a PEM file with a /,
    ],
  ] as [Record<string, string>, RegExp][])("%j is refused with what to do", async (env, words) => {
    expect(await refusal(env)).toEqual([expect.stringMatching(words)]);
    expect((await refusal(env)).join(" ")).not.toContain(CANARY);
  });

  it("does not hide another one", async () => {
    expect(
      await refusal({
        OTEL_EXPORTER_OTLP_HEADERS: CANARY,
        OTEL_EXPORTER_OTLP_TRACES_HEADERS: CANARY,
        OTEL_RESOURCE_ATTRIBUTES: "=",
        OTEL_EXPORTER_OTLP_CERTIFICATE: "/nowhere",
      }),
    ).toHaveLength(4);
    expect(await refusal({ OTEL_EXPORTER_OTLP_PROTOCOL: "grpc", OTEL_TRACES_SAMPLER: "x" })).toHaveLength(2);
  });
});
