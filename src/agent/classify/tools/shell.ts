// What shells say: missing commands and files, unset variables. For exit 126 and 127 these lines come first.
import type { LogRule } from "../log-rule.ts";

export const SHELL_LOG_RULES: readonly LogRule[] = [
  {
    weight: 63,
    hint: /not found|No such file/,
    pattern:
      /(?:^|: )(?:line )?(?:\d{1,6}: )?(?<command>[\w./@+-]{1,120}): (?:command )?not found$|^exec: (?<command2>\S{1,120}): not found|env: ['‘]?(?<command3>[\w./+-]{1,120}?)['’]?: No such file|bash: (?<command4>[\w./+-]{1,120}): No such file or directory$|make(?:\[\d\])?: (?<command5>[\w./+-]{1,120}): (?:Command not found|No such file)/,
    category: "container-start",
    side: "app",
    confidence: "high",
    cause: [
      "command not found: {command}",
      "command not found: {command2}",
      "command not found: {command3}",
      "command not found: {command4}",
      "command not found: {command5}",
    ],
    root: ["A script of {who} calls a command that its image does not have: {line}", "The image is {image}."],
    fixes: [
      "Install {command} in {image}, or use an image that has it",
      "Install {command2} in {image}, or use an image that has it",
      "Install {command3} in {image}, or use an image that has it",
      "Install what is missing in {image}, or correct PATH",
    ],
  },
  {
    weight: 61,
    hint: /ermission denied|cannot execute/,
    pattern:
      /(?:^|: )(?:line \d{1,6}: )?(?:\d{1,6}: )?(?<command>[\w./@+-]{1,160}): [Pp]ermission denied$|(?<![\w./@+-])(?<command2>[\w./@+-]{1,160}): cannot execute(?: binary file)?/,
    category: "container-start",
    side: "app",
    confidence: "high",
    cause: ["permission denied: {command}", "cannot execute: {command2}"],
    root: ["A script of {who} may not use or execute a file: {line}"],
    fixes: [
      "Give it its x bit: `chmod +x {command}` (in git: `git update-index --chmod=+x {command}`)",
      "Check architecture and interpreter of {command2}",
      "Check the user and the mount options of its volume",
    ],
  },
  {
    weight: 58,
    hint: /unbound variable|parameter |KeyError|environment variable|is not set|must be set|is required/,
    pattern:
      /(?:^|: )(?:line \d{1,6}: )?(?<name>\w{1,80}): (?<why>unbound variable|parameter (?:not set|null or not set).{0,60})|KeyError: '(?<name2>[A-Z][A-Z0-9_]{2,80})'|[Mm]issing (?:required )?environment variable:? ?['"`]?(?<name3>[A-Z][A-Z0-9_]{2,80})|(?<name4>[A-Z][A-Z0-9_]{2,80}) (?:is not set|must be set|is required|environment variable)/,
    category: "container-config",
    side: "app",
    confidence: "high",
    cause: [
      "environment variable {name} is not set",
      "environment variable {name2} is not set",
      "environment variable {name3} is not set",
      "environment variable {name4} is not set",
    ],
    root: ["{who} needs an environment variable that is not set: {line}"],
    fixes: [
      "Set {name} in `env` of {container}",
      "Set {name2} in `env` of {container}",
      "Set {name3} in `env` of {container}",
      "Set {name4} in `env` of {container}, or give the script a default",
    ],
  },
  {
    weight: 54,
    pattern:
      /make(?:\[\d\])?: \*\*\* No rule to make target ['`‘](?<target>[^'’]{1,160})['’]|make: \*\*\* (?<none>No targets specified and no makefile found)/,
    category: "compile",
    side: "app",
    confidence: "high",
    cause: ["make: no rule for target {target}", "make: {none}"],
    root: ["make has nothing that says how to make it: {line}"],
    fixes: [
      "Check the target's name and the working directory of {who}",
      "Check that the Makefile and its files were checked out",
    ],
  },
  {
    weight: 46,
    pattern:
      /(?:^|: )(?:cannot (?:open|stat|access|find) |can't open )?['"‘`]?(?<path>[\w./@+-]{2,200})['"’`]?: (?:\[Errno 2\] )?No such file or directory|\[Errno 2\] No such file or directory: '(?<path2>[^']{1,200})'|ENOENT: no such file or directory, \w{1,20} '(?<path3>[^']{1,200})'/i,
    category: "application-error",
    side: "app",
    confidence: "medium",
    cause: ["no such file: {path}", "no such file: {path2}", "no such file: {path3}"],
    root: ["{who} needs a file that is not there: {line}"],
    fixes: [
      "Check the path and the working directory of {who}",
      "Check that an earlier step or the image brings the file",
    ],
  },
];
