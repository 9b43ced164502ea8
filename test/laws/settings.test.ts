// Laws over every setting of the hub and of all modules.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Secret } from "../../src/core/secret.ts";
import { readSection, secretSetting, setting, type Section, type Setting } from "../../src/core/settings.ts";
import { modules } from "../../src/modules.ts";
import { SECTIONS } from "../../src/config/sections.ts";
import { UPSTREAM_SETTINGS } from "../../src/modules/upstream/settings.ts";
import { breach, enforce, type Law } from "./law.ts";

const sections: ReadonlyMap<string, Section> = new Map([
  ...Object.entries(SECTIONS),
  ["upstream", UPSTREAM_SETTINGS],
  ...modules.map(({ name, settings }) => [name, settings] as const),
]);
const all = [...sections].flatMap(([owner, section]) => Object.values(section).map((field) => ({ owner, field })));

const text = z.string().max(9).optional();

const LAWS: readonly Law<Setting<unknown>>[] = [
  {
    claim: "setting's variable is UPPER_SNAKE_CASE and does not end in _FILE, which is for secrets",
    breaches: ({ env }) => breach(!/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(env) || env.endsWith("_FILE"), env),
    broken: [setting("sampleUrl", text, "Where it is."), setting("SAMPLE_FILE", text, "Where it is.")],
  },
  {
    claim: "setting says on one line of at most 200 characters, ending with a full stop, what it is for",
    breaches: ({ doc }) => breach(!/^[A-Z`][^\n|]{9,198}\.$/.test(doc), `"${doc}"`),
    broken: [
      setting("SAMPLE", text, "Where it is"),
      setting("SAMPLE", text, "x."),
      setting("SAMPLE", text, "Where it is | or was."),
      setting("SAMPLE", text, `Where ${"it is ".repeat(40)}.`),
    ],
  },
  {
    claim: "setting that may be left out is well without a value",
    breaches: ({ schema, secret }) =>
      breach(secret && !schema.safeParse(undefined).success, "a secret must be optional"),
    broken: [{ ...secretSetting("SAMPLE_KEY", "Its key."), schema: z.instanceof(Secret) }],
  },
  {
    claim: "setting named like a secret is one, and so has a _FILE form and never prints",
    breaches: ({ env, secret }) =>
      breach(/(^|_)(KEY|TOKEN|PASSWORD|SECRET|AUTH_STRING|DATABASE_URL)$/.test(env) && !secret, env),
    broken: [setting("SAMPLE_API_KEY", text, "Its key."), setting("DATABASE_URL", text, "Where it is.")],
  },
];

describe("the laws", () => {
  enforce(LAWS, new Map(all.map(({ owner, field }) => [`${owner} ${field.env}`, field])));
});

describe("the variables", () => {
  it("are unique over hub and modules, the _FILE forms of secrets included", () => {
    const names = all.flatMap(({ field: { env, secret } }) => (secret ? [env, `${env}_FILE`] : [env]));
    expect(names).toEqual([...new Set(names)]);
  });

  it("are read from a file where they are secrets, and print as ***", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ops-hub-laws-"));
    const sample: Section = { key: secretSetting("SAMPLE_KEY", "Its key.") };
    for (const section of [...sections.values(), sample]) {
      for (const [key, field] of Object.entries(section).filter(([, { secret }]) => secret)) {
        const file = join(folder, field.env);
        await writeFile(file, "canary\n");
        const { values, problems } = await readSection(section, { [`${field.env}_FILE`]: file });
        const value = values[key];
        expect([problems, value instanceof Secret && value.reveal()], field.env).toEqual([[], "canary"]);
        expect(JSON.stringify(values) + String(value), field.env).not.toContain("canary");
      }
    }
    await rm(folder, { recursive: true });
  });
});
