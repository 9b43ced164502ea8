// The shape of a catalogue file. Unknown keys are refused, so that a typo cannot switch a safeguard off.
import { z } from "zod";
import { duration, pattern, size } from "./units.ts";

const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, "must be a name: letters, digits, _ and -, at most 64");
const toolName = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, "must be a tool name: a-z, 0-9 and _, at most 64");
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be the name of a variable");
const risk = z.enum(["read", "write", "critical"]);
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const bound = z.number().int().min(0).max(1_000_000);

export const param = z.strictObject({
  use: name.optional(),
  type: z.enum(["string", "text", "integer", "number", "boolean", "string[]", "csv"]).optional(),
  required: z.boolean().optional(),
  default: scalar.nullish(),
  nullable: z.boolean().optional(),
  enum: z.array(scalar).min(1).optional(),
  pattern: pattern.optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  min_length: bound.optional(),
  max_length: bound.optional(),
  secret: z.boolean().optional(),
  allow_dash: z.boolean().optional(),
  aliases: z.array(name).optional(),
  description: z.string().max(500).optional(),
});

const command = z.strictObject({
  risk,
  options: z
    .record(z.string().regex(/^--?[A-Za-z]/, "must be an option such as -n or --name"), param.nullable())
    .default({}),
  positionals: z.array(param).default([]),
});

const program = z.strictObject({
  exec: z.string().min(1),
  prefix: z.array(z.string()).default([]),
  env: z.array(name).default([]),
  runner: z.enum(["spawn", "zygote"]).default("spawn"),
  zygote: z
    .strictObject({
      python: z.string().min(1),
      entry: z.string().regex(/^[\w.]+:[\w.]+$/, "must be module:attribute"),
      preload: z
        .string()
        .regex(/^[\w.]+:[\w.]+$/, "must be module:attribute")
        .optional(),
    })
    .optional(),
  help_flag: z.string().default("--help"),
  generic: z
    .strictObject({
      tool: toolName,
      release_param: param.optional(),
      release_argv: z.array(z.string()).default([]),
      commands: z.record(z.string().regex(/^[a-z][a-z0-9_-]*$/, "must be a command name"), command),
      allow_unlisted: z.boolean().default(false),
    })
    .optional(),
});

const output = z.strictObject({
  keep_head: size.optional(),
  keep_tail: size.optional(),
  hard_limit: size.optional(),
  strip_ansi: z.boolean().optional(),
});

const running = {
  timeout: duration.optional(),
  kill_grace: duration.optional(),
  cwd: z.string().min(1).optional(),
  output: output.optional(),
  progress: z.enum(["lines", "none"]).optional(),
};

const preflight = z.strictObject({
  env: variable.optional(),
  exec: z.string().optional(),
  file: z.string().optional(),
  unless: name.optional(),
});

const tool = z.strictObject({
  description: z.string().min(1).max(900),
  program: name,
  params: z.record(name, param).default({}),
  argv: z.array(z.unknown()).default([]),
  risk,
  effects: z.array(z.string()).default([]),
  risk_when: z
    .array(z.strictObject({ absent: name.optional(), equals: z.record(name, scalar).optional(), risk }))
    .default([]),
  result: z.enum(["text", "json"]).default("text"),
  success: z
    .strictObject({
      exit: z.array(z.number().int()).optional(),
      fail_on: z.array(pattern).optional(),
      verdict: pattern.optional(),
    })
    .default({}),
  cache: z
    .strictObject({
      store: name,
      key: z.array(name).default([]),
      ttl: duration.optional(),
      warm: z.boolean().default(false),
    })
    .optional(),
  invalidates: z.array(z.strictObject({ store: name, by: name.optional() })).default([]),
  lock: z.string().optional(),
  confirm: z.strictObject({ param: name.default("confirm"), must_equal: name }).optional(),
  background: z
    .strictObject({
      mode: z.enum(["never", "auto", "always"]),
      wait: duration.default(45_000),
      singleton: z.string().optional(),
      repeat: z.strictObject({ every: duration, max_failures: bound.default(5) }).optional(),
    })
    .optional(),
  preflight: z.array(preflight).default([]),
  deprecated: z.string().optional(),
  enabled: z.boolean().default(true),
  ...running,
});

export const catalogFile = z.strictObject({
  version: z.literal(1),
  defaults: z.strictObject(running).default({}),
  policy: z
    .strictObject({
      read_only: z.enum(["off", "on", "strict"]).optional(),
      confirm: z.enum(["off", "critical", "write"]).optional(),
      max_concurrent: z.number().int().min(1).max(1000).optional(),
      queue: z.strictObject({ max: bound.default(200), wait: duration.default(30_000) }).optional(),
      audit: z
        .strictObject({ file: z.string().optional(), args: z.enum(["redacted", "none"]).default("redacted") })
        .optional(),
    })
    .default({}),
  env_sets: z
    .record(
      name,
      z.strictObject({
        pass: z.array(variable).default([]),
        set: z.record(variable, z.string()).default({}),
        require: z.array(variable).default([]),
        optional: z.array(variable).default([]),
        secret: z.array(variable).default([]),
      }),
    )
    .default({}),
  types: z.record(name, param).default({}),
  programs: z.record(name, program).default({}),
  caches: z
    .record(
      name,
      z.strictObject({
        ttl: duration.default(604_800_000),
        max: z.number().int().min(1).max(100_000).default(50),
        single_flight: z.boolean().default(true),
        max_entry: size.default(1_048_576),
      }),
    )
    .default({}),
  tools: z.record(toolName, tool).default({}),
});

export const argItem = z.strictObject({
  pos: name.optional(),
  opt: z.string().startsWith("-").optional(),
  flag: z.string().startsWith("-").optional(),
  bool: z.tuple([z.string().startsWith("-"), z.string().startsWith("-")]).optional(),
  rest: name.optional(),
  from: name.optional(),
  when: name.optional(),
  style: z.enum(["separate", "equals"]).optional(),
  map: z.record(z.string(), z.string()).optional(),
});

export type CatalogFile = z.output<typeof catalogFile>;
export type FileTool = CatalogFile["tools"][string];
export type FileProgram = CatalogFile["programs"][string];
export type FileParam = z.output<typeof param>;
