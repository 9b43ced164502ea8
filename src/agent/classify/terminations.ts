// How a container ended, when its log does not say it better: out of memory, signals, exit codes.
import { ofKill } from "./events.ts";
import { withNext } from "./lines.ts";
import type { Judgement, Spotted } from "./rule.ts";
import type { Subject } from "./subject.ts";
import { cannotStart, isStartReason } from "./waiting.ts";

const OUT_OF_MEMORY: Judgement = {
  category: "out-of-memory",
  side: "app",
  confidence: "high",
  cause: ["killed at its memory limit of {limit}", "killed because the memory ran out (OOMKilled)"],
  root: [
    "The kernel killed a process of {who} because it needed more memory than its limit of {limit}.",
    "{unlimited}",
    "Whether it leaks, or honestly needs more, cannot be told from this.",
  ],
  fixes: [
    "Raise `resources.limits.memory` of {container} above {limit}, and the request with it || Set `resources.requests.memory` and `resources.limits.memory` of {container}",
    "Tell the program its limit: `-XX:MaxRAMPercentage=75` for Java, `NODE_OPTIONS=--max-old-space-size=...` for Node, GOMEMLIMIT for Go, fewer parallel workers for builds",
    "Watch what it uses: `kubectl -n {namespace} top pod {pod} --containers`",
  ],
  sign: ["OOMKilled"],
};

const KILLED: Judgement = {
  category: "killed",
  side: "unknown",
  confidence: "low",
  cause: ["killed by SIGKILL (137), not marked OOMKilled"],
  root: [
    "{who} was killed by SIGKILL (exit 137), and the cluster does not call it OOMKilled.",
    "Possible are: the node ran out of memory, a child process hit the memory limit of {limit}, the pod was deleted or drained and did not end within its grace period, or somebody killed it. || Possible are: the node ran out of memory, the pod was deleted or drained and did not end within its grace period, or somebody killed it.",
  ],
  fixes: [
    "Look for SystemOOM and drains on the node: `kubectl describe node {node}`",
    "Compare its memory with the limit of {limit}: `kubectl -n {namespace} top pod {pod} --containers`",
    "Let the program end on SIGTERM within terminationGracePeriodSeconds",
  ],
  sign: ["exit 137"],
};

const TERMINATED: Judgement = {
  category: "killed",
  side: "unknown",
  confidence: "medium",
  cause: ["ended by SIGTERM (143): it was asked to stop"],
  root: [
    "{who} ended with 143: somebody asked it to stop (SIGTERM).",
    "Usually that is a rollout, a drain, a cancelled or timed-out run, or a deleted pod; the program itself need not be at fault.",
  ],
  fixes: [
    "Look who stopped it: `kubectl -n {namespace} get events --field-selector involvedObject.name={pod}`",
    "Let the program end with 0 on SIGTERM, so that a wanted stop does not count as a failure",
  ],
  sign: ["exit 143"],
};

const SEGFAULT: Judgement = {
  category: "crash",
  side: "app",
  confidence: "high",
  cause: ["segmentation fault (139)"],
  root: [
    "{who} crashed with a segmentation fault (SIGSEGV, exit 139).",
    "Possible are a fault in native code or a native add-on, a library that does not fit the image (glibc against musl), or a binary for another CPU.",
  ],
  fixes: [
    "Find what ran last in its log, and whether a native library changed with image {image}",
    "Run it again with a stack trace: `PYTHONFAULTHANDLER=1`, `node --abort-on-uncaught-exception`, or under gdb in a debug image",
  ],
};

const ABORTED: Judgement = {
  category: "crash",
  side: "app",
  confidence: "medium",
  cause: ["aborted (134): {best}", "aborted (SIGABRT, exit 134)"],
  root: [
    "{who} aborted itself (SIGABRT, exit 134): a failed assertion, a C++ exception nobody caught, or an allocator that gave up.",
    "Its log says: {best}",
  ],
  fixes: ["Look at the last lines before the abort; raise the memory of {container} if they tell of allocation"],
};

const SIGNALLED: Judgement = {
  category: "killed",
  side: "unknown",
  confidence: "medium",
  cause: ["killed by signal {signal} (exit {exit})"],
  root: ["{who} ended with {exit}, which is 128 + signal {signal}: the process was killed by that signal."],
  fixes: [
    "Look what sends signal {signal}: the program itself, its supervisor, or the node (`kubectl describe node {node}`)",
    "Look at the last lines of its log",
  ],
};

const NOT_FOUND: Judgement = {
  category: "container-start",
  side: "app",
  confidence: "medium",
  cause: ["command not found (127): {best}", "command not found (exit 127)"],
  root: ["{who} ended with 127: a shell or runtime did not find a command or a library.", "Its log says: {best}"],
  fixes: [
    "Install the missing command in {image}, or correct its name or PATH",
    "See what is there: `podman run --rm --entrypoint sh {image} -c 'echo $PATH; ls /usr/local/bin'`",
  ],
};

