"""Play a reply on a line: each fragment when it is due, with the comments, errors and cuts that were asked for."""

from __future__ import annotations

import asyncio

from .formats import Format
from .line import Line
from .options import Options
from .pacing import plan
from .replies import Reply

DELAY = 0.3
"""Silence before the first event, in s, unless the request asks for another or for no pacing at all."""

FOREVER = float("inf")


async def play(line: Line, reply: Reply, format: Format, options: Options) -> None:
    """Send the whole body. The headers must have been sent. Raises Gone if the stream ends before its end."""
    schedule = plan(len(reply.script), options)
    await line.sleep(FOREVER if reply.model.silent else pause(options))
    for data in format.head():
        await line.write(data)
    start = asyncio.get_running_loop().time()
    for index, (choice, piece) in enumerate(reply.script):
        await line.sleep_until(start + schedule.due[index])
        if options.pings and index and index % options.pings == 0:
            await line.write(format.ping())
        if options.error and options.error[0] == index:
            # Providers do the same: an error inside a 200, then a clean end without [DONE].
            await line.write(format.error(options.error[1]))
            return await line.finish()
        data = format.piece(choice, piece)
        if index == schedule.cut:
            await line.write(data[: len(data) // 2])
            raise line.cut()
        await line.fragment(data)
    for data in format.tail():
        await line.write(data)
    await line.finish()


def pause(options: Options) -> float:
    """Seconds of silence before the first event."""
    return options.delay if options.delay is not None else DELAY if options.rate else 0.0
