// What of an object is shown: without the bookkeeping of its writers, never with the content of a Secret, and no larger than fits.
import { byteLength } from "../../../core/clip.ts";
import { isObject, type JsonObject } from "../../../core/json.ts";

const MASK = "***";
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** Without managedFields; a Secret keeps its keys and loses its values, also in the copy that kubectl apply leaves. */
export function cleanObject(object: JsonObject): JsonObject {
  const metadata = isObject(object["metadata"]) ? withoutKey(object["metadata"], "managedFields") : undefined;
  const clean = metadata === undefined ? object : { ...object, metadata };
  return clean["kind"] === "Secret" ? maskSecret(clean) : clean;
}

function maskSecret(secret: JsonObject): JsonObject {
  const metadata = isObject(secret["metadata"]) ? secret["metadata"] : {};
  const annotations = isObject(metadata["annotations"]) ? metadata["annotations"] : {};
  const masked = LAST_APPLIED in annotations ? { ...annotations, [LAST_APPLIED]: MASK } : annotations;
  return {
    ...secret,
    metadata: { ...metadata, ...(Object.keys(masked).length > 0 ? { annotations: masked } : {}) },
    ...maskedMember(secret, "data"),
    ...maskedMember(secret, "stringData"),
  };
}

function maskedMember(secret: JsonObject, member: string): JsonObject {
  const values = secret[member];
  if (!isObject(values)) return member in secret ? { [member]: MASK } : {};
  return { [member]: Object.fromEntries(Object.keys(values).map((key) => [key, MASK])) };
}

const withoutKey = (object: JsonObject, key: string): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));

export interface Fitted {
  readonly object: JsonObject;
  /** What was shortened, in words; undefined when nothing was. */
  readonly notice?: string;
}

/** What is tried until it fits: the longest text, and the longest list. */
const FORMS = [
  [4_000, 1_000],
  [1_000, 200],
  [250, 50],
  [80, 20],
  [40, 5],
] as const;

/** The whole object when `write` makes at most `maxBytes` of it, else with long texts and long lists cut. */
export function fitObject(object: JsonObject, maxBytes: number, write: (object: JsonObject) => string): Fitted {
  if (byteLength(write(object)) <= maxBytes) return { object };
  for (const [characters, entries] of FORMS) {
    const shorter = shorten(object, characters, entries);
    if (isObject(shorter) && byteLength(write(shorter)) <= maxBytes) {
      const notice = `Too large to show whole: texts are cut after ${characters} characters, lists and maps after ${entries} entries.`;
      return { object: shorter, notice };
    }
  }
  const { apiVersion, kind, metadata } = object;
  const name = isObject(metadata) ? { name: metadata["name"], namespace: metadata["namespace"] } : {};
  return { object: { apiVersion, kind, metadata: name }, notice: "Too large to show: only its name is left." };
}

function shorten(value: unknown, characters: number, entries: number): unknown {
  if (typeof value === "string" && value.length > characters) {
    return `${value.slice(0, characters)}… [${value.length - characters} more characters]`;
  }
  if (Array.isArray(value)) {
    const shown = value.slice(0, entries).map((one) => shorten(one, characters, entries));
    return value.length > entries ? [...shown, `… [${value.length - entries} more entries]`] : shown;
  }
  if (!isObject(value)) return value;
  const members = Object.entries(value);
  const shown = members.slice(0, entries).map(([key, one]) => [key, shorten(one, characters, entries)] as const);
  const rest = members.length - shown.length;
  return Object.fromEntries([...shown, ...(rest > 0 ? [["…", `[${rest} more entries]`] as const] : [])]);
}
