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
