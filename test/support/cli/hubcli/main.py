"""Commands of the stand-in: hubcli COMMAND [ARGUMENTS]."""

import argparse  # noqa: F401  (an import that costs something, as real programs have)
import asyncio  # noqa: F401
import json
import logging  # noqa: F401
import os
import random
import signal
import subprocess
import sys
import time
import unittest  # noqa: F401
import xml.dom.minidom  # noqa: F401

from hubcli import state


def main():
    return COMMANDS[sys.argv[1]](*sys.argv[2:])


def leave(code):
    sys.exit(int(code))


def complain(text):
    sys.exit(text)


def crash():
    raise RuntimeError("boom in the program")


def die(name):
    os.kill(os.getpid(), getattr(signal, name))


def order():
    for number in range(5):
        print("out", number, flush=True)
        time.sleep(0.03)
        print("err", number, file=sys.stderr, flush=True)
        time.sleep(0.03)


def alternate(times):
    for number in range(int(times)):
        os.write(1 + number % 2, b"%s %d\n" % (b"err" if number % 2 else b"out", number))


def both():
    print("to stdout")
    print("to stderr", file=sys.stderr)


def raw(hexed):
    sys.stdout.buffer.write(bytes.fromhex(hexed))


def noise(size):
    sys.stdout.buffer.write(os.urandom(int(size)))


def bytes_apart(*hexed):
    for piece in hexed:
        os.write(1, bytes.fromhex(piece))
        time.sleep(0.03)


def echo(*_):
    print(json.dumps(sys.argv))


def chunks(milliseconds, *pieces):
    for piece in pieces:
        os.write(1, piece.encode())
        time.sleep(int(milliseconds) / 1000)


def flood(megabytes):
    line = b"x" * 99 + b"\n"
    block = line * 10486
    for _ in range(int(megabytes)):
        sys.stdout.buffer.write(block)
    sys.stdout.buffer.write(b"the last line\n")


def stubborn(path):
    """A tree of three that ignores SIGTERM and tells its process ids."""
    child = "import signal,time,os,sys,subprocess;signal.signal(15,signal.SIG_IGN);"
    child += "open(sys.argv[1],'a').write('%d\\n'%os.getpid());"
    more = "subprocess.Popen([sys.executable,'-c',sys.argv[2],sys.argv[1]]);"
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    note(path)
    subprocess.Popen([sys.executable, "-c", child + more + "time.sleep(60)", path, child + "time.sleep(60)"])
    print("started", flush=True)
    time.sleep(60)


def gentle():
    """Ends at SIGTERM, with a last word."""
    signal.signal(signal.SIGTERM, lambda *_: (os.write(1, b"cleaned up\n"), os._exit(7)))
    print("started", flush=True)
    time.sleep(60)


def holder(path):
    """Leaves a child in its own session that holds the pipes."""
    child = subprocess.Popen(["sleep", "30"], start_new_session=True)
    note(path, child.pid)
    print("gone ahead")


def litter(path):
    """Leaves a child in its own group, with its output elsewhere."""
    child = subprocess.Popen(["sleep", "30"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    note(path, child.pid)


def note(path, pid=None):
    with open(path, "a", encoding="utf-8") as file:
        file.write("%d\n" % (pid or os.getpid()))


def is_open(fd):
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def facts():
    """What the program sees of its world."""
    print(
        json.dumps(
            {
                "argv": sys.argv,
                "env": dict(os.environ),
                "cwd": os.getcwd(),
                "stdin": sys.stdin.read(),
                "pid": os.getpid(),
                "leads": os.getsid(0) == os.getpid(),
                "fds": sorted(fd for fd in map(int, os.listdir("/proc/self/fd")) if is_open(fd)),
                "term": str(signal.getsignal(signal.SIGTERM)),
                "int": getattr(signal.getsignal(signal.SIGINT), "__name__", "other"),
                "chld": str(signal.getsignal(signal.SIGCHLD)),
                "helper": any("helpers" in entry for entry in sys.path),
                "random": random.random(),
                "preloaded": state.PRELOADED,
                "counter": state.COUNTER,
            }
        )
    )


def change():
    """Changes what is shared in one process: a module, the environment, the working directory, the modules themselves."""
    state.COUNTER += 1
    json.dumps = lambda *_, **__: "patched"
    os.environ["CHANGED"] = "yes"
    os.chdir("/")
    print(state.COUNTER)


def repeat(word, times):
    for _ in range(int(times)):
        print(word, flush=True)
        time.sleep(0.001)


def late():
    """Work that ends after main: an exit handler and a thread that is waited for."""
    import atexit
    import threading

    atexit.register(print, "at exit")
    threading.Timer(0.1, print, ["from a thread"]).start()


def nap(seconds):
    print("napping", flush=True)
    time.sleep(float(seconds))
    print("awake")


def true():
    return 0


COMMANDS = {name: value for name, value in list(globals().items()) if callable(value)}
COMMANDS["bytes"] = bytes_apart
