"""The state of one release: its tasks and its issues, with the rules that the library keeps."""

import datetime
import os

from oar.core import world
from oar.core.configstore import ConfigStore
from oar.core.const import TASK_CELLS, TASK_STATES
from oar.core.exceptions import StateBoxException


class StateBox:
    def __init__(self, configstore):
        if not isinstance(configstore, ConfigStore):
            raise TypeError("a ConfigStore is required")
        if not os.environ.get("GITHUB_TOKEN"):
            raise StateBoxException("GitHub token not found. Set GITHUB_TOKEN environment variable.")
        self.release = configstore.release
        world.visit("statebox")

    def exists(self):
        return self.release in world.read()["states"]

    def load(self):
        state = self._stored()
        if "created_at" in state:  # as YAML reads a timestamp without quotes
            state["created_at"] = datetime.datetime.fromisoformat(state["created_at"])
        return state

    def _stored(self):
        default = {"schema_version": "1.0", "release": self.release, "metadata": {}, "tasks": [], "issues": []}
        return world.read()["states"].get(self.release, default)

    def _save(self, state):
        whole = world.visit("save")
        whole["states"][self.release] = {**state, "updated_at": world.NOW}
        world.write(whole)

    def update_task(self, task_name, status=None, result=None, auto_save=True):
        if task_name not in TASK_CELLS:
            raise StateBoxException("Unsupported task name: '%s'" % task_name)
        if status not in TASK_STATES:
            raise StateBoxException("Invalid task status: %s" % status)
        state = self._stored()
        task = next((one for one in state["tasks"] if one["name"] == task_name), None)
        if task is None:
            task = {"name": task_name, "status": status, "started_at": None, "completed_at": None, "result": None}
            state["tasks"].append(task)
        task["status"] = status
        if result is not None:
            task["result"] = result
        self._save(state)
        return state

    def add_issue(self, issue, blocker=True, related_tasks=None, auto_save=True):
        if not isinstance(blocker, bool) or not isinstance(related_tasks, (list, type(None))):
            raise TypeError("blocker is a truth value, related_tasks a list or None")
        if not issue.strip():
            raise StateBoxException("Issue description cannot be whitespace only")
        if len(issue) > 1000:
            raise StateBoxException("Issue description too long (max 1000 characters)")
        state = self._stored()
        for task in related_tasks or [] if blocker else []:
            for one in state["issues"]:
                if one["blocker"] and not one["resolved"] and task in one["related_tasks"]:
                    raise StateBoxException("Task '%s' already has unresolved blocker: %s" % (task, one["issue"]))
        for one in state["issues"]:
            if same(one["issue"]) == same(issue) and not one["resolved"]:
                return one
        entry = {
            "issue": issue,
            "reported_at": world.NOW,
            "resolved": False,
            "resolution": None,
            "blocker": blocker,
            "related_tasks": related_tasks or [],
        }
        state["issues"].append(entry)
        self._save(state)
        return entry

    def resolve_issue(self, issue, resolution, auto_save=True):
        state = self._stored()
        unresolved = [one for one in state["issues"] if not one["resolved"]]
        found = [one for one in unresolved if same(one["issue"]) == same(issue)]
        found = found or [one for one in unresolved if same(issue) in same(one["issue"])]
        if not found:
            listed = [one["issue"] for one in unresolved]
            raise StateBoxException("Issue not found: '%s'\nUnresolved issues: %s" % (issue, listed))
        if len(found) > 1:
            listed = "".join("  - %s\n" % one["issue"] for one in found)
            raise StateBoxException("Multiple issues match '%s':\n%sPlease be more specific." % (issue, listed))
        found[0].update(resolved=True, resolution=resolution, resolved_at=world.NOW)
        self._save(state)
        return found[0]

    def get_issues(self, unresolved_only=False, blockers_only=False, task_name=None):
        return [
            one
            for one in self._stored()["issues"]
            if not (unresolved_only and one["resolved"])
            and not (blockers_only and not one["blocker"])
            and (task_name is None or task_name in one["related_tasks"])
        ]

    def get_task_blocker(self, task_name):
        if task_name not in TASK_CELLS:
            raise StateBoxException("Unsupported task name: '%s'" % task_name)
        blockers = self.get_issues(unresolved_only=True, blockers_only=True, task_name=task_name)
        return blockers[0] if blockers else None


def same(text):
    return text.strip().lower()
