// What is kept beside runs: artifacts, events and automations.
import { randomUUID } from "node:crypto";
import type { PrefectApi } from "./prefect-api.ts";
import type { Infra } from "./prefect-seed-infra.ts";

export const SEEDED_EVENTS = 60;

type Ids = Record<string, string>;

export async function seedRecords(api: PrefectApi, infra: Infra, runs: Ids, taskRuns: Ids) {
  const artifacts: Ids = {};
  const make = async (name: string, body: object) => {
    artifacts[name] = (await api.post("artifacts/", body)).id;
  };
  const run = { flow_run_id: runs["etl-ok"], task_run_id: taskRuns["etl-ok/load"] };
  await make("summary-1", {
    ...run,
    key: "etl-summary",
    type: "markdown",
    description: "Rows",
    data: "# Rows\n\n10 loaded",
  });
  await make("summary-2", {
    ...run,
    key: "etl-summary",
    type: "markdown",
    description: "Rows",
    data: "# Rows\n\n12 loaded",
  });
  await make("table", {
    ...run,
    key: "etl-table",
    type: "table",
    data: JSON.stringify([
      { table: "a", rows: 10 },
      { table: "b", rows: 2 },
    ]),
  });
  await make("result", {
    ...run,
    type: "result",
    description: "Result of load",
    data: { storage_key: "/var/secret/place" },
  });

  await api.post(
    "events",
    Array.from({ length: SEEDED_EVENTS }, (_, i) => ({
      id: randomUUID(),
      occurred: new Date(Date.now() - 1_000 * (SEEDED_EVENTS - i)).toISOString(),
      event: i % 10 === 0 ? "ops.sample.rare" : "ops.sample.common",
      resource: { "prefect.resource.id": `ops.sample.${i}`, "prefect.resource.name": `sample ${i}` },
      related: [
        { "prefect.resource.id": `prefect.flow-run.${runs["etl-failed"]}`, "prefect.resource.role": "flow-run" },
      ],
      payload: { number: i, api_token: "canary-event" },
    })),
  );

  const automations: Ids = {};
  const automate = async (name: string, enabled: boolean, trigger: object, actions: object[]) => {
    automations[name] = (
      await api.post("automations/", { name, enabled, trigger, actions, tags: ["ops"], description: `${name}, seeded` })
    ).id;
  };
  const failed = {
    type: "event",
    posture: "Reactive",
    expect: ["prefect.flow-run.Failed"],
    match: { "prefect.resource.id": "prefect.flow-run.*" },
    match_related: { "prefect.resource.name": "etl-nightly", "prefect.resource.role": "flow" },
  };
  await automate("three-failures", true, { ...failed, threshold: 3, within: 3_600 }, [
    { type: "pause-deployment", source: "selected", deployment_id: infra.deployments["etl-nightly/prod"] },
  ]);
  await automate("switched-off", false, { ...failed, threshold: 1, within: 0 }, [{ type: "do-nothing" }]);
  return { artifacts, automations };
}
