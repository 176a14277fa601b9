"""One thread, one task per connection. Each client seems to be waited for by a task of its own.

The four waits of step 1 are back, each with `await` in front: there a conversation is suspended,
its frame kept, and asyncio's loop (the loop of step 3) goes on with another. A task loses its turn
nowhere else, so the notes need no lock. An `await` whose work is done already does not give up the
turn either: `sleep(0)` does, or one talkative client would keep the rest out.

Not here: somewhere else to run heavy work. While one answer is computed, everybody waits.
"""

import asyncio
import socket

from steps.launch import launch
from steps.messages import END, Pause


async def serve(listener):
    listener.setblocking(False)
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as tasks:  # waits at its end; a task nobody keeps may vanish
        while listener.open:
            try:
                connection, exchange = await loop.sock_accept(listener)  # waits
            except OSError:
                await asyncio.sleep(0.1)  # waits until there may be room again
            else:
                tasks.create_task(converse(connection, exchange))


async def converse(connection, exchange):
    loop = asyncio.get_running_loop()
    with connection:
        try:
            while data := await loop.sock_recv(connection, 65536):  # waits
                await perform(exchange.receive(data), connection)
        except OSError:
            pass  # the peer left, or listener.py shut the connection


async def perform(parts, connection):
    loop, part = asyncio.get_running_loop(), None
    for part in parts:
        if part is END:
            connection.shutdown(socket.SHUT_WR)  # our stream alone: closing both could lose it
        elif isinstance(part, Pause):
            await asyncio.sleep(part.seconds)  # waits
        else:
            await loop.sock_sendall(connection, part)  # waits
            await asyncio.sleep(0)  # a turn for the others
    if part is None:
        await asyncio.sleep(0)  # and where a long body comes, piece after piece


def main():
    launch(lambda listener: asyncio.run(serve(listener)), port=8004)
