// The stand-in's API: which paths there are, and what each does to the memory.
import {
  bodyOf,
  known,
  matches,
  milestoneOf,
  ok,
  only,
  query,
  refuseNul,
  Refusal,
  users,
  type Call,
} from "./reading.ts";
import type { CommentState, IssueState, Reply, RepoState } from "./state.ts";
import type { World } from "./world.ts";

export function reply(world: World, call: Call): Reply {
  const { redirectTo } = world.options;
  const { pathname, search } = call.url;
  if (redirectTo !== undefined) return { status: 301, headers: { location: `${redirectTo}${pathname}${search}` } };
  try {
    if (!pathname.startsWith("/api/v1/")) return { status: 404, body: "<html><title>Page Not Found</title></html>" };
    return route(world, call, pathname.slice("/api/v1".length));
  } catch (error) {
    if (error instanceof Refusal) return error.reply;
    throw error;
  }
}

function route(world: World, call: Call, path: string): Reply {
  const { maxItems, login } = world.options;
  if (path === "/version") return only(call, { GET: () => ok({ version: "1.24.6" }) });
  if (path === "/settings/api") return only(call, { GET: () => ok({ max_response_items: maxItems }) });
  world.authenticate(call);
  if (path === "/user") return only(call, { GET: () => (world.need("read:user"), ok({ id: 7, login })) });
  if (path === "/repos/issues/search") return only(call, { GET: () => search(world, call) });
  const organization = /^\/orgs\/([^/]+)\/labels$/.exec(path)?.[1];
  if (organization !== undefined) return only(call, { GET: () => organizationLabels(world, call, organization) });
  const [, owner, name, rest = ""] = /^\/repos\/([^/]+)\/([^/]+)(\/.*)?$/.exec(path) ?? [];
  if (owner === undefined || name === undefined) throw new Refusal(404, "not found");
  return inRepo(world, call, world.repo(`${decodeURIComponent(owner)}/${decodeURIComponent(name)}`), rest);
}

function inRepo(world: World, call: Call, repo: RepoState, rest: string): Reply {
  world.need(call.method === "GET" ? "read:issue" : "write:issue");
  if (call.method !== "GET" && repo.isArchived) throw new Refusal(423, `${repo.fullName} is archived`);
  if (!repo.hasIssues) throw new Refusal(410, "Issues are disabled for this repository");
  if (rest === "/labels") {
    return only(call, { GET: () => world.page(call, repo.labels), POST: () => createLabel(world, call, repo) });
  }
  if (rest === "/issues") {
    return only(call, { GET: () => list(world, call, repo), POST: () => create(world, call, repo) });
  }
  const comment = /^\/issues\/comments\/(\d+)$/.exec(rest)?.[1];
  if (comment !== undefined) return only(call, { PATCH: () => editComment(world, call, repo, Number(comment)) });
  const [, number, part = ""] = /^\/issues\/(\d+)(\/.*)?$/.exec(rest) ?? [];
  const issue = repo.issues.find((one) => one.number === Number(number));
  if (issue === undefined) throw new Refusal(404, "issue does not exist");
  if (part === "")
    return only(call, { GET: () => ok(shown(issue, repo)), PATCH: () => edit(world, call, repo, issue) });
  if (part === "/comments") {
    return only(call, { GET: () => comments(call, issue), POST: () => createComment(world, call, issue) });
  }
  if (part === "/labels") return only(call, { POST: () => addLabels(world, call, repo, issue) });
  const label = /^\/labels\/(\d+)$/.exec(part)?.[1];
  if (label !== undefined) return only(call, { DELETE: () => removeLabel(world, repo, issue, Number(label)) });
  throw new Refusal(404, "not found");
}

function list(world: World, call: Call, repo: RepoState): Reply {
  const asked = query(call, ["state", "type", "labels", "since", "created_by", "page", "limit"]);
  const labels = known(asked("labels"), world.labelsOf(repo));
  const since = asked("since") === undefined ? 0 : Date.parse(asked("since")!);
  if (Number.isNaN(since)) throw new Refusal(422, `parsing time "${asked("since")}" as "2006-01-02T15:04:05Z07:00"`);
  const by = asked("created_by");
  if (by !== undefined && by !== world.options.login) throw new Refusal(404, "user does not exist");
  const issues = repo.issues.filter((issue) => {
    const isMine = by === undefined || issue.user.login === by;
    return isMine && matches(issue, asked, labels) && Date.parse(issue.updated_at) >= since - (since % 1000);
  });
  return world.page(
    call,
    issues.toReversed().map((issue) => shown(issue, repo)),
  );
}

function search(world: World, call: Call): Reply {
  world.need("read:issue");
  const asked = query(call, ["q", "state", "type", "labels", "owner", "page", "limit"]);
  const owner = asked("owner");
  const all = [...world.repos.values()].filter(({ isReadable }) => isReadable);
  const repos = all.filter(({ fullName }) => owner === undefined || fullName.startsWith(`${owner}/`));
  if (owner !== undefined && repos.length === 0) throw new Refusal(400, "Owner not found");
  const labels = known(
    asked("labels"),
    all.flatMap((repo) => world.labelsOf(repo)),
  );
  const words = (asked("q") ?? "").toLowerCase();
  const found = repos.flatMap((repo) =>
    repo.issues
      .filter((issue) => world.indexed.has(issue) && matches(issue, asked, labels))
      .filter((issue) => `${issue.title}\n${issue.body}`.toLowerCase().includes(words))
      .map((issue) => shown(issue, repo)),
  );
  return world.page(call, found);
}

