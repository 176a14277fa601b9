"""Step 1 with `async` and `await` wherever Python takes them, to change: it stops as step 1 does.

`serve` is that of step 4. Make the rest asyncio's streams. For a connection that is there,

    reader, writer = await asyncio.open_connection(sock=connection)

makes two objects of it:

    await reader.read(65536)    what has come; b"" when the peer has said all
    writer.write(part)          sends what it can now, keeps the rest for later; never waits
    await writer.drain()        waits while too much is kept
    writer.write_eof()          closes our half, when all that is kept has been sent
    writer.close()              closes, when all that is kept has been sent
"""

import asyncio
import socket
import time

from steps.launch import launch
from steps.messages import END, Pause


async def serve(listener):
    listener.setblocking(False)
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as tasks:
        while listener.open:
            try:
                connection, exchange = await loop.sock_accept(listener)
            except OSError:
                await asyncio.sleep(0.1)  # until there may be room again
            else:
                tasks.create_task(converse(connection, exchange))


async def converse(connection, exchange):
    connection.setblocking(True)  # asyncio's loop had made it one that does not wait
    with connection:
        try:
            while data := connection.recv(65536):
                await perform(exchange.receive(data), connection)
        except OSError:
            pass  # the peer left, or the listener shut the connection


async def perform(parts, connection):
    for part in parts:
        if part is END:
            connection.shutdown(socket.SHUT_WR)
        elif isinstance(part, Pause):
            time.sleep(part.seconds)
        else:
            connection.sendall(part)


if __name__ == "__main__":
    launch(lambda listener: asyncio.run(serve(listener)), port=8004)
