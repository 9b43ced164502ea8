// All tools of the module: those of the catalogue, its generic runners, help and cache. And those that are not there, with why.
import type { Tool } from "../../../core/tool.ts";
import type { Kit } from "../kit.ts";
import { risksOf, whyNot } from "../runs/gate.ts";
import type { Risk } from "../catalog/types.ts";
import { cacheTools } from "./cache-tools.ts";
import { declaredTool } from "./declared.ts";
import { genericRisks, genericTool } from "./generic.ts";
import { getCommandHelp } from "./help.ts";

export interface Tools {
  readonly tools: readonly Tool[];
  readonly absent: Readonly<Record<string, string>>;
}

interface Candidate {
  readonly name: string;
  readonly risks: readonly Risk[];
  readonly effects: readonly string[];
  make(): Tool;
}

export function toolsOf(kit: Kit): Tools {
  const declared = [...kit.catalog.tools.values()].map((spec) => ({
    name: spec.name,
    risks: risksOf(spec),
    effects: spec.effects,
    make: () => declaredTool(kit, spec),
  }));
  const generic = [...kit.catalog.programs.values()].flatMap((program) =>
    program.generic === undefined
      ? []
      : [
          {
            name: program.generic.tool,
            risks: genericRisks(program),
            effects: [],
            make: () => genericTool(kit, program),
          },
        ],
  );
  const candidates: readonly Candidate[] = [...declared, ...generic];
  const absent = candidates.flatMap((one) => {
    const reason = whyAbsent(kit, one);
    return reason === undefined ? [] : [[one.name, reason] as const];
  });
  const left = new Set(absent.map(([name]) => name));
  const here = candidates.filter(({ name }) => !left.has(name)).map((one) => one.make());
  return { tools: [...here, getCommandHelp(kit), ...cacheTools(kit)], absent: Object.fromEntries(absent) };
}

/** What the catalogue's policy refuses altogether is not listed. What ALLOW_WRITES would allow, the hub itself leaves out. */
function whyAbsent({ gate }: Kit, { risks, effects }: Candidate): string | undefined {
  const policyAlone = { ...gate, allowsWrites: true };
  const reasons = risks.map((risk) => whyNot(policyAlone, risk, effects));
  return reasons.length > 0 && reasons.every((reason) => reason !== undefined) ? reasons[0] : undefined;
}
