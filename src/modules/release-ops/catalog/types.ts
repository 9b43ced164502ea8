// What a catalogue says once it is read: every reference resolved, times in milliseconds, sizes in bytes, patterns compiled.

/** A compiled pattern that takes linear time. */
export interface Pattern {
  readonly source: string;
  /** Does the whole text match? */
  matches(text: string): boolean;
  /** The first match anywhere in the text: the whole of it, then its groups. Undefined when there is none. */
  find(text: string): readonly string[] | undefined;
}

export type Risk = "read" | "write" | "critical";
/** `text` is a string of one or several lines. */
export type ParamType = "string" | "text" | "integer" | "number" | "boolean" | "string[]" | "csv";
export type Scalar = string | number | boolean;

export interface ParamSpec {
  readonly type: ParamType;
  readonly required: boolean;
  readonly default: Scalar | undefined;
  /** null and "" mean: not given. */
  readonly nullable: boolean;
  readonly enum: readonly Scalar[] | undefined;
  readonly pattern: Pattern | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly minLength: number;
  readonly maxLength: number;
  readonly secret: boolean;
  readonly allowDash: boolean;
  readonly aliases: readonly string[];
  readonly description: string;
}

export type ArgItem =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "pos"; readonly from: string }
  | {
      readonly kind: "opt";
      readonly option: string;
      readonly from: string;
      readonly style: "separate" | "equals";
      readonly map: Readonly<Record<string, string>> | undefined;
    }
  | { readonly kind: "flag"; readonly flag: string; readonly when: string }
  | { readonly kind: "bool"; readonly on: string; readonly off: string; readonly from: string }
  | { readonly kind: "rest"; readonly from: string };

export interface EnvSet {
  readonly pass: readonly string[];
  readonly set: Readonly<Record<string, string>>;
  readonly require: readonly string[];
  readonly optional: readonly string[];
  readonly secret: readonly string[];
}

/** What may follow an allowed command of a generic runner. A null spec is a flag without a value. */
export interface CommandSpec {
  readonly risk: Risk;
  readonly options: ReadonlyMap<string, ParamSpec | null>;
  readonly positionals: readonly ParamSpec[];
}

export interface GenericSpec {
  readonly tool: string;
  readonly releaseParam: ParamSpec | undefined;
  readonly releaseArgv: readonly string[];
  readonly commands: ReadonlyMap<string, CommandSpec>;
  /** With true a command that is not listed runs as critical, its arguments unchecked but for control characters. */
  readonly allowUnlisted: boolean;
}

export interface Program {
  readonly name: string;
  readonly exec: string;
  readonly prefix: readonly string[];
  /** Names of env sets, in order. */
  readonly env: readonly string[];
  readonly runner: "spawn" | "zygote";
  readonly zygote:
    { readonly python: string; readonly entry: string; readonly preload: string | undefined } | undefined;
  readonly helpFlag: string;
  readonly generic: GenericSpec | undefined;
}

export interface OutputLimits {
  readonly keepHeadBytes: number;
  readonly keepTailBytes: number;
  readonly hardLimitBytes: number;
  readonly stripAnsi: boolean;
}

export interface CacheStore {
  readonly ttlMs: number;
  readonly max: number;
  readonly singleFlight: boolean;
  readonly maxEntryBytes: number;
}

export interface RiskRule {
  readonly param: string;
  /** Absent: the rule holds when the parameter is not given. */
  readonly equals: Scalar | undefined;
  readonly risk: Risk;
}

export type Preflight =
  | { readonly kind: "env"; readonly name: string; readonly unless: string | undefined }
  | { readonly kind: "exec"; readonly name: string; readonly unless: string | undefined }
  | { readonly kind: "file"; readonly name: string; readonly unless: string | undefined };

export interface Background {
  readonly mode: "never" | "auto" | "always";
  readonly waitMs: number;
  /** A template such as `controller:{release}`. */
  readonly singleton: string | undefined;
  readonly repeat: { readonly everyMs: number; readonly maxFailures: number } | undefined;
}

export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  readonly program: string;
  readonly params: ReadonlyMap<string, ParamSpec>;
  readonly argv: readonly ArgItem[];
  readonly risk: Risk;
  readonly effects: readonly string[];
  /** The first rule that holds decides; without one, `risk` does. */
  readonly riskWhen: readonly RiskRule[];
  readonly result: "text" | "json";
  readonly success: {
    readonly exit: readonly number[];
    readonly failOn: readonly Pattern[];
    readonly verdict: Pattern | undefined;
  };
  readonly cache:
    | { readonly store: string; readonly key: readonly string[]; readonly ttlMs: number; readonly warm: boolean }
    | undefined;
  /** Stores whose entries a success of this tool makes stale; `by` names the parameter that holds the tag. */
  readonly invalidates: readonly { readonly store: string; readonly by: string | undefined }[];
  /** A template such as `release:{release}`. */
  readonly lock: string | undefined;
  readonly confirm: { readonly param: string; readonly mustEqual: string } | undefined;
  readonly background: Background;
  readonly preflight: readonly Preflight[];
  /** Why it is deprecated; undefined when it is not. */
  readonly deprecated: string | undefined;
  readonly timeoutMs: number;
  readonly killGraceMs: number;
  /** Undefined: a private empty directory. */
  readonly cwd: string | undefined;
  readonly output: OutputLimits;
  readonly progress: "lines" | "none";
}

export interface Policy {
  readonly readOnly: "off" | "on" | "strict";
  readonly confirm: "off" | "critical" | "write";
  /** Undefined: the hub's own default. */
  readonly maxConcurrent: number | undefined;
  readonly queue: { readonly max: number; readonly waitMs: number };
  readonly audit: { readonly file: string | undefined; readonly args: "redacted" | "none" };
}

export interface Catalog {
  readonly policy: Policy;
  readonly envSets: ReadonlyMap<string, EnvSet>;
  readonly programs: ReadonlyMap<string, Program>;
  readonly tools: ReadonlyMap<string, ToolSpec>;
  readonly caches: ReadonlyMap<string, CacheStore>;
}
