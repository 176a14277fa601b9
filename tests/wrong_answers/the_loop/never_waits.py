"""Looks, and does not wait: asking everybody in turn, once more."""


def turn(self):
    timeout = max(0, self.timers[0][0] - time.monotonic()) if self.timers else 0
    for key, _ in self.selector.select(timeout):  # waits
        key.data()
    now = time.monotonic()
    while self.timers and self.timers[0][0] <= now:
        _, _, callback = heapq.heappop(self.timers)
        callback()


Loop.turn = turn
