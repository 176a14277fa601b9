"""To read: step 4 as an asyncio Protocol. Callbacks again, as in step 3, under somebody else's loop.

A transport reads, writes and keeps what the kernel does not take; it calls the methods below. None
of them may wait, so how far a conversation has come is written down again, in `script`.
"""

import asyncio
from functools import partial

from steps.launch import launch
from steps.messages import END, Pause


async def serve(listener):
    listener.setblocking(False)
    loop = asyncio.get_running_loop()
    while listener.open or listener.inside:
        try:
            connection, exchange = await loop.sock_accept(listener)
        except OSError:
            await asyncio.sleep(0.1)  # until there may be room again, or all have left
        else:
            await loop.connect_accepted_socket(partial(Conversation, exchange), connection)


class Conversation(asyncio.Protocol):
    def __init__(self, exchange):
        self.exchange = exchange
        self.loop = asyncio.get_running_loop()
        self.script = None  # what is still to be done about what was read
        self.full = False  # whether the transport keeps too much already

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.pause_reading()  # until all of this is done
        self.script = self.exchange.receive(data)
        self.go_on()

    def go_on(self):
        if self.transport.is_closing():
            return
        try:
            self.perform(next(self.script, None))
        except OSError:
            self.transport.abort()  # the answer breaks off

    def perform(self, part):
        """Do one part, and see to it that somebody calls `go_on` for the next."""
        if part is None:
            self.transport.resume_reading()
        elif part is END:
            self.transport.write_eof()
            self.loop.call_soon(self.go_on)
        elif isinstance(part, Pause):
            self.loop.call_later(part.seconds, self.go_on)
        else:
            self.transport.write(part)
            if not self.full:
                self.loop.call_soon(self.go_on)

    def pause_writing(self):
        self.full = True

    def resume_writing(self):
        self.full = False
        self.go_on()


if __name__ == "__main__":
    launch(lambda listener: asyncio.run(serve(listener)), port=8004)
