"""Calls `converse` itself, and hands the pool what that returned."""

from concurrent.futures import ThreadPoolExecutor

POOL = ThreadPoolExecutor(8)


def serve(listener):
    while listener.open:
        try:
            connection, exchange = listener.accept()  # waits
        except OSError:
            time.sleep(0.1)  # waits until there may be room again
        else:
            POOL.submit(converse(connection, exchange))
