// From the standard OTEL_* variables to a tracer; the SDK is loaded only when there is somewhere to send traces to.
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { validateHeaderName, validateHeaderValue } from "node:http";
import { ConfigError } from "../core/config-error.ts";
import type { Values } from "../core/settings.ts";
import type { Tracer } from "../core/trail.ts";
import { messageOf } from "../core/words.ts";
import type { TRACING_SETTINGS } from "./settings.ts";

type Settings = Values<typeof TRACING_SETTINGS>;

export interface TracerOptions {
  readonly settings: Settings;
  readonly version: string;
  /** Told of batches that could not be sent, in words without credentials. */
  readonly onProblem: (problem: string) => void;
}

/** Undefined while no collector is named. @throws ConfigError for headers, a resource or a certificate that cannot be used */
export async function openTracer({ settings, version, onProblem }: TracerOptions): Promise<Tracer | undefined> {
  const url = addressOf(settings);
  if (settings.isDisabled || settings.exporter === "none" || url === undefined) return undefined;
  const { caPath, timeoutMs, serviceName, resource, sampler, samplerArgument: share } = settings;
  const problems: string[] = [];
  const ca = caPath === undefined ? undefined : await readCa(caPath, problems);
  const attributes = pairsIn("OTEL_RESOURCE_ATTRIBUTES", resource, problems);
  headersIn(settings, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  const { createTracer } = await import("./tracer.ts");
  return createTracer({
    collector: { url, headers: () => headersIn(settings, []), timeoutMs, ca },
    resource: {
      "service.name": "ops-hub",
      ...attributes,
      ...(serviceName === undefined ? {} : { "service.name": serviceName }),
      "service.version": version,
    },
    sampling: { sampler, share },
    onProblem,
  });
}

function addressOf({ endpoint, tracesEndpoint }: Settings): string | undefined {
  if (tracesEndpoint !== undefined || endpoint === undefined) return tracesEndpoint;
  const url = new URL(endpoint);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/v1/traces`;
  return url.href;
}

async function readCa(path: string, problems: string[]): Promise<string> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    problems.push(`OTEL_EXPORTER_OTLP_CERTIFICATE cannot be read: ${messageOf(error)}`);
  });
  if (text === undefined || isPossible(() => new X509Certificate(text))) return text ?? "";
  problems.push("OTEL_EXPORTER_OTLP_CERTIFICATE must name a PEM file with a certificate");
  return "";
}

/** As they are now: a mounted Secret rotates. */
function headersIn({ headers, tracesHeaders }: Settings, problems: string[]): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [variable, secret] of [
    ["OTEL_EXPORTER_OTLP_HEADERS", headers],
    ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", tracesHeaders],
  ] as const) {
    for (const [name, value] of Object.entries(pairsIn(variable, secret?.reveal(), problems))) {
      const isHeader = isPossible(() => (validateHeaderName(name), validateHeaderValue(name, value)));
      if (isHeader) all[name.toLowerCase()] = value;
      else problems.push(`${variable} must hold names and values that can be HTTP headers`);
    }
  }
  return all;
}

/** W3C Baggage's list without properties: `name=value,name=value`, values percent-encoded. */
function pairsIn(variable: string, text: string | undefined, problems: string[]): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const entry of (text ?? "").split(",").filter((one) => one.trim() !== "")) {
    const [, name, value] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(entry) ?? [];
    const plain = value === undefined ? undefined : decoded(value);
    if (name === undefined || plain === undefined) {
      problems.push(`${variable} must be a comma list of name=value, with values percent-encoded`);
      break;
    }
    pairs[name] = plain;
  }
  return pairs;
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

function isPossible(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
