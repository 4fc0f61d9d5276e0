"""The parts of the front end that the page asks for when it needs them."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest

import sse_widget as sw
from sse_widget.errors import UsageError
from sse_widget.view import assets

from .support import RecordingComm
from .test_widget import of


def ask(comm: RecordingComm, name: object) -> tuple[dict[str, Any], list[bytes]]:
    """What the page gets when it asks for this part."""
    comm.receive({"type": "asset", "id": 3, "name": name})
    message = comm.wait_for(lambda messages: [m for m in messages if m["data"].get("method") == "custom"])[-1]
    with comm.news:
        comm.messages[:] = [m for m in comm.messages if m["data"].get("method") != "custom"]
    return message["data"]["content"], list(message["buffers"] or [])


@pytest.mark.parametrize("name", assets.ASSETS)
def test_each_part_comes_as_a_buffer(comms: list[RecordingComm], name: str) -> None:
    comm = of(comms, sw.stream(["a"]).wait().widget)
    content, (module,) = ask(comm, name)
    assert content == {"type": "asset", "id": 3}
    assert module == (assets.STATIC / f"{name}.js").read_bytes()
    assert b"export" in module
    assert b"import(" not in module  # nothing is loaded from anywhere


@pytest.mark.parametrize("name", ["widget", "../widget", "/etc/passwd", "", None, 7])
def test_nothing_else_is_served(comms: list[RecordingComm], name: object) -> None:
    comm = of(comms, sw.stream(["a"]).wait().widget)
    assert ask(comm, name) == ({"type": "error", "id": 3, "message": "There is no such part of the front end."}, [])


def test_a_part_that_is_missing_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    assets.asset.cache_clear()
    with pytest.raises(UsageError, match="missing from this installation"):
        assets.asset("code")
