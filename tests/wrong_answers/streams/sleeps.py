"""Streams, and a time.sleep that stayed."""

import time


async def perform(parts, writer):
    for part in parts:
        if part is END:
            writer.write_eof()
        elif isinstance(part, Pause):
            time.sleep(part.seconds)
        else:
            writer.write(part)
            await writer.drain()
