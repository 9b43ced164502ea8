"""The nine release tools that have no command line of their own: asks the `oar` library of openshift/release-tests and prints
one JSON object, the very one its own MCP server answers with. Started by the hub: oar_bridge.py SUBCOMMAND --release R ...
Needs nothing but Python and that library. Exit code: 0, 1 when it failed (the JSON says why), 2 for wrong arguments."""

import argparse
import importlib
import json
import os
import sys

# Where each workflow task stands in the sheet, by the library's own names for the cells.
CELLS = {
    "take-ownership": "LABEL_TASK_OWNERSHIP",
    "image-consistency-check": "LABEL_TASK_IMAGE_CONSISTENCY_TEST",
    "analyze-candidate-build": "LABEL_TASK_NIGHTLY_BUILD_TEST",
    "analyze-promoted-build": "LABEL_TASK_SIGNED_BUILD_TEST",
    "check-cve-tracker-bug": "LABEL_TASK_CHECK_CVE_TRACKERS",
    "push-to-cdn-staging": "LABEL_TASK_PUSH_TO_CDN",
    "stage-testing": "LABEL_TASK_STAGE_TEST",
    "image-signed-check": "LABEL_TASK_PAYLOAD_IMAGE_VERIFY",
    "change-advisory-status": "LABEL_TASK_CHANGE_AD_STATUS",
}
STATES = ("Pass", "Fail", "In Progress")
PREVIEW = 200

# What a zygote imports before anyone asks, as far as this version of the library has it.
ZYGOTE_IMPORTS = ["oar.core." + name for name in ("configstore", "statebox", "worksheet", "operators", "release_discovery")]


def preload(release):
    """For a process prepared per release, of this bridge or of the library's own programs: the configuration is fetched once,
    and whoever asks for it afterwards gets what was fetched. Every call forks from that, so none can spoil it for the next."""
    store = core("configstore").ConfigStore
    fetched, fetch = vars(store(release)), store.__init__

    def initialise(self, asked, *rest, **more):
        if asked == release and not rest and not more:
            vars(self).update(fetched)
        else:
            fetch(self, asked, *rest, **more)

    store.__init__ = initialise


def forked():
    """`main` in a zygote, where the interpreter stands before the script."""
    del sys.argv[0]
    main()


def main():
    try:
        given = parser().parse_args()
    except Usage as problem:
        finish(1, json.dumps({"success": False, "error": str(problem)}), 2)
    out = keep_stdout()
    finish(out, *ask(given))


def ask(given):
    """What the command says, or how it failed. A library may leave by SystemExit; that is no answer either."""
    try:
        answer = COMMANDS[given.subcommand][0](given)
        return plain(answer), 1 if answer.get("success") is False else 0
    except (Exception, SystemExit) as problem:
        return plain(failure(given, describe(given, problem))), 1


def describe(given, problem):
    text = str(problem) or type(problem).__name__
    if isinstance(problem, SystemExit):
        text = "the library ended the program with exit code %s" % text
    expected = type(problem).__name__ == "StateBoxException" or given.subcommand not in MARK_UNEXPECTED
    return text if expected else "Unexpected error: " + text


def failure(given, error):
    said = vars(given)
    release, task = said.get("release"), said.get("task")
    unsuccessful = {"success": False, "error": error, "release": release}
    return {
        "metadata": {"error": error, "release": release},
        "shipped": {"error": error, "shipped": False, "details": {}},
        "status": {"source": "error", "error": error, "release": release, "overall_status": "Unknown", "tasks": {}},
        "update-task": {**unsuccessful, "task": task, "status": said.get("status")},
        "issues": {**unsuccessful, "count": 0, "issues": []},
        "blocker": {**unsuccessful, "task_name": task, "blocked": False, "blocker": None},
        "discover": {"error": error, "releases": []},
    }.get(given.subcommand, unsuccessful)


# --- what goes out -------------------------------------------------------------------------------------------------------


def keep_stdout():
    """Returns the way to the caller; whatever the library and its children print goes to stderr from here on."""
    sys.stdout.flush()
    ours = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return ours


def plain(answer):
    """The answer as JSON text. YAML turns unquoted timestamps into dates."""
    return json.dumps(answer, default=lambda value: value.isoformat(), allow_nan=False)


def finish(out, text, code):
    data = (text + "\n").encode()
    while data:
        data = data[os.write(out, data) :]
    sys.exit(code)


# --- the library ---------------------------------------------------------------------------------------------------------


def core(name):
    """A module of the library, imported when it is needed: a read of the configuration needs no sheet."""
    return importlib.import_module("oar.core." + name)


def config(release):
    return core("configstore").ConfigStore(release)


def statebox(release):
    return core("statebox").StateBox(config(release))


def statebox_error():
    return core("exceptions").StateBoxException


def cell(task):
    return getattr(core("const"), CELLS[task])


# --- the commands --------------------------------------------------------------------------------------------------------


def metadata(given):
    store = config(given.release)
    return {
        "release": given.release,
        "advisories": store.get_advisories() or {},
        "jira_ticket": store.get_jira_ticket() or "",
        "candidate_builds": store.get_candidate_builds() or {},
        "shipment_mr": store.get_shipment_mr() or "",
        "release_date": release_date(store),
    }


def release_date(store):
    try:
        return store.get_release_date()
    except Exception as problem:  # many releases have none, and the library then raises
        note("no release date: %s" % problem)
        return ""


def shipped(given):
    return core("operators").ReleaseShipmentOperator(config(given.release)).is_release_shipped()


