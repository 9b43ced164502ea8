"""The configuration of one release."""

import os
import re

from oar.core import world
from oar.core.exceptions import ConfigStoreException


class ConfigStore:
    def __init__(self, release):
        if not re.fullmatch(r"\d+\.\d+\.\d+(-(ec|rc)\.\d+)?", release):
            raise ConfigStoreException("invalid release format %s" % release)
        if not os.environ.get("OAR_JWK"):
            raise ConfigStoreException("system environment variable OAR_JWK not found")
        self.release = release
        self._owner = None
        builds = world.visit("configstore")["builds"]
        if release not in builds:
            raise ConfigStoreException("[%s] ocp build data is not ready" % release)
        self._build = builds[release]
        unknown = set(self._build) - {"advisories", "jira", "nightlies", "shipment", "date"}
        if unknown:
            raise ConfigStoreException("unknown build data: %s" % ", ".join(sorted(unknown)))

    def get_owner(self):
        return self._owner

    def set_owner(self, email):
        self._owner = email

    def get_advisories(self):
        return self._build.get("advisories")

    def get_jira_ticket(self):
        return self._build.get("jira")

    def get_candidate_builds(self):
        return self._build.get("nightlies")

    def get_shipment_mr(self):
        return self._build.get("shipment", "")

    def get_release_date(self):
        if "date" not in self._build:
            raise ConfigStoreException("release_date not found in assembly config for %s" % self.release)
        return self._build["date"]

    def is_konflux_flow(self):
        return bool(self.get_shipment_mr())
