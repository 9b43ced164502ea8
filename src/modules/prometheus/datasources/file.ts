// Grafana's provisioning file as text and as a list of raw entries. JSON is YAML, so both are read alike.
import { open } from "node:fs/promises";
import { FAILSAFE_SCHEMA, YAMLException, load, mergeTag, nullCoreTag } from "js-yaml";
import { z } from "zod";

/** Ours and those of $__file{}; a Kubernetes Secret or ConfigMap holds at most 1 MiB. */
const MAX_FILE_BYTES = 1_048_576;

/** Thrown for a file that cannot be used as a whole; the message may be shown. */
export class BadFile extends Error {}

/** Reads a file of at most 1 MiB. @throws BadFile with the system's code, for example ENOENT */
export async function readText(path: string): Promise<string> {
  try {
    await using file = await open(path);
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(MAX_FILE_BYTES + 1) });
    if (bytesRead > MAX_FILE_BYTES) throw new BadFile("larger than 1 MiB");
    return buffer.toString("utf8", 0, bytesRead);
  } catch (error) {
    if (error instanceof BadFile) throw error;
    throw new BadFile(codeOf(error), { cause: error });
  }
}

const codeOf = (error: unknown): string => {
  const { data } = z.looseObject({ code: z.string() }).safeParse(error);
  return data?.code ?? "unreadable";
};

/** js-yaml repeats the aliases and tags it does not know, which may be passwords that begin with `*` or `!`. */
const QUOTED_FROM_THE_FILE = /\s*(?:"|!<|: ).*$/s;

const frame = z.looseObject({ datasources: z.array(z.unknown()).nullish() }, { error: "it is no mapping" });

/** The entries of `datasources:`. @throws BadFile naming the line, without its text (it may hold a password) */
export function parseEntries(text: string): readonly unknown[] {
  const document = frame.safeParse(parseYaml(text));
  if (document.success) return document.data.datasources ?? [];
  const isFrame = document.error.issues.some(({ path }) => path.length === 0);
  throw new BadFile(isFrame ? "it is no mapping with a list `datasources`" : "`datasources` is no list");
}

/** Scalars stay the texts they are: a password 0123 keeps its zero. Grafana's parser merges `<<` too. */
function parseYaml(text: string): unknown {
  try {
    return load(text.replace(/^\uFEFF/, ""), { schema: FAILSAFE_SCHEMA.withTags(nullCoreTag, mergeTag) });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw new BadFile("not readable as YAML", { cause: error });
    const where = error.mark === undefined ? "" : ` in line ${error.mark.line + 1}`;
    throw new BadFile(`bad YAML${where}: ${error.reason.replace(QUOTED_FROM_THE_FILE, "")}`, { cause: error });
  }
}
