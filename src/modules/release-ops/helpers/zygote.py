"""Imports a Python command line program once and forks it for every call: no interpreter start, no imports, and yet a
process per call. Started by the hub: zygote.py SOCKET MODULE:ATTR [HOOK_MODULE:ATTR]. Needs nothing but Python on Linux.

One connection is one call: a length and a JSON request in, frames {kind, length, payload} out. When the hub closes its end,
the call is stopped. The hub's end of stdin is the life of this process; for a process derived for a key it is its connection."""

import atexit
import gc
import importlib.util
import json
import os
import select
import signal
import socket
import struct
import sys
import threading
import time

DRAIN_SECONDS = 1.0  # a grandchild in its own session may hold the pipes for ever
TICK_SECONDS = 0.025
CHUNK = 65536


def main():
    path, entry_name, hook_name = (sys.argv[1:] + [""])[:3]
    close_all(fd for fd in map(int, os.listdir("/proc/self/fd")) if fd > 2)  # what the hub was started with
    lifeline, ready = os.dup(0), os.dup(1)
    redirect(os.devnull, 0)
    os.dup2(2, 1)  # what an import prints goes to the hub's log
    del sys.path[0]  # the helper's own folder; a program must not find it
    try:
        entry, hook = load(entry_name), load(hook_name) if hook_name else None
        tops = [top(entry_name)] + [top(name) for given in (entry_name, hook_name) for name in import_more(given)]
        refuse_threads("after import")
        listener = listen(path)
    except BaseException as error:  # SystemExit of an import is a refusal too
        os.write(ready, json.dumps({"refused": describe(error)}).encode() + b"\n")
        os._exit(3)
    os.write(ready, json.dumps({"ready": True, "files": files_of(tops)}).encode() + b"\n")
    os.close(ready)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGCHLD)}
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(listener, lifeline, Program(entry, hook, before))


class Program:
    def __init__(self, entry, hook, signals):
        self.entry, self.hook, self.signals = entry, hook, signals


def serve(listener, lifeline, program):
    """Forks for each connection until the lifeline is cut. Children are reaped by the kernel."""
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    poll.register(lifeline, select.POLLIN)
    while True:
        if any(fd == lifeline for fd, _ in poll.poll()):
            os._exit(0)
        try:
            connection, _ = listener.accept()
            child = os.fork()
        except OSError as error:
            print("zygote: " + describe(error), file=sys.stderr, flush=True)
            time.sleep(TICK_SECONDS)
            continue
        if child == 0:
            try:
                listener.close()
                os.close(lifeline)
                answer(connection, program)
            except BaseException as error:
                refuse(connection, error)
            finally:
                os._exit(0)
        connection.close()


def answer(connection, program):
    (length,) = struct.unpack(">I", receive(connection, 4))
    request = json.loads(receive(connection, length))
    if "derive" in request:
        derive(connection, request, program)
    else:
        os.chdir(request["cwd"])
        supervise(connection, request, program)


