"""A way in: a recording that is there already, played against a clock."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..recording import Recording
from ..replay.network import Profile, plan
from .base import BaseSource

if TYPE_CHECKING:
    from ..replay.player import Player

TOGETHER = 256
"""Entries that are played in one go at most, so that a replay without pauses leaves the loop to others."""


class ReplaySource(BaseSource):
    """Appends what a recording holds, when its time has come, with the time that it had: the copy ends equal to the original."""

    label = "replay"

    def __init__(self, recording: Recording, player: Player, profile: Profile, network: str = "") -> None:
        super().__init__()
        self.redactor = recording.redactor
        self.label = f"replay, {network}" if network else "replay"
        self.player: Player = player
        self.key = recording.key
        self._original = recording
        self._profile = profile

    def hold(self, recording: Recording, paused: bool) -> None:
        """The clock stands still; the copy gets no mark that the original has not."""
        (self.player.pause if paused else self.player.play)()

    async def read(self, recording: Recording) -> None:
        original = self._original
        recording.framing = original.framing if recording.framing == "auto" else recording.framing
        recording.request, recording.plain_items = original.request, original.plain_items
        recording.response, recording.content_type = original.response, original.content_type
        recording.started, recording.clock = original.started, original.clock
        recording.part_of = original.part_of
        for number, (time, kind, data, info) in enumerate(plan(original, self._profile)):
            await self.player.until(time)
            if number % TOGETHER == 0:
                await asyncio.sleep(0)
            if kind == "mark" and info is not None:
                details = {name: value for name, value in info.items() if name != "mark"}
                if info["mark"] in ("close", "stop", "error"):
                    recording.seal(info["mark"], at=time, **details)
                    return
                recording.mark(info["mark"], at=time, **details)
            elif kind == "item" and info is not None:
                recording.item(data.decode("utf-8", "replace"), info, at=time)
            else:
                recording.chunk(data, at=time)
