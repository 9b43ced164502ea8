// The jobs on disk, so that the next hub knows what the last one was running. Written whole and renamed; never half a file.
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Log } from "../../../core/log.ts";
import { jobRecord, type JobRecord } from "./types.ts";

const content = z.strictObject({ version: z.literal(1), jobs: z.array(jobRecord) });

export interface StateFile {
  read(): Promise<JobRecord[]>;
  /** Resolves when what `jobs` says now is on disk. A disk that cannot be written is logged: jobs run all the same. */
  save(): Promise<void>;
}

/** `folder` is made when it is not there, for the hub's user alone. */
export function createStateFile(folder: string, jobs: () => readonly JobRecord[], log: Log): StateFile {
  const path = join(folder, "jobs.json");
  const write = async (): Promise<void> => {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(`${path}.new`, JSON.stringify({ version: 1, jobs: jobs() }), { mode: 0o600 });
      await rename(`${path}.new`, path);
    } catch (error) {
      log.warn({ err: error, path }, "the jobs could not be written; the next start will not know of them");
    }
  };
  let writing = Promise.resolve();
  let next: Promise<void> | undefined;
  return {
    async read() {
      try {
        return content.parse(JSON.parse(await readFile(path, "utf8"))).jobs;
      } catch (error) {
        const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
        if (!isMissing) log.warn({ err: error, path }, "the jobs of the last start cannot be read; they are forgotten");
        return [];
      }
    },
    // Who asks while one write runs shares the next one with all others who do.
    save() {
      next ??= writing.then(() => {
        next = undefined;
        writing = write();
        return writing;
      });
      return next;
    },
  };
}
