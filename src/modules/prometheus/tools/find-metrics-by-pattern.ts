// find_metrics_by_pattern: metric names in which a pattern is found.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import { datasourceId, envelope, prometheusTool, success, type Kit } from "../kit.ts";
import { pageInput, roomFor } from "../lists/paging.ts";
import { compilePattern } from "../language/pattern.ts";
import { resolveScope } from "../language/selectors.ts";
import { addMetadata, metadataField, namesOutput, readMetricNames } from "./list-metrics.ts";

export const findMetricsByPattern = (kit: Kit): Tool =>
  prometheusTool({
    name: "find_metrics_by_pattern",
    title: "Find metrics by pattern",
    description:
      "Finds metrics whose name contains a match of a regular expression (RE2, unanchored, case-sensitive unless ignore_case). " +
      "Use it when you know part of a name, for example http_.*duration; the empty pattern finds all. " +
      "When nothing is found, did_you_mean has the 5 nearest names. At most 10,000 names or 24 KB per answer.",
    input: z.strictObject({
      datasource_id: datasourceId,
      pattern: z.string().max(1_000).describe("RE2 regular expression, found anywhere in the name: ^up$ is exactly up"),
      ignore_case: z.boolean().default(false).describe("Find upper and lower case alike"),
      ...pageInput(500, 10_000, "metrics"),
      with_metadata: metadataField,
    }),
    output: envelope({
      ...namesOutput,
      did_you_mean: z.array(z.string()).optional().describe("The nearest names, when nothing was found"),
    }),
    run: async ({ datasource_id, pattern, ignore_case, limit, offset, with_metadata }, { signal, budget }) => {
      const datasource = kit.datasources.find(datasource_id);
      compilePattern(pattern, ignore_case); // refuses a bad one before anything is fetched
      const scope = resolveScope({}, kit.clock.now());
      const window = { limit, offset, roomBytes: roomFor(budget.textBytes) };
      const options = { ...window, pattern, ignoreCase: ignore_case, near: pattern };
      const page = await readMetricNames(kit, datasource, { scope, options, signal });
      const shown = with_metadata ? await addMetadata(kit, datasource, page, window, signal) : page;
      return success(kit, datasource, { ...shown });
    },
  });
