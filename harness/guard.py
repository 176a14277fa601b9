"""Holds a server by the hand: starts it, and ends it when whoever asked for it is gone.

Its standard input is a pipe that only the asker holds. However the asker ends, kill -9 included,
the pipe closes and the guard ends the server: SIGTERM to its process group, then SIGKILL. A line
on the pipe does the same, and says how many seconds to wait in between. Ctrl-C reaches neither of
the two: they have a session of their own.

On the report descriptor it writes two lines: "started PID" (or "failed REASON"), then
"ended STATUS" or "killed STATUS", a negative status being a signal, as in subprocess.

    python -I -S guard.py REPORT CPU DESCRIPTORS COMMAND...    (CPU and DESCRIPTORS may be empty)
"""

import os
import resource
import signal
import subprocess
import sys
import threading

PATIENCE = 1.0  # nobody is left to wait for the server


def main(report, cpu, descriptors, *command):
    def say(*words):
        try:
            os.write(int(report), (" ".join(map(str, words)) + "\n").encode())
        except OSError:
            pass  # whoever asked has gone: end_when_told sees that

    try:
        limit_descriptors(descriptors)
        pin(cpu)
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0)
    except (OSError, ValueError) as error:
        return say("failed", error.strerror if isinstance(error, OSError) else error)
    signal.signal(signal.SIGTERM, lambda number, _: signal_group(server, number))
    outlasted = threading.Event()
    threading.Thread(target=end_when_told, args=(server, outlasted), daemon=True).start()
    say("started", server.pid)
    status = server.wait()
    signal_group(server, signal.SIGKILL)  # what the server left behind
    return say("killed" if outlasted.is_set() else "ended", status)


def limit_descriptors(wanted):
    """Lower both limits to what is wanted, or raise the soft one as far as it goes."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (int(wanted), int(wanted)))
    elif hard == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (10240, hard))  # macOS takes no infinity here
    else:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def pin(cpu):
    if cpu and hasattr(os, "sched_setaffinity"):  # not on macOS
        os.sched_setaffinity(0, {int(cpu)})


def end_when_told(server, outlasted):
    patience = float(os.read(0, 64) or PATIENCE)
    signal_group(server, signal.SIGTERM)
    try:
        server.wait(patience)
    except subprocess.TimeoutExpired:
        outlasted.set()
        signal_group(server, signal.SIGKILL)


def signal_group(server, number):
    try:
        os.killpg(server.pid, number)
    except (ProcessLookupError, PermissionError):
        pass  # all gone; macOS says PermissionError of a group of zombies


if __name__ == "__main__":
    main(*sys.argv[1:])
