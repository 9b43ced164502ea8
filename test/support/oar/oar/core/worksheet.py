"""The sheet of one release."""

from gspread.exceptions import WorksheetNotFound
from oar.core import world
from oar.core.configstore import ConfigStore
from oar.core.const import TASK_CELLS, TASK_STATES
from oar.core.exceptions import WorksheetException


class WorksheetManager:
    def __init__(self, cs):
        if not isinstance(cs, ConfigStore):
            raise WorksheetException("argument config store is required")
        self._release = cs.release

    def get_test_report(self):
        try:
            sheets = world.visit("worksheet")["sheets"]
            if self._release not in sheets:
                raise WorksheetNotFound(self._release)
        except Exception as problem:
            raise WorksheetException("cannot find worksheet %s in report doc" % self._release) from problem
        return TestReport(self._release)


class TestReport:
    def __init__(self, release):
        self._release = release

    def _cells(self, label):
        if label not in TASK_CELLS.values():
            raise WorksheetException("no such cell: %s" % label)
        return world.read()["sheets"][self._release]

    def get_overall_status(self):
        return world.read()["sheets"][self._release].get("B1")

    def get_task_status(self, label):
        return self._cells(label).get(label)

    def update_task_status(self, label, status):
        if status not in TASK_STATES:
            raise WorksheetException("no such status: %s" % status)
        self._cells(label)
        whole = world.read()
        whole["sheets"][self._release][label] = status
        world.write(whole)
        print("task [%s] status is changed to [%s]" % (label, status))
