"""What a process and its children have used: the server's side of a measurement."""

import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

SCHEDULED = 2  # of a process's clocks, the one that counts all its time (clock_getcpuclockid(3))
TABLES = [Path("/proc/net") / name for name in ("tcp", "tcp6")]


class Watched:
    """A server seen from outside; its children are those it has when we begin to look."""

    def __init__(self, pid: int | None) -> None:
        self.processes = []
        with suppress(psutil.Error):
            if pid is not None:
                server = psutil.Process(pid)
                self.processes = [server, *server.children(recursive=True)]

    def cpu(self) -> float:
        """CPU seconds so far; 0 when it has died."""
        try:
            return sum(map(cpu_seconds, self.processes))
        except (psutil.Error, OSError):
            return 0.0

    def usage(self) -> dict | None:
        """CPU seconds so far, bytes resident and virtual, threads, descriptors; None when it has died."""
        try:
            seen = [usage_of(process) for process in self.processes]
        except (psutil.Error, OSError):
            return None
        return {key: sum(one[key] for one in seen) for key in seen[0]} if seen else None


def usage_of(process: psutil.Process) -> dict:
    with process.oneshot():
        memory = process.memory_info()
        return {
            "cpu": cpu_seconds(process),
            "resident": memory.rss,
            "virtual": memory.vms,
            "threads": process.num_threads(),
            "descriptors": process.num_fds(),
        }


def cpu_seconds(process: psutil.Process) -> float:
    """On Linux to the nanosecond; what psutil reads there is counted in hundredths of a second."""
    if sys.platform == "linux":
        return time.clock_gettime((~process.pid << 3) | SCHEDULED)
    times = process.cpu_times()
    return times.user + times.system


def accepted(port: int, peers: set[int]) -> int | None:
    """How many connections from these ports a server has taken and kept; None if not on Linux.

    To connect proves little: the kernel shakes hands for a server that never looks. In the kernel's
    table a connection that no process holds, waiting to be accepted or left, has inode 0. A row may
    come twice when the table changes while it is read.
    """
    try:
        lines = [line.split() for table in TABLES for line in table.read_text().splitlines()[1:]]
    except OSError:
        return None
    rows = [(number(row[1]), number(row[2]), row[3], row[9]) for row in lines]
    ours = (there for here, there, *state in rows if here == port and is_held(*state))
    return len(peers.intersection(ours))


def is_held(state: str, inode: str) -> bool:
    return state == "01" and inode != "0"


def number(address: str) -> int:
    return int(address.rpartition(":")[2], 16)
