// A Tekton build that failed, between the tests' own stand-ins for Kubernetes, Gitea and the model: reported as a pipeline's
// finally-task would, followed to its issue.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { loadFailure, readFailures } from "../../../test/support/failures.ts";
import { startGitea } from "../../../test/support/gitea-stand-in.ts";
import { startKubernetes } from "../../../test/support/kubernetes-stand-in.ts";
import { startModel } from "../../../test/support/model-stand-in.ts";
import { analyst } from "./analyst.ts";

export interface FailedBuild {
  /** What the hub needs to know of the stand-ins. */
  readonly env: Readonly<Record<string, string>>;
  /** Reports the failure to this hub, waits for the issue, and tells the story. Writes the whole issue into `file`. */
  play(hubUrl: string, file: string): Promise<string>;
  close(): Promise<void>;
}

const FAILURE = "31-npm-eresolve";
const RUN = { namespace: "ci", pod_name: "", pipeline_run: "shop-build-7fk2p" };
const TOKEN = "demo-token-of-the-gitea-stand-in";
/** The rest is in the file. */
const SHOWN_SECTIONS = ["Summary", "Root cause", "Suggested fix"];

/** `model`: LITELLM_URL and its siblings, when the person has a model; else a script answers. */
export async function startFailedBuild(
  directory: string,
  model: Readonly<Record<string, string>>,
): Promise<FailedBuild> {
  const failure = (await readFailures()).find(({ name }) => name === FAILURE);
  if (failure === undefined) throw new Error(`no failure ${FAILURE} among the fixtures`);
  const cluster = await startKubernetes({ token: "demo" });
  loadFailure(failure, cluster);
  const gitea = await startGitea({ token: TOKEN, repos: { "shop/failures": {} } });
  const standIn = await startModel(analyst);
  const kubeconfig = join(directory, "kubeconfig.json");
  await writeFile(kubeconfig, cluster.kubeconfig(["demo"]));
  const isScripted = model["LITELLM_URL"] === undefined;
  return {
    env: {
      KUBECONFIG: kubeconfig,
      GITEA_HOST: gitea.url,
      GITEA_ACCESS_TOKEN: TOKEN,
      GITEA_OWNER: "shop",
      GITEA_REPO: "failures",
      DATA_DIR: join(directory, "data"),
      ...(isScripted ? { LITELLM_URL: standIn.url, LITELLM_MODEL: "a script that plays a model" } : model),
    },
    async play(hubUrl, file) {
      const report = await reportFailure(hubUrl);
      const issue = gitea.repo("shop/failures").issues.at(-1);
      if (issue === undefined)
        return `  no issue yet: ${report.last_error ?? report.state}; see ${hubUrl}/reports/${report.report_id}`;
      await writeFile(file, `# ${issue.title}\n\n${issue.body}\n`);
      return story(report, issue);
    },
    async close() {
      await Promise.all([cluster.close(), gitea.close(), standIn.close()]);
    },
  };
}

const Report = z.object({
  report_id: z.string(),
  state: z.string(),
  last_error: z.string().nullable(),
  timeline: z.array(z.object({ at: z.string(), state: z.string(), note: z.string() })),
});

/** As `curl` in a finally-task would. */
async function reportFailure(hubUrl: string): Promise<z.infer<typeof Report>> {
  const headers = { "content-type": "application/json" };
  // oxlint-disable-next-line no-restricted-globals -- the demo is a client of the hub
  const reply = await fetch(`${hubUrl}/report-failure`, { method: "POST", headers, body: JSON.stringify(RUN) });
  const { report_id: id } = z.object({ report_id: z.string() }).parse(await reply.json());
  // oxlint-disable-next-line no-restricted-globals -- as above
  return Report.parse(await (await fetch(`${hubUrl}/reports/${id}`)).json());
}

const isShown = (section: string): boolean => SHOWN_SECTIONS.some((title) => section.startsWith(`## ${title}\n`));

function story(
  { timeline }: z.infer<typeof Report>,
  issue: { title: string; body: string; labels: { name: string }[] },
): string {
  const steps = timeline.map(({ at, state, note }) => `  ${at.slice(11, 23)}  ${state.padEnd(11)} ${note}`);
  const sections = issue.body.split(/^(?=## )/m);
  const shown = sections.filter(isShown).flatMap((section) => section.trim().split("\n"));
  const others = sections.flatMap((section) => /^## (.+)$/m.exec(section)?.slice(1) ?? []);
  const left = others.filter((title) => !SHOWN_SECTIONS.includes(title));
  const labels = issue.labels.map(({ name }) => name).join(", ");
  return [
    ...steps,
    "",
    `  | ${issue.title}   (${labels})`,
    "  |",
    ...shown.map((line) => `  | ${line}`.trimEnd()),
    `  | ... and: ${left.join(", ")}`,
  ].join("\n");
}
