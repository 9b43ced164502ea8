// git: clones, fetches and pushes.
import type { LogRule } from "../log-rule.ts";

const REPOSITORY = [
  /(?:https?:\/\/|ssh:\/\/|git@)(?<repo>[\w.@:/~-]{3,200}?)(?:\.git)?(?:\/?['"\s]|\/?$)/,
  /(?:Cloning into|repository|from|clone) '?(?<repo>(?:https?:\/\/|git@)[^'\s]{3,200}?)'?\.{0,3}$/,
];

export const GIT_LOG_RULES: readonly LogRule[] = [
  {
    weight: 80,
    pattern:
      /(?<why>fatal: Authentication failed for '(?<url>[^']{1,200})'|could not read (?:Username|Password) for '(?<url2>[^']{1,200})'.{0,80}|Permission denied \(publickey[\w,-]{0,80}\)|HTTP Basic: Access denied.{0,80}|remote: Invalid username or (?:password|token).{0,40}|Support for password authentication was removed.{0,40})/,
    beside: REPOSITORY,
    category: "git",
    side: "infra",
    confidence: "high",
    cause: [
      "git: authentication failed for {url}",
      "git: no credentials for {url2}",
      "git: authentication failed for {repo}",
      "git: authentication failed",
    ],
    root: [
      "The git server did not accept the credentials of {who} for {repo}: {line} || The git server did not accept the credentials of {who}: {line}",
      "The token or key is missing, wrong or expired, or may not read the repository.",
    ],
    fixes: [
      "Create a secret of type kubernetes.io/basic-auth (or ssh-auth) in {namespace}, annotate it with `tekton.dev/git-0: https://HOST`, and link it to service account {account}",
      "Renew the token, and check that its account may read {repo}",
      "For a private repository over https, never rely on a prompt: `terminal prompts disabled` means that no credentials were found",
    ],
  },
  {
    weight: 79,
    pattern:
      /(?:remote: Repository not found|repository '(?<url>[^']{1,200})' not found|ERROR: Repository not found|does not appear to be a git repository)/,
    beside: REPOSITORY,
    category: "git",
    side: "app",
    confidence: "high",
    cause: ["git: repository not found: {url}", "git: repository not found: {repo}", "git: repository not found"],
    root: ["The git server has no such repository, or hides it from this account: {line}"],
    fixes: [
      "Check the URL: {url}",
      "Check the URL: {repo}",
      "If it is private, give the run credentials that may read it",
    ],
  },
  {
    weight: 78,
    pattern:
      /(?:Remote branch (?<branch>\S{1,160}) not found|couldn't find remote ref (?<ref>\S{1,160})|pathspec '(?<spec>[^']{1,160})' did not match|reference is not a tree: (?<tree>\w{1,64})|upload-pack: not our ref (?<sha>\w{1,64}))/,
    beside: REPOSITORY,
    category: "git",
    side: "app",
    confidence: "high",
    cause: [
      "git: no branch {branch}",
      "git: no ref {ref}",
      "git: no revision {spec}",
      "git: commit {tree} is not there",
      "git: commit {sha} is not there",
    ],
    root: [
      "The repository {repo} does not have the revision that {who} asked for: {line} || The repository does not have the revision that {who} asked for: {line}",
      "It may have been deleted or force-pushed after the run was started.",
    ],
    fixes: [
      "Check the revision parameter of the run against `git ls-remote URL`",
      "For a commit in a shallow clone, raise the depth",
    ],
  },
  {
    weight: 76,
    pattern:
      /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|detected dubious ownership in repository at '(?<path>[^']{1,160})'/,
    beside: REPOSITORY,
    category: "git",
    side: "infra",
    confidence: "high",
    cause: ["git: dubious ownership of {path}", "git: host key verification failed"],
    root: ["git refused to work: {line}"],
    fixes: [
      "Run `git config --global --add safe.directory {path}` before",
      "Put the server's host key into `known_hosts` of the ssh secret: `ssh-keyscan HOST`",
    ],
  },
  {
    weight: 66,
    pattern:
      /(?<why>\[(?:remote )?rejected\].{1,160}|CONFLICT \([\w/ ]{1,40}\): .{1,160}|fatal: (?:refusing to merge|Not possible to fast-forward).{0,80}|fatal: not a git repository.{0,80})/,
    category: "git",
    side: "app",
    confidence: "high",
    cause: ["git: {why}"],
    root: ["git could not go on: {line}"],
    fixes: [
      "Bring the branch up to date and resolve by hand what git names",
      "Check the branch protection of the repository for this account",
    ],
  },
  {
    weight: 60,
    pattern: /fatal: unable to access '(?<url>[^']{1,200})': (?<why>.{1,200})/,
    category: "git",
    side: "infra",
    confidence: "high",
    cause: ["git cannot reach {url}: {why}"],
    root: ["git could not reach {url}: {why}."],
    fixes: [
      "Try from the cluster: `curl -sSI {url}`",
      "Check proxy settings, network policies, and the server's health",
    ],
  },
];
