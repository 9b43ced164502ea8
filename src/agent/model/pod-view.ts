// What the model may see of a pod: how it is built and how it fares; no environment, and no argument that holds a secret.
import { oneLine } from "../../core/clip.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Redactor } from "../../core/redact.ts";

const GONE = new Set([
  "env",
  "envFrom",
  "managedFields",
  "tolerations",
  "resourceVersion",
  "generation",
  "terminationMessagePath",
  "dnsPolicy",
  "schedulerName",
  "enableServiceLinks",
  "preemptionPolicy",
  "imageID",
  "kubectl.kubernetes.io/last-applied-configuration",
]);
const SPOKEN = new Set(["command", "args"]);
const MAX_CHARS = 1_000;
const MAX_ITEMS = 30;
const MAX_DEPTH = 12;

export const podView = (pod: JsonObject, redactor: Redactor): JsonObject => view(pod, redactor, MAX_DEPTH);

function view(object: JsonObject, redactor: Redactor, depth: number): JsonObject {
  const members = Object.entries(object).filter(([name]) => !GONE.has(name));
  return Object.fromEntries(
    members.map(([name, value]): [string, unknown] => [
      name,
      SPOKEN.has(name) && Array.isArray(value) ? spoken(value, redactor) : show(value, redactor, depth - 1),
    ]),
  );
}

function show(value: unknown, redactor: Redactor, depth: number): unknown {
  if (typeof value === "string") return redactor.redact(oneLine(value, MAX_CHARS)).text;
  if (depth <= 0 && typeof value === "object") return "...";
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((one) => show(one, redactor, depth - 1));
  return isObject(value) ? view(value, redactor, depth) : value;
}

/** As one line, so that `--password x` in two arguments is seen for what it is. */
const spoken = (words: readonly unknown[], redactor: Redactor): string =>
  redactor.redact(oneLine(words.filter((word) => typeof word === "string").join(" "), MAX_CHARS)).text;
