// THE list of this module's tools, in the order in which clients see them.
import type { Tool } from "../../../core/tool.ts";
import type { Kit } from "../kit.ts";
import { getDashboard } from "./get-dashboard.ts";
import { getIdentity } from "./get-identity.ts";

const MAKERS: readonly ((kit: Kit) => Tool)[] = [getIdentity, getDashboard];

export const tools = (kit: Kit): Tool[] => MAKERS.map((make) => make(kit));
