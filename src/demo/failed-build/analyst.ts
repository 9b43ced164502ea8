// The model of the demo: a script that reads more of the log first, and then drafts the issue, as a good model would.
import type { ModelScript } from "../../../test/support/model-stand-in.ts";

const DRAFT = {
  title: "npm ERESOLVE: react-big-tables@4.2.0 wants react 17 or 18, the project has 19.2.0",
  summary:
    "`npm ci` of the frontend stops before anything is built: react was raised to 19.2.0, and react-big-tables@4.2.0 allows only 17 and 18.",
  failing_step: "npm-ci",
  root_cause:
    "Certain: the peer dependency of react-big-tables@4.2.0 excludes the react@19.2.0 of the root project. Possible: react was raised by an automatic update, since nothing else changed in this run.",
  confidence: "high",
  category: "dependency",
  evidence: [
    "npm error ERESOLVE could not resolve",
    'npm error peer react@"^17.0.0 || ^18.0.0" from react-big-tables@4.2.0',
    'npm error   react@"^19.2.0" from the root project',
  ],
  suggested_fix: [
    "See whether a newer react-big-tables allows react 19, and raise both together: `npm view react-big-tables peerDependencies`.",
    "Until then keep react at ^18.3.1 in package.json, and commit the lock file.",
    "Do not use --legacy-peer-deps in the pipeline: it hides the next conflict too.",
  ],
  app_or_infra: "app",
};

export const analyst: ModelScript = ({ body }) =>
  body.messages.some(({ role }) => role === "tool")
    ? { calls: [{ name: "create_issue", arguments: DRAFT }], usage: { prompt_tokens: 4_120, completion_tokens: 310 } }
    : {
        calls: [{ name: "pods_log", arguments: { grep: "peer|Found:|Could not resolve", before: 1, after: 3 } }],
        usage: { prompt_tokens: 3_240, completion_tokens: 40 },
      };
