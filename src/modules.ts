// THE list: one import and one line for each module.
import { reports } from "./agent/index.ts";
import type { Module } from "./core/module.ts";
import { gitea } from "./modules/gitea/index.ts";
import { kubernetes } from "./modules/kubernetes/index.ts";
import { prefect } from "./modules/prefect/index.ts";
import { prometheus } from "./modules/prometheus/index.ts";
import { releaseOps } from "./modules/release-ops/index.ts";

export const modules: readonly Module[] = [prometheus, prefect, gitea, kubernetes, releaseOps, reports];
