"""Writes, and never waits until it is sent."""


async def converse(connection, exchange):
    reader, writer = await asyncio.open_connection(sock=connection)
    try:
        while data := await reader.read(65536):
            await perform(exchange.receive(data), writer)
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
