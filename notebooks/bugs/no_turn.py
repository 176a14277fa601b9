"""A bug for step 4: it does not give up its turn."""


async def perform(parts, connection):
    loop = asyncio.get_running_loop()
    for part in parts:
        if part is END:
            connection.shutdown(socket.SHUT_WR)
        elif isinstance(part, Pause):
            await asyncio.sleep(part.seconds)  # waits
        else:
            await loop.sock_sendall(connection, part)  # waits
