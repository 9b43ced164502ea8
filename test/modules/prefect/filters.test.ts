// Prefect's filters, checked before anything is asked, and against the schemas that the real server publishes.
import { describe, expect, it } from "vitest";
import { combine } from "../../../src/modules/prefect/filters/filter.ts";
import * as infra from "../../../src/modules/prefect/filters/infra.ts";
import * as runs from "../../../src/modules/prefect/filters/runs.ts";
import { fixture } from "../../support/prefect/world.ts";

const UUID = "6f0e0000-0000-4000-8000-000000000000";

describe("a filter", () => {
  it.each([
    [
      runs.flowRunFilter,
      { bogus: 1 },
      /^Unknown filter key 'bogus' in flow_runs filter\. Allowed: operator, id, name, /,
    ],
    [
      runs.deploymentFilter,
      { pausd: { eq_: true } },
      /^Unknown filter key 'pausd' in deployments filter\. Did you mean 'paused'\?/,
    ],
    [
      infra.workPoolFilter,
      { name: { like_: "prod-%" } },
      /^Unknown operator 'like_' of 'name' in|^Unknown operator 'like_' in 'name' of the work_pools filter\. Allowed: any_$/,
    ],
    [
      runs.flowRunFilter,
      { start_time: { gt_: "2026-01-01T00:00:00Z" } },
      /^Unknown operator 'gt_' in 'start_time' of the flow_runs filter\..* Allowed: before_, after_, is_null_$/,
    ],
    [
      runs.flowRunFilter,
      { state: { type: { like_: "F" } } },
      /^Unknown operator 'like_' in 'state\.type' of the flow_runs filter\. Allowed: any_, not_any_$/,
    ],
    [runs.flowRunFilter, { state: { type: { any_: ["LATE"] } } }, /^filter\.state\.type\.any_\.0: /],
    [
      runs.flowRunFilter,
      { id: { any_: ["abc"] } },
      /^filter\.id\.any_\.0: 'abc' is not a UUID\. For names use name_contains\.$/,
    ],
    [runs.flowRunFilter, { start_time: { after_: "yesterday" } }, /must be an RFC 3339 time/],
  ])("%# says what is wrong", ({ parse }, given, words) => {
    expect(() => parse(given)).toThrow(words);
  });

  it("passes as it is", () => {
    const given = {
      operator: "or_",
      id: { any_: [UUID] },
      state: { type: { any_: ["FAILED"] }, name: { not_any_: ["Late"] } },
    };
    expect(runs.flowRunFilter.parse(given)).toEqual(given);
    expect(runs.flowRunFilter.parse(undefined)).toBeUndefined();
  });
});

const NAMES = {
  FlowFilter: runs.flowFilter,
  FlowRunFilter: runs.flowRunFilter,
  TaskRunFilter: runs.taskRunFilter,
  DeploymentFilter: runs.deploymentFilter,
  LogFilter: runs.logFilter,
  WorkPoolFilter: infra.workPoolFilter,
  WorkQueueFilter: infra.workQueueFilter,
  WorkerFilter: infra.workerFilter,
  AutomationFilter: infra.automationFilter,
  ArtifactFilter: infra.artifactFilter,
  ArtifactCollectionFilter: infra.latestArtifactFilter,
  EventFilter: infra.eventFilter,
};

it.each(Object.entries(NAMES))(
  "%s knows the keys that the real server knows, no more and no fewer",
  (name, { parse }) => {
    const published = Object.keys(fixture("openapi").components.schemas[name].properties).filter(
      (key) => name !== "DeploymentFilter" || key !== "concurrency_limit", // without effect in 3.9.1: answers.json
    );
    const words = (() => {
      try {
        parse({ "no such key": 1 });
      } catch (error) {
        return String(error);
      }
    })();
    const allowed = /Allowed: (.*)$/.exec(words ?? "")?.[1]?.split(", ") ?? [];
    expect(allowed.toSorted()).toEqual(published.toSorted());
  },
);

describe("a filter beside other arguments", () => {
  it("must hold as well", () => {
    expect(combine<object>({ name: { any_: ["a"] } }, { tags: { all_: ["b"] } })).toEqual({
      name: { any_: ["a"] },
      tags: { all_: ["b"] },
    });
    expect(
      combine<object>({ state: { name: { any_: ["Late"] } } }, { state: { type: { any_: ["SCHEDULED"] } } }),
    ).toEqual({
      state: { name: { any_: ["Late"] }, type: { any_: ["SCHEDULED"] } },
    });
    expect(combine<object>(undefined, { a: { any_: [] } })).toEqual({ a: { any_: [] } });
  });

  it.each([
    [{ name: { any_: ["a"] } }, { name: { any_: ["b"] } }, "filter.name.any_ and another argument say two things"],
    [{ operator: "or_", name: { any_: ["a"] } }, { tags: { all_: ["b"] } }, "filter.operator or_ would loosen"],
  ])("%o with %o is refused", (filter, own, words) => {
    expect(() => combine<object>(filter, own)).toThrow(words);
  });
});
