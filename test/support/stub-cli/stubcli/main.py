"""The stub: leaves a line in the file `calls` beside its folder, then runs the body that the test wrote for its name."""

import json
import os
import signal
import subprocess
import sys
import time


def main():
    name = os.path.basename(sys.argv[0])
    folder = os.environ["STUB_FOLDER"]
    said = {"name": name, "argv": sys.argv[1:], "env": dict(os.environ), "cwd": os.getcwd(), "pid": os.getpid()}
    line = json.dumps(said).encode() + b"\n"
    calls = os.open(os.path.join(folder, "calls"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(calls, line)
    os.close(calls)
    with open(os.path.join(folder, name + ".body"), encoding="utf-8") as file:
        body = compile(file.read(), name, "exec")
    known = {"json": json, "os": os, "signal": signal, "subprocess": subprocess, "sys": sys, "time": time}
    exec(body, {**known, "argv": sys.argv[1:], "folder": folder, "stubborn": stubborn})


def stubborn(path):
    """A tree of three that ignores SIGTERM and tells its process ids; it prints `started` when all are there."""
    ignore = "import os,signal,subprocess,sys,time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    note = "open(%r, 'a').write('%%d\\n' %% os.getpid())\n" % path
    grandchild = ignore + note + "time.sleep(60)\n"
    child = ignore + note + "subprocess.Popen([sys.executable, '-c', %r])\ntime.sleep(60)\n" % grandchild
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with open(path, "a", encoding="utf-8") as file:
        file.write("%d\n" % os.getpid())
    subprocess.Popen([sys.executable, "-c", child])
    while len(open(path, encoding="utf-8").read().split()) < 3:
        time.sleep(0.01)
    print("started", flush=True)
    time.sleep(60)
