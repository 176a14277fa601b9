"""What one client's wait does to the others. Each test can tell concurrency from queueing.

The servers here have no deadlines: what step 1 cannot do, no timeout does for it.
"""

import asyncio
import contextlib
import re
import selectors
import threading
import time

import pytest

from tests.http_client import Client, Unexpected, request
from tests.targets import NEVER, answers

NEARLY_NOTHING = 0.1  # of a core

capability = pytest.mark.capability
fails_in = pytest.mark.fails_in

# What keeps a server waiting, as the bytes that a client sends before it falls silent.
SILENCES = {
    "nothing": b"",
    "half a head": b"GET / HTTP/1.1\r\nHost: work",
    "half a body": request("POST", "/echo", "Content-Length: 100") + b"half of ",
}
WAITS = {
    "has its answer": request("GET", "/"),
    **SILENCES,
    "waits for a pause": request("GET", "/slow/10"),
    "does not read": request("GET", "/big/33554432"),
    "does not leave": request("GET", "/", "Connection: close"),
}


# One waits, and the others


@capability("a silent client stops nobody")
@pytest.mark.parametrize("silence", SILENCES)
@fails_in({1: "one thread, one client: while it waits for one to speak, nobody else is heard"})
def test_a_silent_client_does_not_stop_the_others(patient_server, connect, silence):
    connect(patient_server).send(SILENCES[silence])
    client = connect(patient_server)
    answer = client.ask("GET", "/")
    assert answer.status == 200, client.story(f"another client has sent {silence}")


@capability("a silent client stops nobody")
@fails_in({1: "the first to come is served to the end, whoever of the others is ready before"})
def test_clients_are_answered_in_reverse_order_of_opening(patient_server, connect):
    for client in reversed([connect(patient_server) for _ in range(3)]):
        assert client.ask("GET", "/").status == 200


@capability("waits overlap")
@fails_in({1: "waits add up: each client waits for all the pauses before its own"})
def test_eight_pauses_take_less_than_two(patient_server, connect):
    def wait(count):
        clients = [connect(patient_server) for _ in range(count)]
        began = time.monotonic()
        for client in clients:
            client.send(request("GET", "/slow/0.15", "Connection: close"))
        for client in clients:
            assert client.receive().body == b"slept 0.15 s\n"
            client.close()
        return time.monotonic() - began

    one, eight = wait(1), wait(8)
    assert eight < 2 * one, f"1 pause took {one:.2f} s, 8 at once took {eight:.2f} s"


@capability("a slow reader stops nobody")
@fails_in({1: "sendall waits for the one who does not read, and everybody waits for sendall"})
def test_a_client_that_does_not_read_8_MB_does_not_stop_the_others(patient_server, connect):
    slow = connect(patient_server, narrow=True)
    slow.send(request("GET", "/big/8000000"))
    assert b" 200 " in slow.receive_until(b"\r\n\r\n"), slow.story("there is no /big here")
    for _ in range(3):
        client = connect(patient_server)
        assert client.ask("GET", "/").status == 200, client.story("another client does not read")


@capability("a slow reader stops nobody")
def test_a_slow_reader_gets_every_byte(patient_server, connect):
    slow = connect(patient_server, narrow=True)
    slow.send(request("GET", "/big/2000000") + request("GET", "/"))
    slow.receive_until(b"\r\n\r\n")
    time.sleep(0.3)  # as slow readers do; meanwhile the server's clock interrupts its send
    body = slow.receive_until(b"HTTP/1.1 ").removesuffix(b"HTTP/1.1 ")
    strays = len(body.strip(b"x"))
    assert len(body) == 2_000_000, slow.story(
        f"{len(body)} bytes came: what was not sent is forgotten"
    )
    assert not strays, slow.story(f"{strays} bytes are not of this body")


# Many at once


@capability("every one of many clients is served in the end")
@fails_in({1: "served: 1 of 50. A client that keeps its connection keeps the server"})
def test_all_of_50_busy_clients_are_served(patient_server, patience):
    answers = asyncio.run(Crowd(patient_server, 50).ask_until_each_has(3, patience))
    served = sum(map(bool, answers))
    assert served == 50, (
        f"served: {served} of 50 clients, while {sum(answers)} requests were answered"
    )


