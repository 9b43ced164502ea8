"""The releases that are being worked on."""

import os

from oar.core import world
from oar.core.exceptions import ReleaseDiscoveryException


class ReleaseDiscovery:
    def __init__(self):
        if not os.environ.get("GITHUB_TOKEN"):
            raise ReleaseDiscoveryException("GitHub token not found. Set GITHUB_TOKEN environment variable.")

    def get_active_releases(self):
        return world.visit("discovery")["active"]
