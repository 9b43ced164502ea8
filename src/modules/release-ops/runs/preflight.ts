// What must be there before a command starts, so that it fails with a sentence instead of half way. Names, never values.
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { ToolFailure } from "../../../core/failure.ts";
import type { Preflight } from "../catalog/types.ts";
import type { ProgramEnv } from "./env.ts";
import type { Plan } from "./types.ts";

/** @throws ToolFailure unavailable, naming everything that is missing */
export async function preflight(plan: Plan, { env, missing, unreadable }: ProgramEnv): Promise<void> {
  const lacking = plan.needsEnv ? [...missing] : [];
  const broken = plan.needsEnv ? Object.entries(unreadable) : [];
  const files: string[] = [];
  for (const check of plan.preflight) {
    const isTold = Object.hasOwn(unreadable, `${check.name}_FILE`);
    if (check.kind === "env" && (env[check.name] ?? "") === "" && !isTold) lacking.push(check.name);
    // oxlint-disable-next-line no-await-in-loop -- one or two
    else if (check.kind !== "env" && !(await isThere(check, env["PATH"] ?? ""))) files.push(check.name);
  }
  const sentences = [
    ...(lacking.length === 0 ? [] : [`Missing required environment variables: ${[...new Set(lacking)].join(", ")}`]),
    ...broken.map(([name, reason]) => `${name} gives no value: ${reason}`),
    ...(files.length === 0 ? [] : [`Missing: ${files.join(", ")}`]),
  ];
  if (sentences.length === 0) return;
  throw new ToolFailure("unavailable", `${sentences.join(". ")}. Nothing was run; the operator sets it for the hub.`, {
    code: "PREFLIGHT",
    missing: [...new Set([...lacking, ...broken.map(([name]) => name), ...files])],
  });
}

async function isThere({ kind, name }: Preflight, path: string): Promise<boolean> {
  const places = kind === "exec" && !name.includes("/") ? path.split(delimiter).map((dir) => join(dir, name)) : [name];
  const found = await Promise.all(
    places.map((place) =>
      access(place).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}
