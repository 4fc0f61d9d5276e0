"""The recordings that come with the package, and recordings served over HTTP."""

from __future__ import annotations

import math

import httpx
import pytest

import sse_widget as sw
from sse_widget.demo.bundled import ABOUT, FOLDER
from sse_widget.recording import Recording
from tests.chat import DONE
from tests.test_replay import CHAT, PIECES, chat

BUNDLED = sw.demo.recordings()
SAYS = {
    "chat": "openai_chat",
    "thinking": "openai_chat",
    "tools": "openai_chat",
    "anthropic": "anthropic",
    "responses": "openai_responses",
    "gemini": "gemini",
    "ollama": "ollama",
    "cohere": "cohere",
    "stall": "openai_chat",
    "masked-stall": "openai_chat",
    "buffering-proxy": "openai_chat",
    "cut": "openai_chat",
}


def test_all_are_there_and_small() -> None:
    assert len(BUNDLED) == len(ABOUT) >= 12
    assert sorted(path.name.partition(".")[0] for path in FOLDER.iterdir()) == sorted(ABOUT)
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 200_000
    assert "five agents" in repr(BUNDLED)
    assert "stall" in BUNDLED
    with pytest.raises(KeyError, match="stall"):
        BUNDLED["stal"]


@pytest.mark.parametrize("name", sorted(ABOUT))
def test_each_is_what_it_is_called(name: str) -> None:
    recording = BUNDLED[name]
    assert recording.name == name
    assert recording.closed
    if name in SAYS:
        dialect = recording._reading().dialect
        assert dialect is not None
        assert dialect.name == SAYS[name]
    else:
        assert {event.type for event in recording.events} == {
            f"{agent}-bot" for agent in ("research", "summary", "critic", "shopping", "timing")
        }


@pytest.mark.parametrize(
    ("name", "finding"), [("stall", "stall"), ("masked-stall", "stall"), ("buffering-proxy", "buffered"), ("cut", "cut_off")]
)
def test_what_is_wrong_is_found(name: str, finding: str) -> None:
    kinds = {found.kind for found in BUNDLED[name].findings()}
    assert finding in kinds, kinds


def test_in_a_masked_stall_the_pings_are_seen() -> None:
    (stall,) = [found for found in BUNDLED["masked-stall"].findings() if found.kind == "stall"]
    assert "The connection was alive: 6 signs of life came meanwhile" in stall.message


def test_nothing_in_them_is_of_the_machine_they_were_made_on() -> None:
    for name in ABOUT:
        text = repr(BUNDLED[name].request) + repr(BUNDLED[name].response)
        assert "127.0.0.1" not in text
        assert "localhost" not in text


def test_the_demo_server_serves_them() -> None:
    with sw.demo.serve() as server:
        run = sw.stream(f"{server.url}/recordings/tools?speed=inf").wait()
        assert [call.name for call in run.tool_calls] == ["get_weather", "search_recipes"]
        assert run.output.to_dict() == BUNDLED["tools"].read().to_dict()
        cut = sw.stream(f"{server.url}/recordings/cut?speed=inf", reconnect=None).wait()
        assert cut.status == "cut off"
        assert cut.text == BUNDLED["cut"].read().text


def test_any_recordings_can_be_served_chunk_by_chunk() -> None:
    items = sw.stream([{"a": 1}, {"b": "x\ny"}]).wait().recording
    failed = Recording()
    failed.response = {"status": 429, "headers": [["Retry-After", "7"], ["Content-Length", "99"]]}
    failed.content_type = "application/json"
    failed.chunk(b'{"error":"busy"}')
    failed.seal("close")
    with sw.demo.serve(recordings={"chat": chat(), "items": items, "failed": failed}) as server:
        with httpx.stream("POST", f"{server.url}/recordings/chat?speed=1000") as response:
            assert b"".join(response.iter_bytes()) == CHAT
        assert sw.stream(f"{server.url}/recordings/items").wait().recording.events[1].data == '{"b": "x\\ny"}'
        refused = httpx.get(f"{server.url}/recordings/failed")
        assert (refused.status_code, refused.headers["retry-after"], refused.json()) == (429, "7", {"error": "busy"})
        sent = [record.sent for record in server.log if record.path == "/recordings/chat"]
        assert sent == [len(PIECES) + 1]
        assert httpx.get(f"{server.url}/recordings/none").status_code == 404
        assert "chat" in httpx.get(f"{server.url}/recordings/chatt").json()["error"]["message"]
        for wrong in ("speed=0", "speed=fast", "network=4g"):
            assert httpx.get(f"{server.url}/recordings/chat?{wrong}").status_code == 400


def test_a_network_on_the_way_from_the_server() -> None:
    with sw.demo.serve(recordings={"chat": chat()}) as server:
        run = sw.stream(f"{server.url}/recordings/chat?speed=inf&network=cut", reconnect=None).wait()
        assert run.status == "cut off"
        copy = sw.stream(f"{server.url}/recordings/chat?speed=inf&network=duplicates").wait()
    assert len(copy.events) > len(PIECES) + 1
    assert copy.events[-1].data == DONE
    assert copy.text == sw.replay(chat(), math.inf, network="duplicates").wait().text
