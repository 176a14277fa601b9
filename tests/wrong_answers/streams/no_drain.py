"""Writes, and never waits until it is sent."""


async def perform(parts, writer):
    for part in parts:
        if part is END:
            writer.write_eof()
        elif isinstance(part, Pause):
            await asyncio.sleep(part.seconds)
        else:
            writer.write(part)