@capability("every one of many clients is served in the end")
@fails_in({1: "the kernel has let a thousand in, and one is served"})
def test_a_thousand_connections_are_open_and_answered(patient_server, patience):
    answers = asyncio.run(Crowd(patient_server, 1000, once=True).ask_until_each_has(1, patience))
    served = sum(answers)
    assert served == 1000, f"served: {served} of 1000 clients, all of them connected"


class Crowd:
    """Clients that keep their connections and, but for `once`, ask again when they are answered."""

    def __init__(self, server, count, once=False):
        self.address = server.host, server.port
        self.once = once
        self.answers = [0] * count

    async def ask_until_each_has(self, enough, patience):
        tasks = [asyncio.ensure_future(self.ask(n)) for n in range(len(self.answers))]
        deadline = time.monotonic() + patience
        while min(self.answers) < enough and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        return self.answers

    async def ask(self, n):
        """Ask on a connection for as long as the server keeps it, then on another."""
        while True:
            reader, writer = await asyncio.open_connection(*self.address)
            with contextlib.closing(writer), contextlib.suppress(OSError, EOFError):
                while True:
                    writer.write(request("GET", "/"))
                    head = await reader.readuntil(b"\r\n\r\n")
                    length = re.search(rb"(?i)\r\nContent-Length: *([0-9]+)\r\n", head)
                    if not length or b" 200 " not in head[:13]:
                        return
                    await reader.readexactly(int(length[1]))
                    self.answers[n] += 1
                    if self.once:
                        await asyncio.Future()  # stay until all are done


QUESTIONS = request("GET", "/fib/20") * 1000
CHUNKS = b"1\r\nx\r\n" * 10_000


@capability("every one of many clients is served in the end")
@fails_in({1: "the first to talk without end is listened to without end"})
def test_two_who_talk_without_end_do_not_shut_out_a_third(patient_server, connect):
    """Each answer is a little work: whoever gives a turn up only when all that came is answered
    keeps the third waiting for seconds."""
    with chatter(connect(patient_server), connect(patient_server)) as answered:
        assert answered.begun.wait(answered.patience), "neither of the two was answered"
        for _ in range(5):
            client = connect(patient_server)
            meaning = (
                f"two others pipeline requests; {answered.count} bytes of answers came to them"
            )
            assert client.ask("GET", "/", "Connection: close").status == 200, client.story(meaning)


@capability("every one of many clients is served in the end")
@fails_in({1: "the first to upload is listened to until it has said all"})
def test_two_who_upload_byte_by_byte_do_not_shut_out_a_third(patient_server, connect):
    """What they say asks for no answer, and there is always more of it."""
    two = connect(patient_server), connect(patient_server)
    for client in two:
        client.send(request("POST", "/echo", "Transfer-Encoding: chunked"))
    with chatter(*two, words=CHUNKS):
        for _ in range(5):
            client = connect(patient_server)
            meaning = "two others upload in chunks of one byte, as fast as they are read"
            assert client.ask("GET", "/", "Connection: close").status == 200, client.story(meaning)


@contextlib.contextmanager
def chatter(*clients, words=QUESTIONS):
    """These clients say these words without end, whether they are answered or not."""
    chatter = Chatter(clients, words)
    thread = threading.Thread(target=chatter.talk)
    thread.start()
    try:
        yield chatter
    finally:
        chatter.over = True
        thread.join()


class Chatter:
    def __init__(self, clients, words):
        self.words, self.patience = words, clients[0].patience
        self.rest = {client.socket: b"" for client in clients}
        self.begun = threading.Event()
        self.over = False
        self.count = 0

    def talk(self):
        with selectors.DefaultSelector() as selector:
            for connection in self.rest:
                connection.setblocking(False)
                selector.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE)
            with contextlib.suppress(OSError):
                while not self.over:
                    for key, events in selector.select(0.1):
                        self.go_on(key.fileobj, events)

    def go_on(self, connection, events):
        if events & selectors.EVENT_READ:
            self.count += len(connection.recv(2**20))
            self.begun.set()
        if events & selectors.EVENT_WRITE:
            words = self.rest[connection] or self.words
            self.rest[connection] = words[connection.send(words) :]


# What waiting costs


