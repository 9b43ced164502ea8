"""What the stand-in knows, in the JSON file that OAR_STAND_IN names: {builds, states, sheets, advisories, active, broken}.
`broken` maps a place to what happens there: a text is raised as RuntimeError, {"exit": N} leaves the program.
Every access is noted in `calls`, and every one makes noise on standard output: by print, past it, and by a child."""

import fcntl
import json
import os
import subprocess
import sys

NOW = "2026-11-25T12:00:00Z"


def read():
    with open(os.environ["OAR_STAND_IN"], encoding="utf-8") as file:
        return json.load(file)


def write(world):
    path = os.environ["OAR_STAND_IN"]
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(world, file)
    os.replace(path + ".new", path)


def visit(place):
    """The world, after this access was noted; raises what is broken there."""
    print("noise from %s" % place)
    os.write(1, b'{"noise": "past the Python layer"}\n')
    if place == "configstore":
        subprocess.run(["echo", "noise from a child"], check=True)
    print("a line on stderr", file=sys.stderr)
    with open(os.environ["OAR_STAND_IN"] + ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several may come at once, and each access counts
        world = read()
        world.setdefault("calls", []).append(place)
        write(world)
    problem = world.get("broken", {}).get(place)
    if isinstance(problem, dict):
        sys.exit(problem["exit"])
    if problem is not None:
        raise RuntimeError(problem)
    return world
