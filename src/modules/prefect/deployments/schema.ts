// A deployment's parameter schema as it may be shown: defaults of secret parameters hidden, and not larger than an answer bears.
import { byteLength } from "../../../core/clip.ts";
import { isObject } from "../../../core/json.ts";
import type { Cleaner } from "../redact.ts";

const VALUES = ["default", "example", "examples", "const", "enum"];

export function cleanSchema(clean: Cleaner, value: unknown, isSecret = false): unknown {
  if (typeof value === "string") return clean.text(value);
  if (Array.isArray(value)) return value.map((one: unknown) => cleanSchema(clean, one, isSecret));
  if (!isObject(value)) return value;
  const hides = isSecret || value["format"] === "password" || value["writeOnly"] === true;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      if (hides && VALUES.includes(key) && one !== "" && one !== null) return [key, "***"];
      if (key !== "properties" || !isObject(one))
        return [key, VALUES.includes(key) ? clean.value(one) : cleanSchema(clean, one, hides)];
      const named = Object.entries(one).map(([name, part]) => [
        name,
        cleanSchema(clean, part, isSecretName(clean, name)),
      ]);
      return [key, Object.fromEntries(named)];
    }),
  );
}

const isSecretName = (clean: Cleaner, name: string): boolean => {
  const shown = clean.value({ [name]: "x" });
  return isObject(shown) && shown[name] !== "x";
};

/** The value, or how large it is. */
export function within(value: unknown, maxBytes: number): unknown {
  const size = byteLength(JSON.stringify(value ?? null));
  return size <= maxBytes ? value : `not shown: ${size} bytes`;
}
