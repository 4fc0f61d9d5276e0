"""Replays: the copy is equal to the original, its clock is the recording's, and a network does what its profile says."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sse_widget as sw
from sse_widget.recording import Recording
from sse_widget.replay import PROFILES, Player, Profile
from sse_widget.replay.network import plan
from tests.chat import DONE, say
from tests.streams import STREAMS
from tests.test_files import recorded, same

PIECES = [f"word{number} " for number in range(40)]
CHAT = "".join(f"data: {one if isinstance(one, str) else json.dumps(one)}\n\n" for one in [*map(say, PIECES), DONE]).encode()


def chat() -> Recording:
    """Forty events, one a chunk, a tenth of a second apart."""
    ends = [at + 2 for at in range(len(CHAT)) if CHAT[at : at + 2] == b"\n\n"]
    return recorded(CHAT, ends)


@pytest.mark.parametrize("name", sorted(STREAMS))
def test_the_copy_ends_equal_to_the_original(name: str) -> None:
    data = STREAMS[name].body()
    original = recorded(data, list(range(0, len(data), 41)))
    original.content_type = STREAMS[name].content_type
    run = sw.replay(original, math.inf)
    with contextlib.suppress(sw.ProviderError):  # one stream ends with an error of the provider's, as it did when it was live
        run.wait()
    copy = run.recording
    assert (copy.session, copy.run) == (run.session.id, run.id)
    copy.session, copy.run = original.session, original.run
    same(original, copy)
    assert run.text == original.read().text
    assert run.metrics == original.metrics()


@pytest.mark.parametrize(
    ("mark", "status"),
    [
        ({"mark": "stop", "by": "the page"}, "stopped"),
        ({"mark": "error", "broken": "reset"}, "cut off"),
        ({"mark": "error", "type": "StatusError", "message": "The server answered 500."}, "failed"),
    ],
)
def test_it_ends_as_the_original_did(mark: dict[str, Any], status: str) -> None:
    original = Recording()
    original.mark("open", 0.1, status=200)
    original.chunk(f"data: {json.dumps(say('x'))}\n\n".encode(), 0.2)
    original._restore(0.3, "mark", b"", mark)
    original._restored()
    run = sw.replay(original, math.inf)
    if status == "failed":
        with pytest.raises(sw.SSEWidgetError, match="answered 500"):
            run.wait()
    else:
        run.wait()
    assert run.status == status
    assert run.stopped_by == mark.get("by", "")


def test_what_goes_on_is_played_as_far_as_it_has_come() -> None:
    original = Recording()
    original.item("one", {"as": "str"}, 0.1)
    assert sw.replay(original, math.inf).wait().text == "one"


def test_a_path_and_a_recording_are_sources_too(tmp_path: Path) -> None:
    original = recorded(b"data: x\n\n")
    path = original.save(tmp_path / "run.ssejsonl")
    assert sw.stream(path, dialect="text").wait().text == "x"
    assert sw.stream(original, dialect="text").wait().text == "x"


class Ticks:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_players_clock() -> None:
    ticks = Ticks()
    player = Player(2.0, clock=ticks)
    ticks.now += 3
    assert player.position == 6.0
    player.pause()
    ticks.now += 9
    assert player.position == 6.0
    player.speed = 0.5
    player.play()
    ticks.now += 2
    assert player.position == 7.0
    player.seek(20.0)
    ticks.now += 2
    assert player.position == 21.0


def test_a_paused_replay_goes_on_by_steps() -> None:
    run = sw.replay(chat(), 0.01)
    run.pause()
    assert run.status == "paused"
    run.player.step(2)  # the mark that opens it, and the first word

    async def two() -> list[str]:
        words = []
        async for text in run:
            words.append(text)
            if len(words) == 3:
                run.player.speed = math.inf
                run.resume()
            elif len(words) < 3:
                run.player.step()
        return words

    assert asyncio.run(two()) == PIECES
    assert run.status == "done"
    assert [entry.info for entry in run.recording.read_entries() if entry.kind == "mark"][1:] == [{"mark": "close"}]


def test_seek_plays_what_lies_before_at_once() -> None:
    run = sw.replay(chat(), 0.01)
    run.player.seek(2.05)
    texts = iter(run)
    assert [next(texts) for _ in range(20)] == PIECES[:20]
    run.player.seek(1e9)
    assert run.wait().text == "".join(PIECES)


@pytest.mark.parametrize("speed", [0, -1, "fast", None, True, math.nan])
def test_a_speed_that_is_none(speed: Any) -> None:
    with pytest.raises(sw.UsageError, match="speed must be a number above 0"):
        sw.replay(chat(), speed)


def test_what_a_replay_cannot_do() -> None:
    run = sw.replay(chat(), 0.01)
    try:
        with pytest.raises(sw.UsageError, match="steps forward"):
            run.player.step(0)
        run.player.seek(1.0)
        with pytest.raises(sw.UsageError, match="goes forward only"):
            run.player.seek(0.5)
        with pytest.raises(sw.UsageError, match="wants seconds"):
            run.player.seek(math.nan)
        with pytest.raises(sw.UsageError, match="no replay"):
            _ = sw.stream(["x"]).player
        with pytest.raises(sw.UsageError, match="no network '4g'"):
            sw.replay(chat(), network="4g")
        with pytest.raises(sw.UsageError, match="a name or a Profile"):
            sw.replay(chat(), network=4)
    finally:
        run.stop()


@pytest.mark.parametrize("wrong", [{"latency": -1}, {"loss": 2}, {"cut": -0.1}, {"bandwidth": 0}, {"piece": 0}, {"garble": 1.1}])
def test_a_profile_that_is_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(sw.UsageError, match="Profile"):
        Profile(**wrong)


# --- networks ------------------------------------------------------------------------------------------------------------
def planned(network: str | Profile, recording: Recording | None = None) -> list[Any]:
    return list(plan(recording or chat(), PROFILES[network] if isinstance(network, str) else network))


def body(entries: list[Any]) -> bytes:
    return b"".join(entry.data for entry in entries)


@pytest.mark.parametrize("name", ["none", "3g", "flaky", "buffering-proxy", "split-utf8"])
def test_a_network_changes_no_byte_and_turns_no_clock_back(name: str) -> None:
    entries = planned(name)
    assert body(entries) == CHAT
    times = [entry.time for entry in entries]
    assert times == sorted(times)
    assert entries == planned(name)  # the same every time


@given(
    latency=st.floats(0, 1),
    jitter=st.floats(0, 1),
    bandwidth=st.none() | st.floats(10, 1e6),
    buffer=st.integers(0, 5000),
    loss=st.floats(0, 1),
    piece=st.none() | st.integers(1, 500),
    seed=st.integers(0, 99),
)
def test_no_network_loses_or_reorders_anything(**profile: Any) -> None:
    entries = planned(Profile(**profile))
    assert body(entries) == CHAT
    times = [entry.time for entry in entries]
    assert times == sorted(times)
    assert [entry.info["mark"] for entry in entries if entry.kind == "mark"] == ["open", "close"]


def test_3g_is_late_and_slow() -> None:
    first = next(entry for entry in planned("3g") if entry.data)
    assert first.time >= 0.1 + 0.4 + len(first.data) / 50_000


def test_a_buffering_proxy_passes_on_large_pieces() -> None:
    pieces = [entry for entry in planned("buffering-proxy") if entry.data]
    assert len(pieces) == 1
    assert pieces[0].time >= 4.0
    run = sw.replay(chat(), math.inf, network="buffering-proxy").wait()
    assert "burst" in {finding.kind for finding in run.findings}
    assert run.source.label == "replay, buffering-proxy"


def test_small_pieces_cut_characters_and_the_text_is_whole() -> None:
    data = f"data: {json.dumps(say('Grüße 😀 日本'), ensure_ascii=False)}\n\n".encode()
    pieces = [entry.data for entry in planned(Profile(piece=1), recorded(data)) if entry.data]
    assert set(map(len, pieces)) == {1}
    assert sw.replay(recorded(data), math.inf, network=Profile(piece=1)).wait().text == "Grüße 😀 日本"


def test_a_cut_leaves_what_came() -> None:
    run = sw.replay(chat(), math.inf, network="cut").wait()
    assert run.status == "cut off"
    assert "".join(PIECES).startswith(run.text)
    assert 20 <= len(run.events) < 40
    assert run.recording.broken == "the connection was cut by the network profile"
    assert sw.replay(chat(), math.inf, network=Profile(cut=1.0)).wait().recording.broken


def test_duplicated_events_come_twice() -> None:
    run = sw.replay(chat(), math.inf, network=Profile(duplicate=1.0)).wait()
    assert [event.data for event in run.events][:4] == [run.events[0].data] * 2 + [run.events[2].data] * 2
    assert len(run.events) == 2 * 41


def test_bad_json_is_seen_and_the_rest_is_read() -> None:
    run = sw.replay(chat(), math.inf, network=Profile(garble=0.2, seed=1)).wait()
    bad = [event for event in run.events if event.data != DONE and "\\" in event.data]
    assert 2 < len(bad) < 20
    assert len(run.events) == 41
    for event in bad:
        with pytest.raises(ValueError, match=r"Expecting|Invalid|delimiter"):
            event.json()
    assert run.text.split()[0].startswith("word")


def test_one_event_that_is_late_makes_all_after_it_late() -> None:
    times = [event.time for event in sw.replay(chat(), math.inf, network=Profile(delay=3.0, delayed=5)).wait().events]
    assert [round(time - 0.1 * (number + 1), 6) for number, time in enumerate(times)] == [0.0] * 5 + [3.0] * 36


def test_items_of_an_iterator_go_through_a_network_too() -> None:
    original = sw.stream(["one ", "two ", "three"]).wait().recording
    assert sw.replay(original, math.inf, network=Profile(latency=0.5, piece=1)).wait().text == "one two three"
    assert sw.replay(original, math.inf, network=Profile(duplicate=1.0)).wait().text == "one one two two threethree"
