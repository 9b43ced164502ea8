// The prompts of this module: what a person picks by hand in a client.
import type { Prompt } from "../../../core/prompt.ts";
import { createCompletions } from "../completions.ts";
import type { Kit } from "../kit.ts";
import { investigateAlert } from "./investigate-alert.ts";

export const prompts = (kit: Kit): Prompt[] => [investigateAlert(kit, createCompletions(kit))];
