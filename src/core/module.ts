// What a module is: one folder that brings tools. It becomes part of the hub by one line in modules.ts.
import type { Registry as MetricsRegistry } from "prom-client";
import type { Clock } from "./clock.ts";
import type { EvidenceSource } from "./evidence.ts";
import type { IssueTracker } from "./issue-tracker.ts";
import type { JsonObject } from "./json.ts";
import type { Log } from "./log.ts";
import type { Prompt, Resource } from "./prompt.ts";
import type { Redactor } from "./redact.ts";
import type { CallRecord, Registry } from "./registry.ts";
import type { ReportDesk } from "./report-desk.ts";
import type { Section, Values } from "./settings.ts";
import type { Tool } from "./tool.ts";
import type { Trail } from "./trail.ts";
import type { Watches } from "./watch.ts";

/** What a module can do for its siblings, which never meet: the hub hands it on. The first of a kind counts. */
export interface Services {
  readonly evidence?: EvidenceSource;
  readonly tracker?: IssueTracker;
  /** @throws ToolFailure unavailable while reports cannot be taken */
  readonly desk?: () => ReportDesk;
}

export interface ModuleStart<S extends Section> {
  readonly settings: Values<S>;
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: MetricsRegistry;
  /** For every upstream that it opens: counts and traces the requests. */
  readonly watch: Watches;
  /** For spans of work that is no request of an upstream. */
  readonly trail: Trail;
  /** For files that refer to variables, such as Grafana's; settings come through the section. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** One for the whole hub, so that a secret has the same tag everywhere. */
  readonly redactor: Redactor;
  /** Of the modules before this one. */
  readonly services: Services;
  /** All tools of the hub that only read; there from `begin` on. */
  readonly registry: () => Registry;
  /** Address that people use for this hub, without a slash at its end. */
  readonly publicUrl: string | undefined;
  /** To be called when its tools have become others: the hub takes them up and tells the clients. */
  readonly changed: () => void;
}

export interface ModuleCheck {
  readonly ok: boolean;
  /** One line for a person. */
  readonly message: string;
}

export interface RunningModule {
  /** May be another list later: the module then calls `changed` of its start. So may `absent`. */
  readonly tools: readonly Tool[];
  readonly prompts?: readonly Prompt[];
  readonly resources?: readonly Resource[];
  readonly services?: Services;
  /** Headers of the caller's HTTP request that its tools may read, in lower case. No others reach a tool. */
  readonly requestHeaders?: readonly string[];
  /** Its tools give way to those of other modules that have the same name: they are another server's. */
  readonly yields?: boolean;
  /** Tools that cannot work as the hub is configured, each with the sentence that says what would switch it on. */
  readonly absent?: Readonly<Record<string, string>>;
  /** Credentials it holds beside its settings, to be taken out of all text. */
  secrets?(): readonly string[];
  /** Called once the whole hub stands and before it listens; for work of its own. Not called by --check-config. */
  begin?(): Promise<void>;
  /** Reads its files again, all or nothing: when it throws, all is as before, and the message says what is wrong. */
  reload?(): Promise<void>;
  /** False makes /ready answer 503. */
  isReady?(): Promise<boolean>;
  /** Asks the upstreams whether they answer; bounded by the signal. */
  check(signal: AbortSignal): Promise<ModuleCheck>;
  /** What /health shows of this module, from memory, without asking anyone. No secrets. */
  health?(): JsonObject;
  /** Numbers at the top of /health, where the seed systems had them. */
  summary?(): Readonly<Record<string, number>>;
  /** Sees every finished call of this module's tools. */
  observe?(call: CallRecord): void;
  /** Sees every request to /health, /ready and /metrics. */
  onProbe?(method: string, path: string): void;
  /** Told once what to ask, at each scrape, for the number of logins that the hub remembers. */
  showLogins?(count: () => number): void;
  close?(): Promise<void>;
}

export interface ModuleDefinition<S extends Section> {
  /** kebab-case; also its view: /mcp/<name>. */
  readonly name: string;
  readonly title: string;
  /** What a model must know to use these tools well, at most 1,500 bytes; part of the server instructions. */
  readonly instructions: string;
  readonly settings: S;
  /** Names the variable that would switch the module on, when it is off. */
  off?(settings: Values<S>, env: Readonly<Record<string, string | undefined>>): string | undefined;
  start(start: ModuleStart<S>): Promise<RunningModule> | RunningModule;
}

/** A module with its types erased, as the hub keeps it. */
export type Module = ModuleDefinition<Section>;

/** Checks the definition's types and erases them. */
export function defineModule<const S extends Section>(definition: ModuleDefinition<S>): Module {
  return definition; // config.ts parses the settings with this very section
}