@capability("whoever waits costs no CPU, whoever left costs nothing")
def test_a_server_that_waits_for_all_uses_no_CPU(start, connect, process):
    server = start(wishes=NEVER)
    connect(server).ask("GET", "/")
    for words in WAITS.values():
        connect(server, narrow=True).send(words)
    share = cpu_share(process(server), 0.5)
    assert share < NEARLY_NOTHING, (
        f"everybody waits, for {', '.join(WAITS)}; the server used {share:.0%} of a core. That is a"
        " loop that does not wait: a timeout of 0, or a socket watched for what it always is"
    )


def cpu_share(process, seconds):
    before, began = sum(process.cpu_times()[:2]), time.monotonic()
    time.sleep(seconds)  # what is measured is this time
    return (sum(process.cpu_times()[:2]) - before) / (time.monotonic() - began)


@capability("whoever waits costs no CPU, whoever left costs nothing")
@pytest.mark.parametrize(
    "words",
    [
        *(
            pytest.param(words, id=name)
            for name, words in WAITS.items()
            if name != "waits for a pause"
        ),
        pytest.param(request("GET", "/slow/0.2"), id="waited for a pause"),
        pytest.param(request("GET", "/ticks/1000/0.01"), id="heard a stream"),
        pytest.param(request("GET", "/events?for=300"), id="watched", marks=pytest.mark.long),
    ],
)
@pytest.mark.parametrize("leave", ["close", pytest.param("reset", marks=pytest.mark.long)])
def test_nothing_is_left_of_clients_who_have_gone(
    patient_server, process, until, patience, words, leave
):
    def possessions():
        return process(patient_server).num_fds(), process(patient_server).num_threads()

    with Client(patient_server, patience) as client:
        client.ask("GET", "/", "Connection: close")
    before = possessions()
    clients = [Client(patient_server, patience) for _ in range(5)]
    for client in clients:
        client.send(words)
    for client in clients:
        getattr(client, leave)()
    until(
        lambda: all(now <= then for now, then in zip(possessions(), before, strict=True)),
        f"descriptors and threads: {before} before, more now",
    )


@capability("a reset in mid-answer hurts nobody")
@pytest.mark.parametrize(
    "path", ["/", "/big/8000000", "/ticks/1000/0.01", "/slow/0.1", "/events?for=1"]
)
def test_a_reset_in_mid_answer_hurts_nobody(server, connect, path):
    crashed = connect(server)
    crashed.send(request("GET", path))
    if path != "/slow/0.1":
        crashed.receive_until(b"\r\n\r\n")
    crashed.reset()
    client = connect(server)
    assert client.ask("GET", "/").status == 200, client.story("another client was reset before")


# Out of room

CLOSES = "HTTPServer has no limit on connections; our subclass closes whoever is one too many"
SPINS = (
    "netutil.add_accept_handler goes on watching a listener whose accept fails: asyncio logs the"
    " error and calls it again, at once"
)


@capability("out of descriptors, it waits for room")
@pytest.mark.parametrize(
    "options",
    [
        pytest.param([], id="capped", marks=pytest.mark.long),
        pytest.param(["--max-connections=1000"], id="uncapped", marks=fails_in({5: SPINS})),
    ],
)
def test_a_server_out_of_descriptors_waits_until_there_is_room(
    start, connect, process, until, options
):
    server = start(wishes=[*NEVER, *options], descriptors=48)
    clients = [connect(server) for _ in range(100)]
    for client in clients:
        with contextlib.suppress(Unexpected):  # whoever is one too many may be turned away
            client.send(request("GET", "/"))
    assert clients[0].receive().status == 200
    share = cpu_share(process(server), 0.3)
    assert share < NEARLY_NOTHING, (
        f"with 100 clients and 48 descriptors the server used {share:.0%} of a core: a listener"
        " whose accept fails stays readable, so stop watching it for a moment"
    )
    for client in clients:
        client.close()
    until(lambda: answers(server), "all clients have left, and a new one is not answered")


@capability("out of descriptors, it waits for room")
@fails_in({5: CLOSES})
def test_no_more_are_let_in_than_max_connections(start, connect):
    server = start("--max-connections=2", *NEVER)
    inside = [connect(server), connect(server)]
    assert inside[0].ask("GET", "/").status == 200
    third = connect(server)
    third.send(request("GET", "/"))
    assert third.hears_nothing(0.2), third.story("it is the third of two")
    for client in inside:
        client.close()
    assert third.receive().status == 200, third.story("there is room again")
