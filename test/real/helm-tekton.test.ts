// The Task, the StepAction and the Pipeline for Tekton: their form, and their script run against a hub that asks who reports.
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { load } from "js-yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { SECRETS, startGuardedHub, type GuardedHub } from "../support/guarded-hub.ts";
import { CHART } from "./support/helm.ts";

const run = promisify(execFile);
const read = async (name: string): Promise<unknown> => load(await readFile(join(CHART, "tekton", name), "utf8"));

// What these three use of https://tekton.dev/docs/pipelines/pipeline-api/; a key that is not there is a mistake.
const metadata = z.strictObject({ name: z.string(), labels: z.record(z.string(), z.string()).optional() });
const param = z.strictObject({
  name: z.string(),
  type: z.enum(["string", "array", "object"]),
  description: z.string(),
  default: z.string().optional(),
});
const given = z.strictObject({ name: z.string(), value: z.string() });
const ACTION = {
  image: z.string(),
  env: z.array(given).optional(),
  script: z.string(),
  volumeMounts: z.array(z.strictObject({ name: z.string(), mountPath: z.string(), readOnly: z.boolean() })).optional(),
  securityContext: z.looseObject({ runAsNonRoot: z.literal(true), allowPrivilegeEscalation: z.literal(false) }),
};
const step = z.strictObject({
  name: z.string(),
  ...ACTION,
  onError: z.enum(["continue", "stopAndFail"]),
  computeResources: z.looseObject({ limits: z.looseObject({}) }),
});
const token = z.strictObject({ audience: z.string(), expirationSeconds: z.number(), path: z.string() });
const task = z.strictObject({
  apiVersion: z.literal("tekton.dev/v1"),
  kind: z.literal("Task"),
  metadata,
  spec: z.strictObject({
    description: z.string(),
    params: z.array(param),
    volumes: z.array(
      z.strictObject({
        name: z.string(),
        projected: z.strictObject({ sources: z.array(z.strictObject({ serviceAccountToken: token })) }),
      }),
    ),
    steps: z.tuple([step]),
  }),
});
const action = z.strictObject({
  apiVersion: z.literal("tekton.dev/v1beta1"),
  kind: z.literal("StepAction"),
  metadata,
  spec: z.strictObject({ description: z.string(), params: z.array(param), ...ACTION }),
});
const pipeline = z.looseObject({
  apiVersion: z.literal("tekton.dev/v1"),
  kind: z.literal("Pipeline"),
  spec: z.strictObject({
    tasks: z.array(z.looseObject({ name: z.string() })),
    finally: z.tuple([
      z.strictObject({
        name: z.string(),
        when: z.tuple([z.strictObject({ input: z.string(), operator: z.literal("in"), values: z.array(z.string()) })]),
        taskRef: z.strictObject({ name: z.string() }),
        params: z.array(given),
      }),
    ]),
  }),
});

const theTask = task.parse(await read("task.yaml"));
const theAction = action.parse(await read("stepaction.yaml"));
const thePipeline = pipeline.parse(await read("pipeline.yaml"));
const [theStep] = theTask.spec.steps;

it("the Pipeline calls the Task with parameters that it has, after a failure or without any result", () => {
  const [last] = thePipeline.spec.finally;
  const needed = theTask.spec.params.filter((one) => one.default === undefined).map(({ name }) => name);
  expect(last.params.map(({ name }) => name).sort()).toEqual(needed.sort());
  expect(last.taskRef.name).toBe(theTask.metadata.name);
  expect(last.when).toEqual([{ input: "$(tasks.status)", operator: "in", values: ["Failed", "None"] }]);
});

it("parameters reach the script as variables only, and each one that is used is declared", () => {
  for (const { spec, used } of [
    { spec: theTask.spec, used: [theStep, theTask.spec.volumes] },
    { spec: theAction.spec, used: [theAction.spec] },
  ]) {
    const names = [...JSON.stringify(used).matchAll(/\$\(params\.(\w+)\)/g)].map(([, name]) => name);
    expect([...new Set(names)].sort()).toEqual(spec.params.map(({ name }) => name).sort());
  }
  expect(theStep.script).not.toContain("$(params");
});

it("the StepAction is the Task's step", () => {
  const { image, script, securityContext, env } = theStep;
  expect(theAction.spec).toMatchObject({ image, script, securityContext, env });
});

it("the step cannot fail the run", () => {
  expect(theStep.onError).toBe("continue");
});

describe("the script, against a hub that knows service accounts", () => {
  let hub: GuardedHub;
  beforeAll(async () => void (hub = await startGuardedHub()));
  afterAll(() => hub.finish());

  /** As Tekton does: the parameters in the environment, the script as a file of its interpreter. */
  async function report(token: string, pipelineRun: string, namespace = "shop") {
    const file = join(hub.agent.directory, "token");
    await writeFile(file, token);
    const values: Record<string, string> = { pipelineRun, namespace, hubUrl: hub.agent.url };
    const env = Object.fromEntries(
      (theStep.env ?? []).map(({ name, value }) => [
        name,
        value.replace(/\$\(params\.(\w+)\)/, (_, key) => values[key] ?? ""),
      ]),
    );
    return run("sh", ["-c", theStep.script], { env: { ...env, TOKEN_FILE: file, PATH: "/usr/bin:/bin" } }).then(
      ({ stdout }) => ({ code: 0, said: stdout }),
      (error: { code: number; stdout: string }) => ({ code: error.code, said: error.stdout }),
    );
  }

  it("reports the run, and once more is the same report", async () => {
    const first = await report(SECRETS.zoe, "build-7");
    expect(first.code).toBe(0);
    const { report_id, status } = JSON.parse(first.said);
    expect(status).toBe("accepted");
    expect(JSON.parse((await report(SECRETS.zoe, "build-7")).said).report_id).toBe(report_id);
  });

  it("says what the hub refuses, and ends with an error that Tekton shows", async () => {
    const wrong = await report("wrong", "build-8");
    expect([wrong.code, wrong.said]).toEqual([22, expect.stringContaining("detail")]);
    expect((await report(SECRETS.zoe, "build-8", "elsewhere")).code).toBe(22);
  });
});
