"""`resume.py` and `repeats.py`: streams that go on where they were lost, at the addresses where providers keep them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

import sse_widget as sw
from sse_widget.resume import ResumeState

from .support import PATIENCE, RawServer
from .test_attempts import answers, breaks, ends, marks, numbered, said, script, sent

KEY = "sk-canary-0123456789"


def events(*data: dict[str, Any], field: str = "type") -> bytes:
    return b"".join(f"event: {one.get(field, 'message')}\ndata: {json.dumps(one)}\n\n".encode() for one in data)


def background(first: int, *texts: str, head: bool = False, end: bool = False) -> bytes:
    """A part of a stream of OpenAI's Responses, numbered from ``first``."""
    found: list[dict[str, Any]] = []
    if head:
        found.append({"type": "response.created", "response": {"id": "resp_1", "status": "in_progress"}})
        found.append({"type": "response.output_item.added", "output_index": 0, "item": {"id": "msg_1", "type": "message"}})
    found += [
        {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "item_id": "msg_1", "delta": text} for text in texts
    ]
    if end:
        found.append({"type": "response.completed", "response": {"id": "resp_1", "status": "completed", "output": []}})
    return events(*({**one, "sequence_number": number} for number, one in enumerate(found, first)))


def policy(resume: Callable[[ResumeState], httpx.Request | None]) -> sw.Reconnect:
    return sw.Reconnect(delay=0.01, cap=0.02, resume=resume)


def test_a_background_response_of_openai(raw: RawServer) -> None:
    """Broken twice; the second time it overlaps, and the third begins with what was missed."""
    url = script(
        raw,
        breaks(background(0, "Hel", "lo", head=True) + b"event: response.output_text.delta\ndata: {"),
        breaks(background(4, " you")),
        ends(background(4, " you", " there", end=True)),
        path="/v1/responses?api-version=7",
    )
    body = {"model": "m", "background": True, "stream": True}
    run = sw.stream(url, json=body, headers={"Authorization": f"Bearer {KEY}"}, reconnect=policy(sw.OpenAIBackground()))
    assert (run.wait(PATIENCE).status, run.text) == ("done", "Hello you there")
    assert sent(raw) == [
        ("POST", "/v1/responses?api-version=7", None),
        ("GET", "/v1/responses/resp_1?api-version=7&stream=true&starting_after=3", None),
        ("GET", "/v1/responses/resp_1?api-version=7&stream=true&starting_after=4", None),
    ]
    assert [one.headers["authorization"] for one in raw.requests] == [f"Bearer {KEY}"] * 3
    assert [one.body for one in raw.requests[1:]] == [b"", b""]
    assert [one.headers.get("content-type") for one in raw.requests[1:]] == [None, None]
    assert said(run)[0].endswith("later from event 3.")
    assert said(run)[1].endswith("later from event 4. 1 event came again, and is not read twice.")
    assert KEY not in repr([run.findings, list(run.recording.read_entries())])


def test_events_that_a_resumed_response_leaves_out_are_told(raw: RawServer) -> None:
    url = script(raw, breaks(background(0, "Hel", head=True)), ends(background(5, "!", end=True)), path="/v1/responses")
    run = sw.stream(url, json={}, reconnect=policy(sw.OpenAIBackground())).wait(PATIENCE)
    assert run.text == "Hel!"
    assert said(run)[0].endswith(" By their numbers 2 events never came.")


def test_a_response_that_is_no_longer_kept_is_cut_off(raw: RawServer) -> None:
    url = script(raw, breaks(background(0, "Hel", head=True)), answers("404 Not Found"), path="/v1/responses")
    run = sw.stream(url, json={}, reconnect=policy(sw.OpenAIBackground())).wait(PATIENCE)
    assert (run.status, run.text) == ("cut off", "Hel")
    assert "it could not be taken up again: The server answered 404" in said(run, "cut_off")[0]


def test_before_the_response_has_a_name_a_post_is_not_sent_again(raw: RawServer) -> None:
    run = sw.stream(script(raw, breaks(b": hi\n\n"), path="/v1/responses"), json={}, reconnect=policy(sw.OpenAIBackground()))
    with pytest.raises(sw.ConnectError, match="before the first event"):
        run.wait(PATIENCE)
    assert len(raw.requests) == 1


def graph(number: int, text: str) -> bytes:
    data = json.dumps([{"type": "AIMessageChunk", "id": "run-1", "content": text}, {"langgraph_node": "model"}])
    return f"id: {number}-0\nevent: messages\ndata: {data}\n\n".encode()


def test_a_run_of_langgraph_is_joined_where_its_location_says(raw: RawServer) -> None:
    where = "/threads/t1/runs/r1/stream"
    first = b'id: 0-0\nevent: metadata\ndata: {"run_id": "r1", "attempt": 1}\n\n' + graph(1, "Hel")
    url = script(
        raw,
        breaks(first + graph(2, "lo"), Location=where),
        breaks(graph(2, "lo") + graph(3, " you")),
        ends(graph(4, "!")),
        path="/threads/t1/runs/stream",
    )
    run = sw.stream(url, json={"stream_resumable": True}, reconnect=policy(sw.LangGraph())).wait(PATIENCE)
    assert (run.status, run.text) == ("done", "Hello you!")
    assert sent(raw) == [("POST", "/threads/t1/runs/stream", None), ("GET", where, "2-0"), ("GET", where, "3-0")]


