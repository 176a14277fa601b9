"""What a process and its children have used: the server's side of a measurement."""

from contextlib import suppress

import psutil


class Watched:
    """A server seen from outside; its children are those it has when we begin to look."""

    def __init__(self, pid: int | None) -> None:
        self.processes = []
        with suppress(psutil.Error):
            if pid is not None:
                server = psutil.Process(pid)
                self.processes = [server, *server.children(recursive=True)]

    def usage(self) -> dict | None:
        """CPU seconds so far, bytes resident, threads, descriptors; None when it has died."""
        try:
            seen = [usage_of(process) for process in self.processes]
        except psutil.Error:
            return None
        return {key: sum(one[key] for one in seen) for key in seen[0]} if seen else None


def usage_of(process: psutil.Process) -> dict:
    with process.oneshot():
        times = process.cpu_times()
        return {
            "cpu": times.user + times.system,
            "resident": process.memory_info().rss,
            "threads": process.num_threads(),
            "descriptors": process.num_fds(),
        }
