// npm, yarn, pnpm, Node.js and TypeScript.
import type { LogRule } from "../log-rule.ts";

export const NODE_LOG_RULES: readonly LogRule[] = [
  {
    weight: 79,
    pattern: /npm (?:ERR!|error) code ERESOLVE/,
    beside: [
      /npm (?:ERR!|error) (?:Found|While resolving): (?!.*@undefined)(?<root>(?:@[\w.-]{1,80}\/)?[\w.-]{1,80}@[\w.-]{1,40})/,
      /npm (?:ERR!|error) Found: (?<found>(?:@[\w.-]{1,80}\/)?[\w.-]{1,80}@[\w.-]{1,40})/,
      /npm (?:ERR!|error)\s{1,8}(?:peer|peerOptional) (?<wanted>(?:@[\w.-]{1,80}\/)?[\w.-]{1,80}@"[^"]{1,60}") from (?<by>(?:@[\w.-]{1,80}\/)?[\w.-]{1,80}@[\w.-]{1,40})/,
    ],
    category: "dependency",
    side: "app",
    confidence: "high",
    cause: ["npm ERESOLVE: {found} against {by}", "npm ERESOLVE: {root}", "npm ERESOLVE: peer dependencies conflict"],
    root: [
      "npm found {found}, but {by} wants {wanted} as its peer: no tree satisfies both. || npm found peer dependencies that no tree satisfies.",
    ],
    fixes: [
      "Move {by} to a version that accepts {found}, or {found} to one that {by} accepts ({wanted})",
      "See who wants what: `npm explain {found}`",
      "Only as a stopgap: `npm ci --legacy-peer-deps`",
    ],
  },
  {
    weight: 79,
    pattern:
      /npm (?:ERR!|error) (?:404|code E404)(?:\s{1,4}'?(?<pkg>(?:@[\w.-]{1,80}\/)?[\w.-]{1,80}@[^\s']{1,60})'?)?/,
    beside: [
      /npm (?:ERR!|error) 404\s{1,4}'(?<missing>(?:@[\w.-]{1,80}\/)?[\w.-]{1,80}@[^\s']{1,60})' is not in/,
      /npm (?:ERR!|error) 404 Not Found - GET (?<url>\S{1,200})/,
    ],
    category: "dependency",
    side: "app",
    confidence: "high",
    cause: [
      "npm 404: {missing} is not in the registry",
      "npm 404: {pkg}",
      "npm 404: {url}",
      "npm 404: a package is not in the registry",
    ],
    root: [
      "The npm registry does not have {missing} (404).",
      "The request was {url}.",
      "A private package answers alike when the token for its registry is missing.",
    ],
    fixes: [
      "Check name and version of {missing} in package.json",
      "If it is private, put its scope's registry and token into `.npmrc`",
    ],
  },
  {
    weight: 79,
    pattern: /npm (?:ERR!|error) code (?<code>E401|E403|ENEEDAUTH)/,
    beside: [/npm (?:ERR!|error) (?:40[13]|Unable to authenticate).{0,40}?(?<url>https?:\/\/\S{1,200})/],
    category: "dependency",
    side: "infra",
    confidence: "high",
    cause: ["npm {code}: registry refused {url}", "npm {code}: the registry refuses the credentials"],
    root: [
      "The npm registry refused the request of {who} ({code}): its token is missing, wrong or expired, or may not do this.",
    ],
    fixes: [
      "Renew the token and mount it as `.npmrc`: `//REGISTRY/:_authToken=${NPM_TOKEN}`",
      "Check that NPM_TOKEN is set for {container}",
    ],
  },
  {
    weight: 78,
    pattern:
      /npm (?:ERR!|error).{0,60}(?:`npm ci` can only install packages when your package\.json and package-lock\.json|code EUSAGE|Missing: (?<missing>\S{1,100}) from lock file)/,
    beside: [/npm (?:ERR!|error) (?:Missing|Invalid): (?:lock file's )?(?<missing>\S{1,100}) /],
    category: "dependency",
    side: "app",
    confidence: "high",
    cause: ["package-lock.json is out of date: {missing} is missing", "package-lock.json does not fit package.json"],
    root: [
      "`npm ci` refuses to install since package-lock.json does not fit package.json.",
      "The first thing that is missing there is {missing}.",
    ],
    fixes: ["Run `npm install` with the same npm version, and commit package-lock.json"],
  },
  {
    weight: 76,
    pattern:
      /npm (?:ERR!|error) code (?<code>ETARGET|EINTEGRITY|EBADENGINE|ENOENT|ENOTEMPTY|EBADPLATFORM|ENOLOCK|EJSONPARSE)/,
    beside: [
      /npm (?:ERR!|error) (?:notarget )?(?<why>No matching version found for \S{1,120}|sha512\S{0,20} integrity checksum failed.{0,80}|enoent .{1,160}|Not compatible with .{1,120}|Failed to parse .{1,120}|Unsupported platform .{1,120})/,
    ],
    category: "dependency",
    side: "app",
    confidence: "high",
    cause: ["npm {code}: {why}", "npm {code}"],
    root: ["npm ended with {code}: {why}. || npm ended with {code}."],
    fixes: [
      "Correct in package.json or package-lock.json what npm names: {why}",
      "Run the same npm command in {image} to see it fail",
    ],
  },
  {
    weight: 77,
    pattern:
      /error Couldn't find (?:any versions for|package) "(?<pkg>[^"]{1,120})"|ERR_PNPM_(?<code>\w{1,60})\s{1,4}(?<why>.{1,200})|error (?<lock>Your lockfile needs to be updated)|(?<berry>YN00(?:28|16|35)): .{0,10}(?<said2>.{1,160})/,
    category: "dependency",
    side: "app",
    confidence: "high",
    cause: ["yarn: no such package or version {pkg}", "pnpm {code}: {why}", "yarn: {lock}", "yarn {berry}: {said2}"],
    root: ["The package manager could not install what package.json and the lock file ask for: {line}"],
    fixes: [
      "Install locally with the same version of the tool and commit the lock file",
      "Check name and version of {pkg} in package.json",
    ],
  },
  {
    weight: 74,
    pattern: /(?:Error: )?Cannot find (?:module|package) '(?<module>[^']{1,200})'/,
    beside: [/(?:Require stack:|imported from) ?-? ?(?<by>\/\S{1,200})/],
    category: "dependency",
    side: "app",
    confidence: "high",
    cause: ["Cannot find module '{module}'"],
    root: [
      "Node.js cannot find {module}, which the program imports.",
      "Either it is not among the dependencies that were installed, or a file was not built or copied into the image.",
    ],
    fixes: [
      "Add {module} to `dependencies` (not `devDependencies`, if production installs omit those), or correct its path",
      "Check that the build's output is copied into {image}",
    ],
  },
  {
    weight: 72,
    hint: /error TS\d/,
    pattern:
      /(?<![\w./@-])(?<file>[\w./@-]{1,200})(?:\((?<row>\d{1,6}),\d{1,6}\)|:(?<row2>\d{1,6}):\d{1,6})(?: -|:) error (?<code>TS\d{3,5}): (?<why>.{1,200})/,
    category: "compile",
    side: "app",
    confidence: "high",
    cause: ["{code} in {file}: {why}"],
    root: ["The TypeScript compiler refuses {file}: {code}, {why}", "The log has {others} like this."],
    fixes: [
      "Correct {file} at line {row}: {why}",
      "Correct {file} at line {row2}: {why}",
      "Run `npx tsc --noEmit` before pushing",
    ],
  },
  {
    weight: 70,
    pattern: /^ERROR in (?<file>(?:\.{0,2}\/)[^\s:]{1,200})/,
    beside: [
      /^(?!ERROR in |Module build failed|Module parse failed: $|\s{1,8}at |\.{1,2}\/\S+$)(?<why>\S.{1,240})/,
      /^Module build failed \(from (?<loader>[^)\s]{1,200})\)/,
    ],
    category: "compile",
    side: "app",
    confidence: "high",
    cause: ["webpack: {file}: {why}", "webpack: cannot build {file}"],
    root: ["webpack could not build {file}: {why}. || webpack could not build {file}.", "The loader is {loader}."],
    fixes: ["Correct {file}: {why}", "Run the same build locally on the same commit"],
  },
  {
    weight: 71,
    pattern: /^(?<kind>SyntaxError): (?<why>.{1,200})/,
    beside: [/^(?:file:\/\/)?(?<file>\/[\w./@-]{1,200}\.[cm]?[jt]sx?):(?<row>\d{1,6})/],
    category: "application-error",
    side: "app",
    confidence: "medium",
    cause: ["SyntaxError in {file}: {why}", "SyntaxError: {why}"],
    root: ["{who} could not even load its code: {line}", "It stands in {file} line {row}."],
    fixes: [
      "Correct {file} line {row}",
      "Check that the Node.js of {image} knows the syntax and the module type (ESM or CommonJS)",
    ],
  },
  {
    weight: 77,
    pattern: /npm (?:ERR!|error) (?:Missing script: "(?<script>[^"]{1,80})"|missing script: (?<script2>\S{1,80}))/,
    category: "application-error",
    side: "app",
    confidence: "high",
    cause: ['package.json has no script "{script}"', 'package.json has no script "{script2}"'],
    root: ["{who} runs an npm script that package.json does not have: {line}"],
    fixes: [
      "Add the script to package.json, or correct the command; `npm run` lists those there are",
      "Check that the step works in the right directory",
    ],
  },
  {
    weight: 62,
    pattern: /Error: listen (?<why>EADDRINUSE|EACCES):? .{0,60}?(?<address>[\w.:]{1,60})$/,
    category: "application-error",
    side: "app",
    confidence: "high",
    cause: ["cannot listen on {address}: {why}"],
    root: ["The program may not or cannot open its port {address} ({why})."],
    fixes: ["Choose a free port above 1024 for {container}, and fit the Service's targetPort"],
  },
  {
    weight: 50,
    pattern:
      /^(?:Uncaught )?(?<kind>(?:[A-Z]\w{0,40})?Error)(?!.*(?:[Cc]onnection (?:refused|reset|timed out)|ECONNREFUSED|ECONNRESET|ETIMEDOUT|timed out))(?: \[[\w]{1,60}\])?: (?<why>.{1,300})/,
    beside: [/^\s{2,8}at (?:.{1,120} \()?(?:file:\/\/)?(?<place>\/(?!.*node_modules)[^\s)]{1,200}:\d{1,6}:\d{1,6})\)?/],
    category: "application-error",
    side: "app",
    confidence: "medium",
    cause: ["{kind}: {why}"],
    root: ["The program ended with {kind}: {why}", "It was thrown at {place}."],
    fixes: ["Look at {place}", "Look for what changed around: {kind}: {why}"],
  },
];
