"""The greeting and the pause with aiohttp: python -m benchmark.peers.with_aiohttp PORT"""

import asyncio
import sys

from aiohttp import web

from benchmark.peers.answers import GREETING, TEXT, pause_of, slept


async def greet(request):
    return web.Response(body=GREETING, headers={"Content-Type": TEXT})


async def pause(request):
    seconds = pause_of(request.path)
    if seconds is None:
        raise web.HTTPBadRequest
    await asyncio.sleep(seconds)
    return web.Response(body=slept(seconds), headers={"Content-Type": TEXT})


if __name__ == "__main__":
    app = web.Application()
    app.add_routes([web.get("/", greet), web.get("/slow/{seconds}", pause)])
    options = {"access_log": None, "print": None, "backlog": 4096}
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), **options)