function create(world: World, call: Call, repo: RepoState): Reply {
  const { title, body, labels, assignees, milestone } = bodyOf(call, "CreateIssueOption");
  if (typeof title !== "string" || title === "") throw new Refusal(422, "[Title]: Required");
  refuseNul(title, body);
  const kept = repo.canWrite
    ? { labels: world.byIds(repo, labels), assignees: users(assignees), ...milestoneOf(milestone) }
    : {};
  const issue = world.add(
    repo,
    { title: title.slice(0, 255), body: typeof body === "string" ? body : "", ...kept },
    false,
  );
  return { status: 201, body: shown(issue, repo) };
}

function edit(world: World, call: Call, repo: RepoState, issue: IssueState): Reply {
  const { title, body, state, assignees, milestone } = bodyOf(call, "EditIssueOption");
  if (issue.user.login !== world.options.login && !repo.canWrite) throw new Refusal(403);
  refuseNul(title, body);
  if (typeof title === "string" && title !== "") issue.title = title.slice(0, 255);
  if (typeof body === "string") issue.body = body;
  if (repo.canWrite && assignees !== undefined) issue.assignees = users(assignees);
  if (repo.canWrite && milestone !== undefined) Object.assign(issue, milestoneOf(milestone));
  if (typeof state === "string") issue.state = state === "closed" ? "closed" : "open";
  issue.closed_at = issue.state === "closed" ? world.stamp() : null;
  issue.updated_at = world.stamp();
  return { status: 201, body: shown(issue, repo) };
}

function comments(call: Call, issue: IssueState): Reply {
  const since = query(call, ["since", "before"])("since");
  const from = since === undefined ? 0 : Date.parse(since);
  return ok(issue.thread.filter(({ updated_at }) => Date.parse(updated_at) >= from - (from % 1000)));
}

function createComment(world: World, call: Call, issue: IssueState): Reply {
  const { body } = bodyOf(call, "CommentOption");
  if (typeof body !== "string" || body === "") throw new Refusal(422, "[Body]: Required");
  refuseNul(body);
  const id = world.nextId++;
  const html_url = `${issue.html_url}#issuecomment-${id}`;
  const stamp = world.stamp();
  const user = { login: world.options.login };
  const comment: CommentState = { id, body, user, html_url, created_at: stamp, updated_at: stamp };
  issue.thread.push(comment);
  issue.updated_at = stamp;
  return { status: 201, body: comment };
}

function editComment(world: World, call: Call, repo: RepoState, id: number): Reply {
  const { body } = bodyOf(call, "CommentOption");
  const comment = repo.issues.flatMap(({ thread }) => thread).find((one) => one.id === id);
  if (comment === undefined) throw new Refusal(404, "comment does not exist");
  if (comment.user.login !== world.options.login && !repo.canWrite) throw new Refusal(403);
  comment.body = String(body);
  comment.updated_at = world.stamp();
  return ok(comment);
}

function createLabel(world: World, call: Call, repo: RepoState): Reply {
  const { name, color } = bodyOf(call, "CreateLabelOption");
  if (typeof name !== "string" || name === "") throw new Refusal(422, "[Name]: Required");
  if (!/^#?[0-9a-f]{6}$/i.test(String(color))) throw new Refusal(422, "invalid color");
  if (!repo.canWrite) throw new Refusal(403, "user should have a permission to write to a repo");
  const label = world.label(name);
  repo.labels.push(label);
  return { status: 201, body: label };
}

function addLabels(world: World, call: Call, repo: RepoState, issue: IssueState): Reply {
  const { labels } = bodyOf(call, "IssueLabelsOption");
  if (!repo.canWrite) throw new Refusal(403, "write permission is required");
  const given = Array.isArray(labels) ? labels : [];
  const names = given.filter((one) => typeof one === "string");
  if (names.length > 0 && names.length < given.length) {
    throw new Refusal(400, "labels should be an array of strings or integers");
  }
  const added =
    names.length > 0 ? world.labelsOf(repo).filter(({ name }) => names.includes(name)) : world.byIds(repo, given);
  issue.labels = [...new Set([...issue.labels, ...added])];
  return ok(issue.labels);
}

function removeLabel(world: World, repo: RepoState, issue: IssueState, id: number): Reply {
  if (!repo.canWrite) throw new Refusal(403);
  if (!world.labelsOf(repo).some((label) => label.id === id))
    throw new Refusal(422, `label does not exist [label_id: ${id}]`);
  issue.labels = issue.labels.filter((label) => label.id !== id);
  return { status: 204 };
}

function organizationLabels(world: World, call: Call, name: string): Reply {
  world.need("read:organization");
  const labels = world.organizations.get(name);
  if (labels === undefined) throw new Refusal(404, "The target couldn't be found.");
  return world.page(call, labels);
}

/** An issue as the API shows it. */
const shown = ({ thread, ...issue }: IssueState, { fullName }: RepoState) => ({
  id: issue.number * 10,
  ...issue,
  comments: thread.length,
  repository: { full_name: fullName },
});