const NOT_EXECUTABLE: Judgement = {
  category: "container-start",
  side: "app",
  confidence: "medium",
  cause: ["command not executable (126): {best}", "command not executable (exit 126)"],
  root: [
    "{who} ended with 126: a command was found and could not be executed (no permission, or not a program).",
    "Its log says: {best}",
  ],
  fixes: [
    "Give the file its x bit (`chmod +x`), or run it through its interpreter (`sh FILE`)",
    "Check that its volume is not mounted noexec",
  ],
};

const ENDED_WELL: Judgement = {
  category: "application-error",
  side: "app",
  confidence: "high",
  cause: ["exits with 0 and is restarted again and again"],
  root: [
    "{who} ends without an error, and its pod restarts whatever ends ({restarts} times so far).",
    "A workload such as a Deployment expects a process that keeps running.",
  ],
  fixes: [
    "Let the command run in the foreground and stay",
    "Make it a Job if it is meant to end",
    "Check that `command` and `args` of {container} start the server and not only a check",
  ],
};

const USAGE: Judgement = {
  category: "application-error",
  side: "app",
  confidence: "low",
  cause: ["exit 2: {best}", "exit 2, and there is no log that says why"],
  root: [
    "{who} ended with `exit code 2`, which many programs use for wrong arguments or a misused shell command, and make for a failed target.",
    "The line that tells most: {best}",
  ],
  fixes: ["Check the arguments of {container} against the program's help", "Read its log around: {best}"],
};

const FAILED: Judgement = {
  category: "application-error",
  side: "app",
  confidence: "low",
  cause: [
    "exit {exit}: {best}",
    "exit {exit}, and there is no log that says why",
    "{who} failed ({ending_reason})",
    "{who} failed",
  ],
  root: ["{who} ended with `exit code {exit}`.", "The line of its log that tells most: {best}", "{silence}"],
  fixes: ["Read its log around: {best}", "{louder}", "Run the same command in {image} by hand to see it fail"],
};

const BY_CODE: Readonly<Record<number, Judgement>> = {
  2: USAGE,
  126: NOT_EXECUTABLE,
  127: NOT_FOUND,
  134: ABORTED,
  137: KILLED,
  139: SEGFAULT,
  143: TERMINATED,
};

/** What the cluster says of the ending comes before any log. */
export function ofEnding(subject: Subject): Spotted | undefined {
  const { container, ending, facts } = subject;
  if (container === undefined || ending === undefined) return undefined;
  const reason = ending.reason ?? "";
  if (isStartReason(reason)) return cannotStart(subject, codeReason(ending), ending.message);
  const isOom =
    reason === "OOMKilled" ||
    (ending.exit_code === 137 && subject.evidence.events.some(({ reason }) => reason === "OOMKilling"));
  if (isOom) {
    const unlimited =
      facts["limit"] === undefined
        ? "No memory limit of this container is known, so it may be the node's memory that ran out."
        : undefined;
    return {
      judgement: OUT_OF_MEMORY,
      facts: { ...facts, unlimited },
      quotes: subject.lines.slice(-2),
      reason: codeReason(ending),
    };
  }
  const isSignalled = ending.exit_code === 137 || ending.exit_code === 143;
  const kill = isSignalled || container.restarts > 0 ? ofKill(subject) : undefined;
  return kill && { ...kill, reason: codeReason(ending) };
}

/** A title needs no time. */
const STAMP = /^\s*\[?\d{4}[-/]\d{2}[-/]\d{2}[T ][\d:.,]{5,20}(?:Z|[+-]\d{2}:?\d{2})?\]?\s{1,4}/;

/** The last word, when nothing else is known. `best` is the log's most telling line. */
export function ofExitCode(
  subject: Subject,
  worst: { readonly best: string | undefined; readonly lines: readonly string[] },
): Spotted | undefined {
  const { container, ending, facts, lines } = subject;
  if (container === undefined || ending === undefined) return undefined;
  const code = ending.exit_code ?? 0;
  const said = ending.message?.trim().split("\n").at(-1);
  const best =
    withNext(worst.best, lines)?.replace(STAMP, "").trim() ??
    (said === undefined || said.startsWith("[{") ? undefined : said) ??
    lines.at(-1)?.trim();
  const isLooping = code === 0 && container.restarts > 0 && (ending.reason ?? "Completed") === "Completed";
  if (code === 0 && !isLooping && (ending.reason ?? "Completed") === "Completed") return undefined;
  const judgement = isLooping ? ENDED_WELL : (BY_CODE[code] ?? (code > 128 && code < 160 ? SIGNALLED : FAILED));
  const isSilent = best === undefined;
  const more = {
    best,
    ending_reason: ending.reason,
    silence: isSilent ? "There is no log that says why." : undefined,
    louder: isSilent ? "Let the program say why it ends: `set -x` in scripts, or a higher log level" : undefined,
  };
  const quotes =
    worst.lines.length > 0
      ? [...new Set([worst.best ?? "", ...worst.lines])].filter((line) => line !== "")
      : lines.slice(-3);
  return { judgement, facts: { ...facts, ...more }, quotes, reason: codeReason(ending) };
}

export function codeReason({
  reason,
  exit_code: code,
}: {
  readonly reason?: string | undefined;
  readonly exit_code?: number | undefined;
}): string {
  const word = reason ?? (code === 0 ? "Completed" : "Error");
  return code === undefined ? word : `${word}:${code}`;
}
