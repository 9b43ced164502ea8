// The standard variables of OpenTelemetry that count here: https://opentelemetry.io/docs/specs/otel/protocol/exporter/
import { z } from "zod";
import { choice, count, flag, secretSetting, setting, type Section } from "../core/settings.ts";

export const SAMPLERS = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;

const address = z.url({ protocol: /^https?$/, error: "must be an http or https URL" }).optional();
const protocol = z
  .literal("http/protobuf", "must be http/protobuf, which collectors take on port 4318; this hub speaks no gRPC")
  .optional();

export const TRACING_SETTINGS = {
  isDisabled: setting("OTEL_SDK_DISABLED", flag(false), "True switches traces off, whatever else is set."),
  exporter: setting(
    "OTEL_TRACES_EXPORTER",
    choice(["otlp", "none"], "otlp"),
    "`none` switches traces off; `otlp` sends them where an address is set.",
  ),
  endpoint: setting(
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    address,
    "OTLP collector that takes traces, such as `http://otel-collector:4318`; `/v1/traces` is added. Unset: no traces.",
  ),
  tracesEndpoint: setting(
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    address,
    "The same for traces alone, and taken as it is.",
  ),
  protocol: setting("OTEL_EXPORTER_OTLP_PROTOCOL", protocol, "How the collector is spoken to: only `http/protobuf`."),
  tracesProtocol: setting("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", protocol, "The same for traces alone."),
  headers: secretSetting("OTEL_EXPORTER_OTLP_HEADERS", "Headers for the collector: `name=value,name=value`."),
  tracesHeaders: secretSetting("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "The same for traces alone."),
  caPath: setting(
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
    z.string().max(4_096).optional(),
    "PEM file of the authority that signed the collector's certificate; it replaces the system's.",
  ),
  timeoutMs: setting(
    "OTEL_EXPORTER_OTLP_TIMEOUT",
    count(100, 120_000, 10_000),
    "How many milliseconds the collector may take for one batch.",
  ),
  serviceName: setting(
    "OTEL_SERVICE_NAME",
    z.string().max(255).optional(),
    "Name of this hub in traces. Unset: `service.name` of the attributes below, or `ops-hub`.",
  ),
  resource: setting(
    "OTEL_RESOURCE_ATTRIBUTES",
    z.string().max(8_192).optional(),
    "Further attributes of this hub: `deployment.environment.name=prod,k8s.pod.name=ops-hub-0`.",
  ),
  sampler: setting(
    "OTEL_TRACES_SAMPLER",
    choice(SAMPLERS, "parentbased_always_on"),
    `Which traces are kept: ${SAMPLERS.map((name) => `\`${name}\``).join(", ")}.`,
  ),
  samplerArgument: setting(
    "OTEL_TRACES_SAMPLER_ARG",
    z.coerce.number("must be a number from 0 to 1").min(0, "must be at least 0").max(1, "must be at most 1").default(1),
    "Share of the traces that a `traceidratio` keeps, from 0 to 1.",
  ),
} satisfies Section;
