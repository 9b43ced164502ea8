// Everything but queries: names, labels, series, metadata, targets, rules, alerts, exemplars and status, from the capture.
import type { Capture } from "./capture.ts";
import { ApiError, invalid, timeOr } from "./parameters.ts";
import { unknownQuery, type Queries } from "./queries.ts";
import { parseSelector, selects, type Selector } from "./selector.ts";
import { Timeline } from "./timeline.ts";

type Labels = Readonly<Record<string, string>>;

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

export class Discovery {
  readonly #capture: Capture;
  readonly #queries: Queries;

  constructor(capture: Capture, queries: Queries) {
    this.#capture = capture;
    this.#queries = queries;
  }

  series(parameters: URLSearchParams, now: number): Labels[] {
    if (!parameters.has("match[]")) throw new ApiError("no match[] parameter provided");
    return this.#matching(parameters, now);
  }

  labels(parameters: URLSearchParams, now: number): string[] {
    return sorted(this.#matching(parameters, now).flatMap((labels) => Object.keys(labels)));
  }

  values(label: string, parameters: URLSearchParams, now: number): string[] {
    if (!LABEL_NAME.test(label)) throw new ApiError(`invalid label name: ${JSON.stringify(label)}`);
    return sorted(this.#matching(parameters, now).flatMap((labels) => labels[label] ?? []));
  }

  metadata(parameters: URLSearchParams): unknown {
    const limit = parameters.get("limit") ?? "";
    if (!/^[+-]?\d*$/.test(limit)) throw new ApiError("limit must be a number");
    const metric = parameters.get("metric") ?? "";
    const entries = Object.entries(this.#capture.metadata).filter(([name]) => metric === "" || name === metric);
    return Object.fromEntries(limit === "" || Number(limit) < 0 ? entries : entries.slice(0, Number(limit)));
  }

  targets(parameters: URLSearchParams, now: number): unknown {
    const state = (parameters.get("state") ?? "").toLowerCase();
    const pool = parameters.get("scrapePool") ?? "";
    const { activeTargets, droppedTargets } = this.#capture.state.targets;
    const active = activeTargets.filter(({ scrapePool }) => pool === "" || scrapePool === pool);
    return this.#timeline(now).shift({
      activeTargets: ["", "any", "active"].includes(state) ? active : [],
      droppedTargets: ["", "any", "dropped"].includes(state) ? droppedTargets : [],
    });
  }

  rules(parameters: URLSearchParams, now: number): unknown {
    const type = (parameters.get("type") ?? "").toLowerCase();
    if (!["", "alert", "record"].includes(type)) throw invalid("type", `not supported value ${JSON.stringify(type)}`);
    const wanted = { alert: "alerting", record: "recording" }[type];
    const groups = this.#capture.state.rules.groups.map((group) => ({
      ...group,
      rules: group.rules.filter((rule) => wanted === undefined || rule.type === wanted),
    }));
    return this.#timeline(now).shift({ groups: groups.filter(({ rules }) => rules.length > 0) });
  }

  alerts(now: number): unknown {
    return this.#timeline(now).shift(this.#capture.state.alerts);
  }

  exemplars(parameters: URLSearchParams, now: number): unknown {
    const start = timeOr(parameters, "start", -Infinity);
    const end = timeOr(parameters, "end", Infinity);
    if (end < start) throw new ApiError("end timestamp must not be before start timestamp");
    const query = parameters.get("query") ?? "";
    const selector = parseSelector(query);
    if (selector === undefined) this.#queries.find(query);
    const timeline = this.#timeline(now);
    const isWanted = (labels: Labels): boolean =>
      selector === undefined ? query.includes(labels["__name__"] ?? "") : selects(selector, labels);
    const found = this.#capture.state.exemplars
      .filter(({ seriesLabels }) => isWanted(seriesLabels))
      .map(({ exemplars, ...rest }) => {
        const inRange = exemplars.filter(({ timestamp }) => {
          const at = timeline.end + timestamp;
          return at >= start && at <= end;
        });
        return { ...rest, exemplars: inRange };
      });
    return timeline.shift(found.filter(({ exemplars }) => exemplars.length > 0));
  }

  tsdb(now: number): unknown {
    return this.#timeline(now).shift(this.#capture.state.tsdb);
  }

  buildinfo(): unknown {
    return this.#capture.state.buildinfo;
  }

  #timeline(now: number): Timeline {
    return new Timeline(now, this.#capture.stepSeconds);
  }

  /** Every captured series lives through the whole day, so a window either meets the day or is empty. */
  #matching(parameters: URLSearchParams, now: number): Labels[] {
    const start = timeOr(parameters, "start", -Infinity);
    const end = timeOr(parameters, "end", Infinity);
    const selectors = parameters.getAll("match[]").map((text) => this.#selector(text));
    const day = this.#timeline(now);
    const length = (this.#capture.queries[0]?.series[0]?.values.length ?? 0) * this.#capture.stepSeconds;
    if (start > now / 1000 || end < day.end - length || end < start) return [];
    const { series } = this.#capture;
    if (selectors.length === 0) return [...series];
    return series.filter((labels) => selectors.some((selector) => selects(selector, labels)));
  }

  #selector(text: string): Selector {
    const selector = parseSelector(text);
    if (selector === undefined) throw unknownQuery("match[]", text, this.#capture);
    return selector;
  }
}

const sorted = (names: readonly string[]): string[] => [...new Set(names)].sort();
