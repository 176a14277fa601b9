"""Closes the connection of whoever comes while eight are being served."""

SLOTS = threading.Semaphore(8)


def serve(listener):
    while listener.open:
        try:
            connection, exchange = listener.accept()  # waits
        except OSError:
            time.sleep(0.1)  # waits until there may be room again
        else:
            if SLOTS.acquire(blocking=False):
                threading.Thread(target=work, args=(connection, exchange), daemon=True).start()
            else:
                connection.close()


def work(connection, exchange):
    try:
        converse(connection, exchange)
    finally:
        SLOTS.release()