def derive(connection, request, program):
    """Becomes a zygote of its own that has run the hook for one key."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    frame(connection, b"P", str(os.getpid()).encode())
    become(request)
    program.hook(request["derive"])
    refuse_threads("after the preload hook")
    listener = listen(request["socket"])
    frame(connection, b"R", b"")
    serve(listener, connection.detach(), program)


def supervise(connection, request, program):
    """Runs the program in a child, carries its output to the hub, and ends its whole group when the hub hangs up."""
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken)
    (out, out_end), (err, err_end), (led, leads) = os.pipe(), os.pipe(), os.pipe()
    frame(connection, b"S", b"")  # from here on the hub must not ask again
    worker = os.fork()
    if worker == 0:
        signal.set_wakeup_fd(-1)
        ends = (out_end, out_end if request["merge"] else err_end)
        work(request, program, ends, leads, (wake, woken, out, err, out_end, err_end, led, connection.fileno()))
    close_all((out_end, err_end, leads))
    os.read(led, 1)  # until it leads its own group: a signal would miss it before
    os.close(led)
    frame(connection, b"P", str(worker).encode())
    status = Pump(connection, worker, wake, {out: b"O", err: b"E"}, request["grace"]).run(worker)
    end = {"signal": os.WTERMSIG(status)} if os.WIFSIGNALED(status) else {"code": os.WEXITSTATUS(status)}
    frame(connection, b"X", json.dumps(end).encode())


class Pump:
    def __init__(self, connection, group, wake, pipes, grace):
        self.connection, self.group, self.wake, self.pipes, self.grace = connection, group, wake, pipes, grace
        self.kill_at = self.drain_until = None
        self.stopping = self.killed = self.deaf = False
        self.poll = select.poll()
        for source in (connection, wake, *pipes):
            self.poll.register(source, select.POLLIN)

    def run(self, worker):
        status = None
        while True:
            now = time.monotonic()
            if status is None:
                pid, found = os.waitpid(worker, os.WNOHANG)
                if pid != 0:
                    status, self.drain_until = found, now + DRAIN_SECONDS
            if self.stopping and not self.killed and now >= self.kill_at:
                self.send(signal.SIGKILL)
                self.killed, self.drain_until = True, now + DRAIN_SECONDS
            if status is not None and self.is_over(now):
                self.send(signal.SIGKILL)  # who is still in the group is nobody's any more
                return status
            self.wait(None if status is None and not self.stopping else TICK_SECONDS * 1000)

    def is_over(self, now):
        if self.stopping and not self.killed and self.send(0):
            return False
        return not self.pipes or now >= self.drain_until

    def wait(self, milliseconds):
        for fd, _ in self.poll.poll(milliseconds):
            if fd == self.wake:
                os.read(fd, CHUNK)
            elif fd in self.pipes:
                self.carry(fd)
            elif not self.heard():
                self.poll.unregister(fd)
                self.stop()

    def heard(self):
        try:
            return self.connection.recv(CHUNK) != b""
        except OSError:
            return False

    def carry(self, fd):
        data = os.read(fd, CHUNK)
        if data == b"":
            self.poll.unregister(fd)
            os.close(fd)
            del self.pipes[fd]
        elif not self.deaf:
            try:
                frame(self.connection, self.pipes[fd], data)
            except OSError:
                self.deaf = True
                self.stop()

    def stop(self):
        if not self.stopping:
            self.stopping, self.kill_at = True, time.monotonic() + self.grace
            self.send(signal.SIGTERM)

    def send(self, number):
        try:
            os.killpg(self.group, number)
            return True
        except OSError:
            return False


def work(request, program, ends, leads, foreign):
    """The child: looks like a fresh console script, and ends without the teardown of an interpreter."""
    code = 1
    try:
        os.setsid()
        os.close(leads)
        redirect(os.devnull, 0)
        os.dup2(ends[0], 1)
        os.dup2(ends[1], 2)
        close_all(foreign)
        for number, handler in program.signals.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        become(request)
        sys.argv = [request["exec"]] + request["argv"]
        code = call(program.entry)
        finish()
    finally:
        os._exit(code)


def become(request):
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    encoding, _, errors = os.environ.get("PYTHONIOENCODING", "").partition(":")
    sys.stdout.reconfigure(encoding=encoding or "utf-8", errors=errors or "surrogateescape", line_buffering=True)
    sys.stderr.reconfigure(encoding=encoding or "utf-8", errors="backslashreplace", line_buffering=True)
    if "random" in sys.modules:  # or every call draws the same numbers
        sys.modules["random"].seed()


def call(entry):
    try:
        return exit_code(entry())
    except SystemExit as end:
        return exit_code(end.code)
    except BaseException as error:
        error.__traceback__ = error.__traceback__.tb_next  # without the line of this file
        sys.excepthook(type(error), error, error.__traceback__)
        return 1


def exit_code(value):
    if value is None:
        return 0
    if isinstance(value, int):
        return value & 0xFF
    print(value, file=sys.stderr)
    return 1


def finish():
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass


def load(name):
    module, _, attributes = name.partition(":")
    found = import_one(module)
    for attribute in attributes.split("."):
        found = getattr(found, attribute)
    return found


def import_one(name):
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return import_helper(name, error)


def import_helper(name, missing):
    """One of the hub's own files beside this one. They are not on the path, since no program shall find them."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
    if not os.path.isfile(path):
        raise missing
    spec = importlib.util.spec_from_file_location(name, path)
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    exec(compile(spec.loader.get_data(path), path, "exec"), module.__dict__)  # so that no __pycache__ is left beside it
    return module


def import_more(name):
    """Modules that the one of this name wants imported too. One that cannot be is left to the calls that need it."""
    module = sys.modules.get(name.partition(":")[0])
    wanted = getattr(module, "ZYGOTE_IMPORTS", ())
    for one in wanted:
        try:
            importlib.import_module(one)
        except Exception as error:
            print("zygote: no %s: %s" % (one, describe(error)), file=sys.stderr, flush=True)
    return wanted


def top(name):
    return name.partition(":")[0].partition(".")[0]


def files_of(tops):
    """What the program was imported from: when one of these changes, the hub starts anew."""
    own = [module for name, module in list(sys.modules.items()) if top(name) in tops]
    files = {getattr(module, "__file__", None) for module in own} - {None}
    folders = {os.path.dirname(os.path.dirname(file)) for file in files if file.endswith("__init__.py")}
    return sorted(files)[:500] + sorted(folders)[:20]


def refuse_threads(when):
    count = len(os.listdir("/proc/self/task"))
    if count > 1:
        raise RuntimeError("%d threads are alive %s, so forking is not safe" % (count, when))


def listen(path):
    listener = socket.socket(socket.AF_UNIX)
    mask = os.umask(0o177)
    try:
        listener.bind(path)
    finally:
        os.umask(mask)
    listener.listen(512)
    return listener


def redirect(path, fd):
    opened = os.open(path, os.O_RDWR)
    os.dup2(opened, fd)
    os.close(opened)


def close_all(descriptors):
    for fd in list(descriptors):
        try:
            os.close(fd)
        except OSError:  # the listing's own
            pass


def receive(connection, length):
    data = b""
    while len(data) < length:
        more = connection.recv(min(length - len(data), 1 << 20))
        if more == b"":
            os._exit(0)
        data += more
    return data


def frame(connection, kind, payload):
    connection.sendall(struct.pack(">cI", kind, len(payload)) + payload)


def refuse(connection, error):
    try:
        frame(connection, b"F", describe(error).encode("utf-8", "replace"))
    except OSError:
        pass


def describe(error):
    return ("%s: %s" % (type(error).__name__, error))[:2000]


if __name__ == "__main__":
    main()
