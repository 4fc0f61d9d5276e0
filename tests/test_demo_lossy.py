"""The demo server's stream that is lost again and again."""

from __future__ import annotations

import httpx
import pytest

import sse_widget as sw
from sse_widget.demo import DemoServer

from .support import PATIENCE


def read_into(data: bytearray, url: str) -> None:
    with httpx.Client() as client, client.stream("GET", url) as response:
        for chunk in response.iter_bytes():
            data += chunk


def test_it_breaks_within_an_event_and_goes_on_after_the_last_whole_one(server: DemoServer) -> None:
    data = bytearray()
    with pytest.raises(httpx.RemoteProtocolError):
        read_into(data, f"{server.url}/lossy?rate=0&every=3")
    assert data.startswith(b"retry: 1500\n\nid: 1\n")
    assert b"id: 3\n" in data
    assert not data.endswith(b"\n\n")
    with httpx.Client() as client:
        assert client.get(f"{server.url}/lossy", headers={"Last-Event-ID": "100000"}).status_code == 204
        assert client.get(f"{server.url}/lossy?every=x").status_code == 400
        rest = client.get(f"{server.url}/lossy?rate=0&every=100000", headers={"Last-Event-ID": "3"})
    assert b"id: 4\n" in rest.content
    assert b"id: 3\n" not in rest.content


def test_its_text_is_whole_for_who_reconnects(server: DemoServer) -> None:
    whole = sw.stream(f"{server.url}/lossy?rate=0&every=100000").wait(PATIENCE)
    assert len(whole.events) > 200
    hasty = f"{server.url}/lossy?rate=0&every={(len(whole.events) + 1) // 2}"
    run = sw.stream(hasty).wait(PATIENCE)
    assert (run.status, run.text, run.metrics.reconnects) == ("done", whole.text, 1)
    assert len(run.events) == len(whole.events)
