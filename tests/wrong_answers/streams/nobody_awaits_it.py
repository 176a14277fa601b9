"""Calls a coroutine function and takes that for having run it."""


async def converse(connection, exchange):
    reader, writer = await asyncio.open_connection(sock=connection)
    try:
        while data := await reader.read(65536):
            perform(exchange.receive(data), writer)
    except OSError:
        pass
    finally:
        writer.close()


async def perform(parts, writer):
    for part in parts:
        if part is END:
            writer.write_eof()
        elif isinstance(part, Pause):
            await asyncio.sleep(part.seconds)
        else:
            writer.write(part)
            await writer.drain()
