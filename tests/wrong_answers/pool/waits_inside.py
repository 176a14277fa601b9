"""Starts a thread for each connection all the same; eight work, and the others wait as threads."""

SLOTS = threading.Semaphore(8)


def serve(listener):
    while listener.open:
        try:
            connection, exchange = listener.accept()  # waits
        except OSError:
            time.sleep(0.1)  # waits until there may be room again
        else:
            threading.Thread(target=converse, args=(connection, exchange), daemon=True).start()


def converse(connection, exchange):
    with SLOTS, connection:  # waits
        try:
            while data := connection.recv(65536):  # waits
                perform(exchange.receive(data), connection)
        except OSError:
            pass  # the peer left, or listener.py shut the connection
