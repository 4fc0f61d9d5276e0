"""`sources/leaving.py`, against the shape of httpcore's connection. Whether a real server sees it is tried in `make matrix ARGS=http`."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from sse_widget.sources.leaving import CANCEL, Lane, lane_here, lane_of, leave


class _State:
    def __init__(self, told: list[Any], ended: bool) -> None:
        self._told, self._ended = told, ended

    def reset_stream(self, number: int, error_code: int) -> None:
        if self._ended:
            raise ValueError("the stream is closed")
        self._told.append(("reset", number, error_code))


class _Connection:
    """As httpcore's for HTTP/2 looks from here."""

    def __init__(self, *, ended: bool = False, broken: bool = False) -> None:
        self.told: list[Any] = []
        self._h2_state = _State(self.told, ended)
        self._broken = broken

    async def _write_outgoing_data(self, request: Any) -> None:
        if self._broken:
            raise OSError("gone")
        assert request.extensions.get("timeout", {}).get("write") is None  # as httpcore asks for it
        self.told.append("written")

    async def call_back(self, number: Any) -> Lane | None:
        return lane_here(number)


class _Body(httpx.AsyncByteStream):
    """As httpcore's stream of one answer."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    async def aclose(self) -> None:
        self._connection.told.append("closed")


class _Wrapped(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream) -> None:
        self._httpcore_stream = inner

    async def aclose(self) -> None:
        await self._httpcore_stream.aclose()


def answer(connection: _Connection, **extensions: Any) -> httpx.Response:
    return httpx.Response(200, stream=_Wrapped(_Body(connection)), extensions=extensions)


@pytest.mark.parametrize(
    ("connection", "told"),
    [
        (_Connection(), ["closed", ("reset", 5, CANCEL), "written"]),
        (_Connection(ended=True), ["closed"]),  # the server knows
        (_Connection(broken=True), ["closed", ("reset", 5, CANCEL)]),  # and nothing is raised
    ],
)
def test_a_stream_is_reset(connection: _Connection, told: list[Any]) -> None:
    asyncio.run(leave(answer(connection, stream_id=5)))
    assert connection.told == told


def test_an_answer_of_http_1_is_only_closed() -> None:
    connection = _Connection()
    asyncio.run(leave(answer(connection)))
    assert connection.told == ["closed"]
    assert lane_of(object()) is None


def test_the_stream_of_a_request_that_has_no_answer_yet() -> None:
    connection = _Connection()
    assert asyncio.run(connection.call_back(7)) == (connection, 7)
    assert asyncio.run(connection.call_back(None)) is None