def status(given):
    store = config(given.release)
    try:
        box = core("statebox").StateBox(store)
        if box.exists():
            return box.load()
    except statebox_error() as problem:
        note("no StateBox, so the sheet is asked: %s" % problem)
    report = core("worksheet").WorksheetManager(store).get_test_report()
    return {
        "source": "worksheet",
        "release": given.release,
        "overall_status": report.get_overall_status() or "Green",
        "tasks": {task: report.get_task_status(cell(task)) or "Not Started" for task in CELLS},
    }


def update_task(given):
    problem = refused("status", given.status, STATES) or refused("task name", given.task, CELLS)
    if problem:
        return {"success": False, "error": problem}
    store = config(given.release)
    result = given.result if given.result and given.result.strip() else None
    systems = []
    if update_statebox(store, given, result):
        systems.append("statebox")
    try:
        if update_sheet(store, given):
            systems.append("worksheet")
    except Exception as problem:
        if systems:
            raise Exception("%s (the StateBox was updated before that)" % problem) from problem
        raise
    if not systems:
        raise Exception("nothing was updated: %s has neither a StateBox nor a worksheet that could be reached" % given.release)
    return {
        "success": True,
        "release": given.release,
        "task": given.task,
        "status": given.status,
        "updated_systems": systems,
        "message": "Successfully updated task '%s' to '%s' in %s" % (given.task, given.status, ", ".join(systems)),
        **({} if result is None else {"result_length": len(result), "result_preview": preview(result)}),
    }


def refused(what, value, allowed):
    return None if value in allowed else "Invalid %s: %s. Must be one of: %s" % (what, value, ", ".join(allowed))


def update_statebox(store, given, result):
    try:
        box = core("statebox").StateBox(store)
        if not box.exists():
            return False
        box.update_task(given.task, status=given.status, **({} if result is None else {"result": result}))
        return True
    except statebox_error() as problem:
        note("the StateBox was not updated: %s" % problem)
        return False


def update_sheet(store, given):
    try:
        report = core("worksheet").WorksheetManager(store).get_test_report()
        report.update_task_status(cell(given.task), given.status)
        return True
    except core("exceptions").WorksheetException as problem:
        # Releases that live in the StateBox alone have no sheet; by name, since gspread need not be installed to say so.
        if type(problem.__cause__).__name__ not in ("WorksheetNotFound", "ConfigStoreException"):
            raise
        note("no worksheet: %s" % problem)
        return False


def preview(text):
    return text if len(text) <= PREVIEW else text[:PREVIEW] + "..."


def add_issue(given):
    tasks = [task.strip() for task in (given.related_tasks or "").split(",") if task.strip()]
    box = statebox(given.release)
    issue = box.add_issue(issue=given.issue, blocker=given.blocker, related_tasks=tasks or None, auto_save=True)
    kind = "blocking" if given.blocker else "non-blocking"
    return {"success": True, "message": "Added %s issue" % kind, "issue": issue, "release": given.release}


def resolve_issue(given):
    box = statebox(given.release)
    issue = box.resolve_issue(issue=given.issue, resolution=given.resolution, auto_save=True)
    return {"success": True, "message": "Issue resolved successfully", "issue": issue, "release": given.release}


def issues(given):
    filters = {"unresolved_only": given.unresolved_only, "blockers_only": given.blockers_only, "task_name": given.task or None}
    found = statebox(given.release).get_issues(**filters)
    return {"success": True, "count": len(found), "issues": found, "filters": filters, "release": given.release}


def blocker(given):
    found = statebox(given.release).get_task_blocker(given.task)
    return {
        "success": True,
        "blocked": found is not None,
        "blocker": found,
        "task_name": given.task,
        "release": given.release,
    }


def discover(_given):
    return {"releases": core("release_discovery").ReleaseDiscovery().get_active_releases()}


def note(text):
    print("oar_bridge: " + text, file=sys.stderr)


# --- their arguments -----------------------------------------------------------------------------------------------------

TEXT = {"required": True}
OPTIONAL = {"default": None}
FLAG = {"action": "store_true"}
ON_OR_OFF = {"action": argparse.BooleanOptionalAction, "default": True}
RELEASE = {"--release": TEXT}

COMMANDS = {
    "metadata": (metadata, RELEASE),
    "shipped": (shipped, RELEASE),
    "status": (status, RELEASE),
    "update-task": (update_task, {**RELEASE, "--task": TEXT, "--status": TEXT, "--result": OPTIONAL}),
    "add-issue": (add_issue, {**RELEASE, "--issue": TEXT, "--blocker": ON_OR_OFF, "--related-tasks": OPTIONAL}),
    "resolve-issue": (resolve_issue, {**RELEASE, "--issue": TEXT, "--resolution": TEXT}),
    "issues": (issues, {**RELEASE, "--unresolved-only": FLAG, "--blockers-only": FLAG, "--task": OPTIONAL}),
    "blocker": (blocker, {**RELEASE, "--task": TEXT}),
    "discover": (discover, {}),
}
MARK_UNEXPECTED = ("add-issue", "resolve-issue", "issues", "blocker")


class Usage(Exception):
    """Wrong arguments."""


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise Usage("%s: %s" % (self.prog, message))


def parser():
    made = Parser(prog="oar_bridge", allow_abbrev=False)
    subcommands = made.add_subparsers(dest="subcommand", required=True, metavar="SUBCOMMAND")
    for name, (_, options) in COMMANDS.items():
        one = subcommands.add_parser(name, allow_abbrev=False)
        for option, spec in options.items():
            one.add_argument(option, **spec)
    return made


if __name__ == "__main__":
    main()
