"""Runs a step as recorder.py does, and writes its facts a few times a second, for who watches.

    RECORD_TO=facts.jsonl python -m benchmark.teller steps.03_select_loop --port 0

A thread of its own writes: those that serve let go of nothing. Each time, a fact "told", of no
connection, says until when the file is complete.
"""

import time

from benchmark.recorder import Log, main

EVERY = 0.1  # seconds


def tell(log: Log) -> None:
    while True:
        log.note(0, "told")
        log.write()
        time.sleep(EVERY)


if __name__ == "__main__":
    main(tell)
