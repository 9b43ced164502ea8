// From one entry of the file to a Datasource: https://grafana.com/docs/grafana/latest/datasources/prometheus/configure/
import { oneLine } from "../../../core/clip.ts";
import { isObject } from "../../../core/json.ts";
import type { Datasource } from "../datasource.ts";
import { parseDuration } from "../language/duration.ts";
import { MAX_QUERY_SECONDS } from "../kit.ts";
import { parseAddress } from "./address.ts";
import type { Sources } from "./expand.ts";
import { BadEntry, readFields, type Fields } from "./fields.ts";
import { readHeaders } from "./headers.ts";
import { readTls } from "./tls.ts";

/** Callers name datasources in an argument of at most this many characters. */
const MAX_NAME = 200;

type Warn = (problem: string) => void;

export interface ReadEntry {
  readonly datasource: Datasource;
  /** All that was read; holds secrets, hash it. */
  readonly canonical: string;
}

/**
 * Reads one entry, unless it is another plugin's or too bad to use. Warnings and the reason for a skip go to `warn`.
 * @throws nothing that comes from the entry: a bad one is named and skipped
 */
export async function readEntry(
  raw: unknown,
  position: number,
  sources: Sources,
  warn: Warn,
): Promise<ReadEntry | "other" | "skipped"> {
  const label = labelOf(raw, position);
  const warnings: string[] = [];
  try {
    const fields = await readFields(raw, sources, (problem) => warnings.push(problem));
    if (fields === undefined) return "other";
    const datasource = buildDatasource(fields, (problem) => warnings.push(problem));
    return { datasource, canonical: fields.canonical() };
  } catch (error) {
    if (!(error instanceof BadEntry)) throw error;
    warnings.push(`skipped: ${error.message}`);
    return "skipped";
  } finally {
    for (const warning of warnings) warn(`${label}: ${warning}`);
  }
}

function labelOf(raw: unknown, position: number): string {
  const name = isObject(raw) ? raw["name"] : undefined;
  return typeof name === "string" ? `datasource "${oneLine(name, 80)}"` : `entry ${position}`;
}

function buildDatasource(fields: Fields, warn: Warn): Datasource {
  const name = required(fields, "name").trim();
  if (name.length > MAX_NAME) throw new BadEntry(`name is longer than ${MAX_NAME} characters`);
  const address = parseAddress(required(fields, "url"));
  const uid = fields.text("uid")?.trim();
  const timeIntervalSeconds = readTimeInterval(fields, warn);
  const queryTimeoutSeconds = readQueryTimeout(fields, warn);
  const flavor = fields.text("jsonData.prometheusType")?.trim();
  return {
    name,
    ...(uid === undefined ? {} : { uid }),
    url: address.base,
    isDefault: fields.flag("isDefault"),
    httpMethod: readMethod(fields, warn),
    ...(timeIntervalSeconds === undefined ? {} : { timeIntervalSeconds }),
    ...(queryTimeoutSeconds === undefined ? {} : { queryTimeoutSeconds }),
    customQuery: [
      ...address.query,
      ...new URLSearchParams(fields.text("jsonData.customQueryParameters")?.trim() ?? ""),
    ],
    ...(flavor === undefined ? {} : { flavor }),
    headers: readHeaders(fields, address, warn),
    tls: readTls(fields, warn),
  };
}

function required(fields: Fields, key: string): string {
  const text = fields.text(key);
  if (text === undefined)
    throw new BadEntry(fields.isUnresolved(key) ? `without ${key} it cannot be used` : `${key} is missing`);
  return text;
}

function readMethod(fields: Fields, warn: Warn): "GET" | "POST" {
  const method = (fields.text("jsonData.httpMethod") ?? "POST").trim().toUpperCase();
  if (method === "GET" || method === "POST") return method;
  warn("jsonData.httpMethod must be GET or POST; POST is used");
  return "POST";
}

/** Grafana writes a least step as `15s` or `>15s`. */
function readTimeInterval(fields: Fields, warn: Warn): number | undefined {
  const seconds = readSeconds(fields.text("jsonData.timeInterval")?.replace(/^\s*>/, ""));
  if (seconds === "bad") warn("jsonData.timeInterval is no duration such as 15s and is ignored");
  return seconds === "bad" ? undefined : seconds;
}

function readQueryTimeout(fields: Fields, warn: Warn): number | undefined {
  const seconds = readSeconds(fields.text("jsonData.queryTimeout"));
  if (seconds === undefined) return undefined;
  if (seconds === "bad") {
    warn("jsonData.queryTimeout is no duration such as 60s and is ignored");
    return undefined;
  }
  if (seconds > MAX_QUERY_SECONDS) warn(`jsonData.queryTimeout is cut to ${MAX_QUERY_SECONDS} s, the most there is`);
  return Math.min(seconds, MAX_QUERY_SECONDS);
}

/** A plain number is seconds. */
function readSeconds(text: string | undefined): number | "bad" | undefined {
  if (text === undefined) return undefined;
  const trimmed = text.trim();
  const seconds = /^\d+(?:\.\d+)?$/.test(trimmed) ? Number(trimmed) : parseDuration(trimmed);
  return seconds === undefined || seconds <= 0 ? "bad" : seconds;
}
