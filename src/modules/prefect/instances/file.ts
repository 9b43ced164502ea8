// PREFECT_INSTANCES_PATH: YAML that names several Prefect servers. `${VAR}` in a text is a variable of the hub's environment.
// It is read once, at the start, since the tools' schemas depend on it; the secret files that it names are read again.
import { readFile } from "node:fs/promises";
import { load, YAMLException } from "js-yaml";
import { z } from "zod";
import { Secret } from "../../../core/secret.ts";
import type { UpstreamTls } from "../../../core/upstream.ts";
import { parseAddress, type Address } from "../address.ts";

export interface FileEntry {
  readonly name: string;
  readonly address: Address;
  readonly apiKey: Secret | undefined;
  readonly authString: Secret | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: Partial<UpstreamTls>;
  readonly isDefault: boolean;
}

const line = z.string().min(1).max(4_096);

const entry = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/, "must be a name of at most 64 letters, digits, dots and dashes"),
  url: line,
  ui_url: line.optional(),
  api_key: line.optional(),
  api_key_file: line.optional(),
  auth_string: line.optional(),
  auth_string_file: line.optional(),
  headers: z.record(z.string().regex(/^[\w-]{1,100}$/), line.regex(/^[\t\x20-\x7e]*$/)).default({}),
  ca_file: line.optional(),
  default: z.boolean().default(false),
});

const document = z.strictObject({ instances: z.array(entry).min(1).max(50) });

/** @throws Error that names the file and what is wrong, never a value */
export async function readInstances(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<FileEntry[]> {
  const fail = (what: string, cause?: unknown) => new Error(`PREFECT_INSTANCES_PATH ${path} ${what}`, { cause });
  const parsed = document.safeParse(expand(parse(await text(path, fail), fail), env, fail));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw fail(`is not right: ${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? ""}`);
  }
  const { instances } = parsed.data;
  const names = instances.map(({ name }) => name);
  if (new Set(names).size < names.length) throw fail("has two instances of one name");
  if (instances.filter((one) => one.default).length > 1) throw fail("has two defaults");
  return Promise.all(instances.map((one) => readEntry(one, fail)));
}

type Fail = (what: string, cause?: unknown) => Error;

async function readEntry(given: z.output<typeof entry>, fail: Fail): Promise<FileEntry> {
  const { name, url, ui_url: ui, headers, ca_file: caFile } = given;
  const at = (what: string, cause?: unknown) => fail(`instance "${name}": ${what}`, cause);
  const apiKey = await secret("api_key", given.api_key, given.api_key_file, at);
  const authString = await secret("auth_string", given.auth_string, given.auth_string_file, at);
  const tls = caFile === undefined ? {} : { ca: await text(caFile, at) };
  try {
    return { name, address: parseAddress(url, ui), apiKey, authString, headers, tls, isDefault: given.default };
  } catch (error) {
    throw at(`url ${error instanceof Error ? error.message : "is no address"}`, error);
  }
}

async function secret(
  member: string,
  value: string | undefined,
  file: string | undefined,
  fail: Fail,
): Promise<Secret | undefined> {
  if (value !== undefined && file !== undefined) throw fail(`has both ${member} and ${member}_file`);
  if (value !== undefined) return new Secret(value);
  if (file === undefined) return undefined;
  return Secret.fromFile(file).catch((error: unknown) => {
    throw fail(`${member}_file ${file} cannot be read`, error);
  });
}

async function text(path: string, fail: Fail): Promise<string> {
  return readFile(path, "utf8").catch((error: unknown) => {
    throw fail(`cannot be read (${path})`, error);
  });
}

function parse(yaml: string, fail: Fail): unknown {
  try {
    return load(yaml);
  } catch (error) {
    const at = error instanceof YAMLException && error.mark !== undefined ? ` in line ${error.mark.line + 1}` : "";
    throw fail(`is bad YAML${at}`, error);
  }
}

/** In every text, at any depth. */
function expand(value: unknown, env: Readonly<Record<string, string | undefined>>, fail: Fail): unknown {
  if (typeof value === "string") {
    return value.replace(/\$\{([A-Za-z_]\w*)\}/g, (_, name: string) => {
      const found = Object.hasOwn(env, name) ? env[name] : undefined;
      if (found === undefined) throw fail(`needs the variable ${name}, which is not set`);
      return found;
    });
  }
  if (Array.isArray(value)) return value.map((one: unknown) => expand(one, env, fail));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, expand(one, env, fail)]));
}
