// One deployment, by its id or as flow/deployment.
import { ToolFailure } from "../../../core/failure.ts";
import { oneLine } from "../../../core/clip.ts";
import type { Deployment } from "../client/shapes.ts";
import type { Call } from "../kit.ts";
import { isUuid } from "../uuid.ts";

/** @throws ToolFailure for what is neither, before anything is asked, and for what is not there */
export function splitName(text: string): [flow: string, name: string] {
  const [flow = "", name = "", ...more] = text.trim().split("/");
  if (flow !== "" && name !== "" && more.length === 0) return [flow, name];
  throw new ToolFailure(
    "invalid",
    `'${oneLine(text, 80)}' is not a UUID and not of the form flow/deployment; prefect_get_deployments finds names`,
    { code: "INVALID_DEPLOYMENT" },
  );
}

export const findDeployment = ({ api }: Call, given: string): Promise<Deployment> =>
  isUuid(given) ? api.deployments.get(given.trim()) : api.deployments.named(...splitName(given));
