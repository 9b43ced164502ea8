"""Whether a release has shipped: every advisory far enough and, with a shipment, the merge request merged."""

from oar.core import world
from oar.core.configstore import ConfigStore

SHIPPED = ("REL_PREP", "PUSH_READY", "IN_PUSH", "SHIPPED_LIVE")


class ReleaseShipmentOperator:
    def __init__(self, cs):
        if not isinstance(cs, ConfigStore):
            raise TypeError("a ConfigStore is required")
        self._cs = cs
        self._world = world.visit("operators")

    def is_release_shipped(self):
        details = {}
        is_konflux = self._cs.is_konflux_flow()
        if is_konflux:
            details["shipment_mr_merged"] = "yes" if self._world["merged"] else "no"
        for impetus, number in self._cs.get_advisories().items():
            details["%s_advisory" % impetus] = self._world["advisories"][str(number)]
        states = [value for name, value in details.items() if name.endswith("_advisory")]
        shipped = all(state in SHIPPED for state in states) and details.get("shipment_mr_merged", "yes") == "yes"
        return {"shipped": shipped, "flow_type": "konflux" if is_konflux else "errata", "details": details}
