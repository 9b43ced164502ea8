// Values as JSON brings them: a number is taken as the text it stands for, and refused where that text is lost already.
import { afterEach, expect, it } from "vitest";
import { closing } from "../stubs.ts";

const open = closing(afterEach);

it("4.20 as a number is no longer 4.20, and a Prow id past 2^53 is another id: both are refused", async () => {
  const hub = await open();
  for (const [tool, args] of [
    ["oarctl_start_release_detector", { release: 4.2 }],
    ["oar_image_consistency_check", { release: "4.19.1", job_id: 2 ** 60 }],
    ["oar_stage_testing", { release: "4.19.1", build_number: 1.5 }],
    ["ops_job_start", { tool: "oarctl_start_release_detector", arguments: { release: 4.2 } }],
  ] as const) {
    const { isError, text } = await hub.call(tool, args);
    expect([tool, isError, text]).toEqual([tool, true, expect.stringMatching(/release|job_id|build_number/)]);
  }
  expect(await hub.calls()).toEqual([]);
});

it("null, an empty text and a whole number are what the seed's clients send", async () => {
  const hub = await open();
  await hub.call("oar_image_consistency_check", { release: "4.19.1", job_id: null });
  await hub.call("oar_image_consistency_check", { release: "4.19.1", build_number: "" });
  await hub.call("oar_stage_testing", { release: "4.19.1", build_number: 7 });
  await hub.call("oar_add_issue", { release: "4.19.1", issue: "x", related_tasks: ["stage-testing", "drop"] });
  await hub.call("get_command_help", { cli: "oar", command: null });
  await hub.call("oar_run_command", { release: "4.19.1", command: "stage-testing", args: ["-n", "7"] });
  expect(
    (await hub.calls()).map(({ argv }) => argv.slice(argv[0]?.endsWith(".py") === true ? 1 : 0).join(" ")),
  ).toEqual([
    "-r 4.19.1 image-consistency-check",
    "-r 4.19.1 image-consistency-check",
    "-r 4.19.1 stage-testing -n 7",
    "add-issue --release 4.19.1 --issue=x --blocker --related-tasks=stage-testing,drop",
    "--help",
    "-r 4.19.1 stage-testing -n 7",
  ]);
  expect((await hub.call("mcp_cache_invalidate", { release: null })).text).toContain('"release": "all"');
});
