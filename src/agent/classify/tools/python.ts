// pip, poetry and Python.
import type { LogRule } from "../log-rule.ts";

export const PYTHON_LOG_RULES: readonly LogRule[] = [
  {
    weight: 78,
    pattern:
      /Could not find a version that satisfies the requirement (?<req>[^\s(]{1,120})(?: \(from versions: (?<versions>[^)]{1,300}))?/,
    beside: [/(?<none>No matching distribution found for \S{1,120})/],
    category: "dependency",
    side: "app",
    confidence: "high",
    cause: ["pip: no version satisfies {req}"],
    root: [
      "pip found no version of {req} on its package index.",
      "The index offers: {versions}.",
      "Either the version does not exist, or it does not support this Python version or platform, or the index cannot be reached.",
    ],
    fixes: [
      "Correct the requirement {req} to a version that exists",
      "Check the Python version of {image} against what {req} supports",
      "Check the index that pip uses: `pip config list` (PIP_INDEX_URL)",
    ],
  },
  {
    weight: 78,
    pattern:
      /ERROR: (?:Cannot install (?<what>.{1,200}?) because these package versions have conflicting dependencies|ResolutionImpossible)/,
    beside: [/^\s{1,8}(?<one>[\w.[\]-]{1,80} [\w.]{1,40} depends on .{1,120})/, /^The conflict is caused by:/],
    category: "dependency",
    side: "app",
    confidence: "high",
    cause: ["pip: conflicting dependencies: {what}", "pip: conflicting dependencies"],
    root: ["pip found no set of versions that satisfies everybody: {what}.", "One of the demands: {one}."],
    fixes: [
      "Loosen or move one of the pinned versions: {what}",
      "Find the conflict with `pip install --dry-run -r requirements.txt` or `pipdeptree`",
    ],
  },
  {
    weight: 74,
    pattern:
      /ERROR: (?:Failed building wheel for (?<pkg>[\w.-]{1,80})|Could not build wheels for (?<pkg2>[\w.,\s-]{1,80}?),|Failed to build (?<pkg3>[\w.-]{1,80}))|^error: (?<kind>metadata-generation-failed|subprocess-exited-with-error)/,
    beside: [
      /(?<why>fatal error: \S{1,80}: No such file or directory|error: command '.{1,80}' failed.{0,60}|\w{1,40} executable not found.{0,80}|Microsoft Visual C\+\+.{0,40}|can't find Rust compiler)/,
    ],
    category: "dependency",
    side: "app",
    confidence: "high",
    cause: [
      "pip cannot build {pkg}: {why}",
      "pip cannot build {pkg}",
      "pip cannot build {pkg2}",
      "pip cannot build {pkg3}",
      "pip: {kind}",
    ],
    root: ["pip had to build a package from source and could not: {line}", "The compiler says: {why}."],
    fixes: [
      "Use a version with a wheel for this Python and platform",
      "Install the build tools and headers in {image} (gcc, python3-devel, the library's -devel package): {why}",
    ],
  },
  {
    weight: 75,
    pattern:
      /^(?:E\s{1,4})?(?:ModuleNotFoundError|ImportError): (?<why>No module named '(?<module>[\w.]{1,120})'.{0,80}|.{1,200})/,
    category: "dependency",
    side: "app",
    confidence: "high",
    cause: ["No module named '{module}'", "ImportError: {why}"],
    root: ["Python cannot import {module}: {why}. || Python cannot import something: {why}."],
    fixes: [
      "Add the package of {module} to requirements.txt or pyproject.toml and install it in {image}",
      "Check PYTHONPATH and the working directory of {container}",
    ],
    takes: "last",
  },
  {
    weight: 73,
    pattern: /^(?:pip: )?ERROR: Could not open requirements file:.{0,40}?'(?<file>[^']{1,160})'/,
    category: "dependency",
    side: "app",
    confidence: "high",
    cause: ["requirements file not found: {file}"],
    root: ["pip should install from {file}, and there is no such file in the working directory of {who}."],
    fixes: ["Copy {file} in before pip runs, or correct the working directory"],
  },
  {
    weight: 54,
    takes: "last",
    pattern:
      /^(?<kind>(?:[a-z_]\w{0,40}\.){0,6}[A-Z]\w{0,60}(?:Error|Exception|Exit|Interrupt|Warning|DoesNotExist|NotFound|Timeout))(?!.*(?:[Cc]onnection (?:refused|reset|timed out)|ECONNREFUSED|ECONNRESET|ETIMEDOUT|timed out))(?:: (?<why>.{1,300}))?$/,
    beside: [/^\s{2}File "(?<file>(?!.*site-packages)[^"]{1,200})", line (?<row>\d{1,6})/],
    category: "application-error",
    side: "app",
    confidence: "medium",
    cause: ["{kind}: {why}", "{kind}"],
    root: [
      "The program ended with the exception {kind}: {why} || The program ended with the exception {kind}.",
      "A place of its traceback is {file} line {row}.",
    ],
    fixes: ["Look at {file} line {row}", "Look for what changed around: {kind}: {why}"],
  },
];
