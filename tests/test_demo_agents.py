"""The five agents of the demo server: the same each time, and the same on one connection as on five."""

from __future__ import annotations

import httpx
import pytest

import sse_widget as sw
from sse_widget.demo import DemoServer
from sse_widget.demo.agents import SAYS, script
from sse_widget.demo.options import Options


def test_the_same_seed_says_the_same_at_the_same_times() -> None:
    assert script(Options(rate=12, seed=3)) == script(Options(rate=12, seed=3)) != script(Options(rate=12, seed=4))


def test_they_speak_at_once_and_who_waits_comes_last() -> None:
    said = script(Options(rate=12, jitter=0.6))
    begins = {agent: min(due for due, by, what in said if by == agent and what["type"] == "text") for agent in SAYS}
    ends = {agent: max(due for due, by, _ in said if by == agent) for agent in SAYS}
    assert max(begins[agent] for agent in ("Research Bot", "Shopping Bot", "Timing Bot")) < min(ends.values())
    handed = next(due for due, _, what in said if what["type"] == "handoff")
    assert begins["Critic Bot"] > handed == ends["Research Bot"]
    assert begins["Summary Bot"] > max(end for agent, end in ends.items() if agent != "Summary Bot")
    assert [due for due, _, _ in said] == sorted(due for due, _, _ in said)


def test_one_connection_says_what_five_say(server: DemoServer) -> None:
    together = sw.stream(server.url + "/agents?rate=0&seed=2", key="$.agent", extract="$.text").wait()
    assert {name: lane.text.strip() for name, lane in together.lanes.items()} == SAYS
    for name, lane in together.lanes.items():
        alone = sw.stream(f"{server.url}/agents/{name.split()[0].lower()}?rate=0&seed=2", extract="$.text").wait()
        assert [event.data for event in alone.events] == [event.data for event in lane.events]
    assert {event.type for event in together.lanes["Critic Bot"].events} == {"critic-bot"}, "the event's name serves as a key as well"
    assert len(together.session.conductor.handoffs) == 1
    assert together.session.conductor.barriers[0].lane == "Summary Bot"


def test_ten_lanes_are_complete_as_fast_as_they_come(server: DemoServer) -> None:
    run = sw.stream(server.url + "/agents?agents=15&tokens=1000&rate=0", key="event", extract="$.text").wait()
    counts = {tag: len(lane.events) for tag, lane in run.lanes.items()}
    assert {tag: counts[tag] for tag in counts if tag[4:].isdigit()} == {f"bot-{n}": 1001 for n in range(6, 16)}
    assert sum(counts.values()) == len(run.events)
    assert run.lanes["bot-9"].text.split() == [str(n) for n in range(1000)]


@pytest.mark.parametrize(("path", "status"), [("/agents?rate=fast", 400), ("/agents?agents=many", 400), ("/agents/nobody", 404)])
def test_what_there_is_not_is_refused(server: DemoServer, path: str, status: int) -> None:
    answer = httpx.get(server.url + path)
    assert (answer.status_code, "message" in answer.json()["error"]) == (status, True)
