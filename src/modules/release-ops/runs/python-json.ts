// JSON as Python's json.dumps writes it, which is how the seed's answers look, byte for byte.

export function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return `{${members.map(([key, member]) => `${text(key)}: ${pythonJson(member)}`).join(", ")}}`;
  }
  return typeof value === "string" ? text(value) : JSON.stringify(value ?? null);
}

const text = (value: string): string =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
