// What the log of the failed container says, by the signatures of the tools it may have run.
import { spotInLog } from "./log-rule.ts";
import type { Spotted } from "./rule.ts";
import type { Subject } from "./subject.ts";
import { codeReason } from "./terminations.ts";
import { GIT_LOG_RULES } from "./tools/git.ts";
import { COMPILED_LOG_RULES } from "./tools/go.ts";
import { IMAGE_LOG_RULES } from "./tools/images.ts";
import { INFRA_LOG_RULES } from "./tools/infra.ts";
import { JVM_LOG_RULES } from "./tools/jvm.ts";
import { NODE_LOG_RULES } from "./tools/node.ts";
import { PYTHON_LOG_RULES } from "./tools/python.ts";
import { SHELL_LOG_RULES } from "./tools/shell.ts";
import { TEST_LOG_RULES } from "./tools/tests.ts";

const RULES = [
  ...INFRA_LOG_RULES,
  ...IMAGE_LOG_RULES,
  ...GIT_LOG_RULES,
  ...NODE_LOG_RULES,
  ...PYTHON_LOG_RULES,
  ...COMPILED_LOG_RULES,
  ...JVM_LOG_RULES,
  ...TEST_LOG_RULES,
  ...SHELL_LOG_RULES,
];
const MEMORY_RULES = INFRA_LOG_RULES.filter(({ category }) => category === "out-of-memory");

/** Below, it is more likely noise than the cause. */
const MIN_WEIGHT = 40;
const SIGNALS: readonly number[] = [137, 139, 143];

export function ofLog({ container, ending, lines, facts }: Subject): Spotted | undefined {
  const code = ending?.exit_code;
  if (container !== undefined && (ending === undefined || code === 0)) return undefined;
  // a process that was killed was not ended by what its log complains of
  const isKilled = code !== undefined && SIGNALS.includes(code);
  const isShell = code === 126 || code === 127;
  const found =
    (isShell ? spotInLog(SHELL_LOG_RULES, lines, facts) : undefined) ??
    spotInLog(isKilled ? MEMORY_RULES : RULES, lines, facts);
  if (found === undefined || found.weight < MIN_WEIGHT) return undefined;
  return { ...found, reason: ending && codeReason(ending) };
}
