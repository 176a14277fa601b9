"""Waits for the clients, and forgets those who pause."""


def turn(self):
    timeout = None
    for key, _ in self.selector.select(timeout):  # waits
        key.data()
    now = time.monotonic()
    while self.timers and self.timers[0][0] <= now:
        _, _, callback = heapq.heappop(self.timers)
        callback()


Loop.turn = turn
