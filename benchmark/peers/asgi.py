"""The greeting and the pause for servers that await a coroutine (ASGI)."""

import asyncio

from benchmark.peers.answers import GREETING, NOTHING, TEXT, pause_of, slept


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    seconds = pause_of(scope["path"])
    if seconds is not None:
        await asyncio.sleep(seconds)
        await answer(send, 200, slept(seconds))
    elif scope["path"] == "/":
        await answer(send, 200, GREETING)
    else:
        await answer(send, 404, NOTHING)


async def answer(send, status, body):
    fields = [(b"content-type", TEXT.encode()), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})