def test_a_run_of_langgraph_that_broke_before_its_first_event_is_joined_from_its_beginning(raw: RawServer) -> None:
    url = script(raw, breaks(b": hi\n\n", Location="/runs/r1/stream"), ends(graph(1, "Hi")))
    run = sw.stream(url, json={}, reconnect=policy(sw.LangGraph())).wait(PATIENCE)
    assert (run.text, sent(raw)[1]) == ("Hi", ("GET", "/runs/r1/stream", "-1"))


def test_an_interaction_of_gemini(raw: RawServer) -> None:
    def step(number: int, text: str) -> dict[str, Any]:
        return {"event_type": "step.delta", "index": 0, "delta": {"type": "text", "text": text}, "event_id": f"e{number}"}

    def one(*found: dict[str, Any]) -> bytes:
        return events(*found, field="event_type")

    created = {"event_type": "interaction.created", "interaction": {"id": "v1_x/ä", "status": "in_progress"}, "event_id": "e0"}
    begin = {"event_type": "step.start", "index": 0, "step": {"type": "model_output"}, "event_id": "e1"}
    done = {"event_type": "interaction.completed", "interaction": {"id": "v1_x/ä", "status": "completed"}, "event_id": "e9"}
    url = script(
        raw,
        breaks(one(created, begin, step(2, "Hel"))),
        ends(one(step(2, "Hel"), step(3, "lo"), done)),
        path="/v1beta/interactions",
    )
    run = sw.stream(url, json={}, params={"key": KEY}, reconnect=policy(sw.GeminiInteractions())).wait(PATIENCE)
    assert (run.status, run.text) == ("done", "Hello")
    assert sent(raw)[1] == ("GET", f"/v1beta/interactions/v1_x%2F%C3%A4?key={KEY}&stream=true&last_event_id=e2", None)
    assert KEY not in repr([run.findings, list(run.recording.read_entries()), run.reading.connections.attempts])


def test_a_function_decides_by_what_is_known(raw: RawServer) -> None:
    states: list[ResumeState] = []

    def resume(state: ResumeState) -> httpx.Request | None:
        states.append(state)
        return state.ask(f"/rest/{state.events}", method="POST", X_After=state.last_event_id) if len(states) < 2 else None

    url = script(raw, breaks(numbered(1, 2), X_Run="r7"), breaks(numbered(3)))
    run = sw.stream(url, json={"a": 1}, headers={"X-Api-Key": KEY}, reconnect=policy(resume)).wait(PATIENCE)
    assert (run.status, run.text) == ("cut off", "t1 t2 t3 ")
    assert (states[0].response["x-run"], states[0].last_event_id, states[0].events, states[0].attempt) == ("r7", "2", 2, 1)
    assert states[0].request.content == b'{"a":1}'
    assert sent(raw)[1][:2] == ("POST", "/rest/2")
    second = raw.requests[1]
    assert (second.headers["x-after"], second.headers["x-api-key"], second.body) == ("2", KEY, raw.requests[0].body)
    assert marks(run, "reconnect")[0]["how"] == "resume"
    assert len(raw.requests) == 2


def test_a_function_that_raises_is_said_to(raw: RawServer) -> None:
    def resume(state: ResumeState) -> httpx.Request | None:
        raise RuntimeError(f"no idea, {KEY}")

    run = sw.stream(script(raw, breaks(numbered(1))), headers={"x-api-key": KEY}, reconnect=policy(resume))
    with pytest.raises(sw.SourceError, match="resume raised RuntimeError: no idea") as caught:
        run.wait(PATIENCE)
    assert KEY not in str(caught.value)
    assert run.text == "t1 "


def test_ids_travel_as_they_are(raw: RawServer) -> None:
    url = script(raw, breaks("id:  é 1 \ndata: a\n\n".encode()), ends(b"id: 2\ndata: b\n\n"))
    run = sw.stream(url, reconnect=sw.Reconnect(delay=0.01)).wait(PATIENCE)
    assert run.text == "ab"
    assert raw.requests[1].headers["last-event-id"].encode("latin-1").decode() == "é 1"


@pytest.mark.parametrize("strategy", [sw.LastEventId(), sw.OpenAIBackground(), sw.LangGraph(), sw.GeminiInteractions()])
def test_without_what_it_needs_a_strategy_has_no_request(strategy: Any) -> None:
    assert strategy(ResumeState(request=httpx.Request("POST", "http://h/v1", json={}))) is None
    assert strategy(ResumeState(request=httpx.Request("POST", "http://h/v1", json={}), response_id="..", sequence=1)) is None


def test_a_post_can_be_told_to_go_on_by_its_own_kind() -> None:
    first = httpx.Request("POST", "http://h/v1", json={"a": 1}, headers={"X": "1"})
    state = ResumeState(request=first, last_event_id="7")
    (get, post) = sw.LastEventId()(state), sw.LastEventId("POST")(state)
    assert get is not None
    assert post is not None
    assert (get.method, get.content, get.headers["last-event-id"], get.headers.get("content-type")) == ("GET", b"", "7", None)
    assert (post.method, post.content, post.headers["x"], post.headers["content-type"]) == ("POST", first.content, "1", "application/json")
    assert "last-event-id" not in first.headers
    with pytest.raises(sw.UsageError, match="method must be GET or POST"):
        sw.LastEventId("PUT")
