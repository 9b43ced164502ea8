// Labels by name for a tracker that wants ids: read once, and again when a name is missing; made when the repository lacks them.
import { ToolFailure } from "./failure.ts";
import { Limiter } from "./limiter.ts";

/** `#rrggbb` of labels that the repository lacked; the others are grey. */
const COLORS: Readonly<Record<string, string>> = {
  "pipeline-failure": "#d73a4a",
  "needs-analysis": "#fbca04",
  "ai-analyzed": "#0e8a16",
};
const GREY = "#c5def5";
/** Writes that wait while another makes a label; Gitea would make two of one name. */
const QUEUE = 10_000;

export interface KnownLabel {
  readonly id: number;
  readonly name: string;
}

/** Both throw ToolFailure. */
export interface LabelSource<L extends KnownLabel> {
  /** The repository's own come first. */
  list(signal: AbortSignal): Promise<readonly L[]>;
  create(label: { readonly name: string; readonly color: string }, signal: AbortSignal): Promise<L>;
}

export class LabelBook<L extends KnownLabel> {
  readonly #source: LabelSource<L>;
  readonly #turns = new Limiter({ concurrency: 1, queue: QUEUE, refuse: tooMany });
  #known: L[] = [];

  constructor(source: LabelSource<L>) {
    this.#source = source;
  }

  forget(): void {
    this.#known = [];
  }

  /** Those that are there. Throws only when the signal fired. */
  async known(names: readonly string[], signal: AbortSignal): Promise<L[]> {
    if (!this.#hasAll(names)) await orElse(() => this.#read(signal), undefined, signal);
    return this.#found(names);
  }

  /** Those that are there or can be made. Throws only when the signal fired. */
  async named(names: readonly string[], signal: AbortSignal): Promise<L[]> {
    if (!this.#hasAll(names)) {
      await orElse(() => this.#turns.run(() => this.#make(names, signal), signal), undefined, signal);
    }
    return this.#found(names);
  }

  async #make(names: readonly string[], signal: AbortSignal): Promise<void> {
    if (this.#hasAll(names)) return;
    await this.#read(signal);
    for (const name of names.filter((one) => this.#find(one) === undefined)) {
      this.#known.push(await this.#source.create({ name, color: COLORS[name] ?? GREY }, signal));
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    this.#known = [...(await this.#source.list(signal))];
  }

  #hasAll(names: readonly string[]): boolean {
    return names.every((name) => this.#find(name) !== undefined);
  }

  #found(names: readonly string[]): L[] {
    return names.map((name) => this.#find(name)).filter((label) => label !== undefined);
  }

  #find(wanted: string): L | undefined {
    const lower = wanted.toLowerCase();
    return (
      this.#known.find(({ name }) => name === wanted) ?? this.#known.find(({ name }) => name.toLowerCase() === lower)
    );
  }
}

const tooMany = (): ToolFailure =>
  new ToolFailure("unavailable", "too many writes wait for their labels", { code: "BUSY" });

/** What the work gives, or `fallback` when the tracker refuses it. Only the caller's signal gets through. */
export async function orElse<T>(work: () => Promise<T>, fallback: T, signal: AbortSignal): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted) throw new ToolFailure("cancelled", "the caller hung up", { code: "CANCELLED" });
    if (!(error instanceof ToolFailure)) throw error;
    return fallback;
  }
}
