// THE list: one import and one line for each module.
import type { Module } from "./core/module.ts";
import { gitea } from "./modules/gitea/index.ts";
import { kubernetes } from "./modules/kubernetes/index.ts";
import { prometheus } from "./modules/prometheus/index.ts";

export const modules: readonly Module[] = [prometheus, gitea, kubernetes];
