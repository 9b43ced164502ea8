// The Kubernetes client library, loaded at the first request: it brings a thousand generated files and 90 MB, and who asks no
// cluster pays for none. In small bites, since loaded at once they stop the event loop for over half a second.
import { readdir } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type * as library from "@kubernetes/client-node";

/** What draws in all the others: it must find them there. */
const LAST = ["all.js", "ObjectSerializer.js"];

export async function clientLibrary(): Promise<typeof library> {
  for (const file of await generatedFiles()) {
    await import(file);
    await setImmediate();
  }
  return import("@kubernetes/client-node");
}

/** From the small to what draws in all the others. None when a later version keeps them elsewhere: then it is one large bite. */
const FOLDERS = ["./gen/models/", "./gen/http/", "./gen/apis/", "./gen/types/"];

async function generatedFiles(): Promise<string[]> {
  const entry = import.meta.resolve("@kubernetes/client-node");
  const folders = FOLDERS.map((folder) => new URL(folder, entry));
  const names = await Promise.all(folders.map((folder) => readdir(fileURLToPath(folder)).catch(() => [])));
  return folders.flatMap((folder, at) =>
    (names[at] ?? [])
      .filter((name) => name.endsWith(".js") && !LAST.includes(name))
      .map((name) => new URL(name, folder).href),
  );
}
