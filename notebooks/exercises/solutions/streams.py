"""Worked solution: step 4 on asyncio's streams, which read ahead and write behind.

Not there: a turn for the others after each part. A stream reads no more than 128 KiB ahead, so a
client that talks without end runs dry, and its task waits for the loop to read on.
"""

import asyncio
import contextlib

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
    reader, writer = await asyncio.open_connection(sock=connection)
    with contextlib.closing(writer):
        try:
            while data := await reader.read(65536):
                await perform(exchange.receive(data), writer)
        except OSError:
            pass  # the peer left, or the listener shut the connection


async def perform(parts, writer):
    for part in parts:
        if part is END:
            writer.write_eof()
        elif isinstance(part, Pause):
            await asyncio.sleep(part.seconds)
        else:
            writer.write(part)
            await writer.drain()


if __name__ == "__main__":
    launch(lambda listener: asyncio.run(serve(listener)), port=8004)
