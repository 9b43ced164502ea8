"""The preload hook: leaves a line per run in the file that PRELOAD_LOG names."""

import os
import time

from hubcli import state


def load(key):
    with open(os.environ["PRELOAD_LOG"], "a", encoding="utf-8") as log:
        log.write(key + "\n")
    if key == "broken":
        raise ValueError("no such release")
    time.sleep(0.2)
    state.PRELOADED = key
