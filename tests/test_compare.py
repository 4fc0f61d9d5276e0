"""`sw.compare`: cells that are asked by themselves, in a schedule; what fails, waits, is judged, and goes on after a restart."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import sse_widget as sw
from sse_widget.compare.asking import PATIENT, Asking, _conversation
from sse_widget.compare.grid import Grid
from sse_widget.compare.session import Compare
from sse_widget.demo import DemoServer
from sse_widget.errors import RecordingError
from sse_widget.reconnect import USUAL, Loss

from .support import PATIENCE, Connection, RawServer, RecordingComm

CHUNK = 'data: {"choices": [{"index": 0, "delta": {"content": "%s"}}]}\n\n'


def ask(server: DemoServer, **more: Any) -> dict[str, Any]:
    return {"provider": "openai", "base_url": f"{server.url}/v1", "headers": {"Authorization": "Bearer sk-demo"}, "show": False, **more}


def words(prompt: Any, model: str, **params: Any) -> Iterator[str]:
    """A request function that asks nobody."""
    yield f"{model} says "
    yield str(prompt)


def states(session: Compare) -> dict[str, str]:
    return {ident: asked.state for ident, asked in session.asked.items()}


def settle(session: Compare) -> None:
    """Wait until the writer has done all that it was woken for."""
    for _ in range(3):
        done = threading.Event()
        session.post(done.set)
        assert done.wait(PATIENCE)


def until(right: Callable[[], bool], session: Compare) -> None:
    """Wait until something is so; the writer is asked to turn meanwhile."""
    deadline = time.monotonic() + PATIENCE
    while not right():
        assert time.monotonic() < deadline
        settle(session)


# --- asking --------------------------------------------------------------------------------------------------------------
def test_every_cell_is_asked_and_the_table_says_what_came(server: DemoServer) -> None:
    session = sw.compare(
        {"short": "Hi", "long": "Hello"}, ["plain", "tools"], n=2, params={"rate": 0}, seed=4, prices={"plain": (1, 2)}, **ask(server)
    )
    assert session.wait(PATIENCE) is session
    assert set(states(session).values()) == {"done"}
    assert session["short", "plain"].text == session["long", "plain", 0, 1].text != ""
    with pytest.raises(KeyError):
        session["short", "nobody"]
    table = session.to_pandas()
    assert len(table) == 8
    assert set(table["prompt"]) == {"short", "long"}
    assert list(table[table["repetition"] == 1]["asked_model"]).count("tools") == 2
    assert set(table["params"]) == {'{"rate": 0}'}
    assert table["vote"].isna().all()
    assert repr(session) == "<Compare: 2 prompts × 2 columns × 2, 8 of 8 cells done>"


def test_connections_are_open_before_the_clock_begins_and_a_batch_begins_together(raw: RawServer) -> None:
    together = threading.Barrier(2, timeout=PATIENCE)

    def handler(connection: Connection) -> None:
        together.wait()  # both have been asked, or nobody is answered
        connection.start()
        connection.chunk((CHUNK % "Hi").encode())
        connection.chunk(b"data: [DONE]\n\n")
        connection.end()

    url = raw.serve(handler)
    session = sw.compare(["a", "b"], "m", concurrency=2, provider="vllm", base_url=url, show=False).wait(PATIENCE)
    assert [asked.warmed for asked in session.asked.values()] == [True, True]
    starts = [asked.run.start for asked in session.asked.values() if asked.run]
    made = [asked.run.begun - session.t0 for asked in session.asked.values() if asked.run]
    assert min(starts) > max(made)  # no clock ran while connections were opened


def test_the_next_batch_waits_for_the_last_of_the_one_before() -> None:
    asked: list[str] = []
    release = threading.Event()

    def request(prompt: Any, model: str) -> Iterator[str]:
        asked.append(model)
        return answer(model)

    def answer(model: str) -> Iterator[str]:
        if model == "b":
            release.wait(PATIENCE)
        yield "x"

    session = sw.compare("p", list("abc"), request=request, concurrency=2, order="given", show=False)
    until(lambda: states(session)["0.0.0.0"] == "done", session)
    settle(session)
    assert sorted(asked) == ["a", "b"]
    page = session.board.to_page() if session.board else {}
    assert page["progress"]["live"] is True
    release.set()
    session.wait(PATIENCE)
    assert sorted(asked) == ["a", "b", "c"]


def test_one_failing_cell_leaves_the_others_alone() -> None:
    def request(prompt: Any, model: str, **params: Any) -> Any:
        if model == "raises":
            raise ValueError("no such thing")
        if model == "empty":
            return {"json": {}}
        if model == "odd":
            return 3
        return words(prompt, model)

    session = sw.compare(["p"], ["raises", "empty", "odd", "good"], request=request, show=False).wait(PATIENCE)
    assert sorted(states(session).values()) == ["done", "failed", "failed", "failed"]
    assert "request raised ValueError: no such thing" in str(session["prompt 1", "raises"].error)
    assert "has no source" in str(session["prompt 1", "empty"].error)
    assert "cannot be streamed" in str(session["prompt 1", "odd"].error)
    assert session["prompt 1", "good"].text == "good says p"


def test_a_function_may_give_whatever_can_be_streamed(server: DemoServer) -> None:
    body = {"model": "plain", "stream": True, "messages": [], "rate": 0}

    async def slowly(prompt: str) -> Any:
        yield prompt

    def request(prompt: Any, model: str, **params: Any) -> Any:
        url = f"{server.url}/v1/chat/completions"
        return {
            "url": {"source": url, "json": body},
            "provider": {"source": prompt, "provider": "vllm", "base_url": f"{server.url}/v1", "model": "plain", "json": {"rate": 0}},
            "async": slowly(prompt),
            "list": ["a", "b"],
            "dict": {"source": ["{}"], "parse": lambda data: "parsed"},
        }[model]

    models = ["url", "provider", "async", "list", "dict"]
    session = sw.compare("Hi", models, request=request, concurrency=5, show=False).wait(PATIENCE)
    texts = {model: session[0, model].text for model in models}
    assert texts["url"] == texts["provider"] != ""
    assert (texts["async"], texts["list"], texts["dict"]) == ("Hi", "ab", "parsed")
    assert [session.asked[f"0.{i}.0.0"].warmed for i in range(5)] == [True, True, None, None, None]


def test_the_clock_of_a_function_begins_with_its_call() -> None:
    release = threading.Event()
    called = threading.Event()

    def request(prompt: Any, model: str) -> list[str]:
        called.set()
        release.wait(PATIENCE)  # many packages send the request here
        return ["x"]

    session = sw.compare("p", "m", request=request, show=False)
    assert called.wait(PATIENCE)
    released = time.monotonic()
    release.set()
    session.wait(PATIENCE)
    assert session[0, 0].recording.t0 < released


def test_an_async_function_is_awaited_where_the_comparison_began() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()

        async def answer(prompt: str) -> Any:
            assert asyncio.get_running_loop() is loop
            yield prompt

        async def request(prompt: Any, model: str) -> Any:
            if model == "bad":
                raise ValueError("no")
            await asyncio.sleep(0)
            return answer(prompt)

        session = sw.compare("Hi", ["good", "bad"], request=request, show=False)
        with pytest.raises(sw.UsageError, match="await session"):
            session.wait()
        assert await session is session
        assert session[0, "good"].text == "Hi"
        assert session[0, "bad"].status == "failed"

    asyncio.run(main())

    async def request(prompt: Any, model: str) -> Any: ...

    with pytest.raises(sw.UsageError, match="event loop"):
        sw.compare("Hi", "m", request=request)


def test_a_function_whose_answers_need_the_loop_does_not_hang_a_call_that_blocks_it() -> None:
    async def main() -> None:
        async def answer() -> Any:
            yield "x"

        session = sw.compare("Hi", "m", request=lambda prompt, model: answer(), show=False)
        with pytest.raises(sw.UsageError, match="await"):
            session.wait()
        await session
        assert session[0, 0].text == "x"

    asyncio.run(main())


def test_a_server_that_asks_to_wait_is_waited_for(raw: RawServer) -> None:
    def handler(connection: Connection) -> None:
        if len(raw.requests) == 1:
            connection.start("429 Too Many Requests", "application/json", Retry_After="0")
            return connection.end()
        connection.start()
        connection.chunk((CHUNK % "Hi").encode())
        connection.chunk(b"data: [DONE]\n\n")
        connection.end()

    session = sw.compare("p", "m", provider="vllm", base_url=raw.serve(handler), show=False).wait(PATIENCE)
    run = session[0, 0]
    assert (run.status, run.text, run.metrics.reconnects) == ("done", "Hi", 1)
    asked = Loss("asked", False, after=2.0)
    assert USUAL.wait(asked, 2, 4.0, 0.5) is None
    assert PATIENT.wait(asked, 2, 4.0, 0.5) is not None
    assert PATIENT.wait(Loss("broken", False, events=3), 0, 0.0, 0.5) is None  # nothing is asked twice that may have been processed


def test_conversations_are_written_as_each_provider_has_them() -> None:
    said = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes?"}]
    assert _conversation("openai", said) == {"messages": said}
    assert _conversation("anthropic", said) == {"messages": said[1:], "system": "Be brief."}
    gemini = _conversation("gemini", said)
    assert [one["role"] for one in gemini["contents"]] == ["user", "model"]
    assert gemini["systemInstruction"] == {"parts": [{"text": "Be brief."}]}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"request": words}, "no prompts"),
        ({"prompts": "p", "models": "m"}, "either a provider or a function"),
        ({"prompts": "p", "models": "m", "provider": "openai", "request": words}, "either a provider or a function"),
        ({"prompts": "p", "models": "m", "request": 3}, "must be a function"),
        ({"prompts": "p", "models": "m", "provider": "opena"}, "Did you mean 'openai'"),
        ({"prompts": "p", "models": "m", "provider": "openai"}, "no key for openai"),
        ({"prompts": "p", "provider": "openai", "headers": {"Authorization": "x"}}, "Which model"),
        ({"prompts": "p", "models": "m", "request": words, "headrs": {}}, "Did you mean 'headers'"),
        ({"prompts": "p", "models": "m", "request": words, "client": object()}, "connection of its own"),
        ({"prompts": "p", "models": "m", "request": words, "concurrency": 0}, "concurrency"),
        ({"prompts": "p", "models": "m", "request": words, "persist": "stat"}, "persist"),
        ({"prompts": "p", "models": "m", "request": words, "prices": 3}, "prices"),
        ({"resume": 3, "request": words}, "path"),
        ({"resume": "nowhere.ssejsonl", "request": words}, "does not exist yet"),
    ],
)
def test_what_cannot_be_compared_is_said_at_once(arguments: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(sw.UsageError, match=said):
        sw.compare(**arguments)


# --- judging -------------------------------------------------------------------------------------------------------------
def test_a_vote_on_what_has_not_ended_is_refused() -> None:
    release = threading.Event()

    def request(prompt: Any, model: str) -> Iterator[str]:
        if model == "b":
            release.wait(PATIENCE)
        yield "x"

    session = sw.compare("p", ["a", "b"], request=request, show=False)
    grid = session.board
    assert isinstance(grid, Grid)
    until(lambda: states(session)["0.0.0.0"] == "done", session)
    with pytest.raises(sw.UsageError, match=r"1 has not: prompt 1 · b"):
        session.vote("0.0.0.0")
    grid.command({"type": "board", "do": "vote", "cell": "0.0.0.0", "blind": True})
    assert "waits until every answer" in grid.to_page()["said"]["text"]
    assert "prompt 1" not in grid.to_page()["said"]["text"]  # whose answer it is, is not told who judges blindly
    assert session.votes.to_list() == []
    release.set()
    session.wait(PATIENCE)
    grid.command({"type": "board", "do": "vote", "cell": "0.1.0.0", "note": "crisp", "blind": True})
    session.vote(session[0, "a"])
    assert session.votes.to_list() == [{"prompt": 0, "repetition": 0, "cell": "0.0.0.0", "note": "crisp", "blind": False}]
    assert list(session.to_pandas()["vote"]) == ["best" if row == "a" else "other" for row in session.to_pandas()["asked_model"]]
    assert set(session.to_pandas()["note"]) == {"crisp"}
    with pytest.raises(sw.UsageError, match="no cell"):
        session.vote("7.7.7.7")


def test_what_the_page_says_is_looked_at(comms: list[RecordingComm]) -> None:
    session = sw.compare("p", ["a", "b"], request=words, show=False).wait(PATIENCE)
    grid = session.board
    assert isinstance(grid, Grid)
    before = json.dumps(session.votes.to_list())
    for command in (
        {"do": "vote", "cell": "9.9.9.9"},
        {"do": "vote", "prompt": 9, "repetition": 0, "note": "x"},
        {"do": "vote", "prompt": True, "repetition": 0, "note": "x"},
        {"do": "baseline", "column": 5},
        {"do": "baseline", "column": "0"},
        {"do": "unheard of"},
        {},
    ):
        grid.command(command)
    assert (json.dumps(session.votes.to_list()), grid.baseline) == (before, None)
    grid.command({"do": "baseline", "column": 1})
    grid.command({"do": "vote", "prompt": 0, "repetition": 0, "note": "n" * 5000})
    assert grid.baseline == 1
    assert len(session.votes.to_list()[0]["note"]) == 2000
    assert session.widget is not None
    told = json.loads(json.dumps(grid.to_page()))
    assert [cell[1] for cell in told["cells"]] == ["done", "done"]


# --- stopping, and going on ----------------------------------------------------------------------------------------------
def test_what_was_stopped_goes_on_and_what_is_done_is_not_asked_again(tmp_path: Path) -> None:
    file = tmp_path / "grid.ssejsonl"
    asked: list[str] = []
    release = threading.Event()

    def request(prompt: Any, model: str, **params: Any) -> Iterator[str]:
        asked.append(f"{prompt} {model}")
        return answer(prompt, model)

    def answer(prompt: str, model: str) -> Iterator[str]:
        yield f"{prompt} {model}"
        if model == "b" and not release.is_set():
            release.wait(PATIENCE)

    options: dict[str, Any] = {"request": request, "concurrency": 2, "order": "given", "show": False}
    session = sw.compare(["p", "q"], ["a", "b"], resume=file, **options)
    until(lambda: states(session)["0.0.0.0"] == "done" and bool(session.asked["0.1.0.0"].run), session)
    session.stop()
    session.wait(PATIENCE)
    assert states(session) == {"0.0.0.0": "done", "0.1.0.0": "stopped", "1.0.0.0": "skipped", "1.1.0.0": "skipped"}
    assert sorted(asked) == ["p a", "p b"]
    release.set()

    again = sw.compare(resume=file, **options).wait(PATIENCE)  # what the same cell does after a restart of the kernel
    assert sorted(asked[2:]) == ["p b", "q a", "q b"]
    assert set(states(again).values()) == {"done"}
    assert [again.asked[ident].kept for ident in states(again)] == [True, False, False, False]
    assert again[0, "a"].id == session[0, "a"].id
    assert again[0, "b"].text == "p b"
    again.vote("1.0.0.0", note="fine")
    until(lambda: "fine" in file.read_text("utf-8"), again)
    settle(again)

    loaded = sw.load(file)
    assert isinstance(loaded, Compare)
    loaded.wait(PATIENCE)
    until(lambda: set(states(loaded).values()) == {"done"}, loaded)
    assert loaded.plan == session.plan
    assert loaded.votes.to_list() == again.votes.to_list()
    assert isinstance(loaded.board, Grid)
    with pytest.raises(sw.UsageError, match="loaded from a file"):
        loaded.resume()
    count = len(asked)
    session.resume()
    with pytest.raises(sw.UsageError, match="goes on already"):
        session.resume()
    session.wait(PATIENCE)
    assert (len(asked) - count, len(session.runs), set(states(session).values())) == (3, 4, {"done"})


def test_a_widget_that_is_closed_ends_all_of_it(comms: list[RecordingComm]) -> None:
    asked: list[str] = []
    release = threading.Event()

    def request(prompt: Any, model: str) -> Iterator[str]:
        asked.append(model)
        yield "x"
        release.wait(PATIENCE)

    session = sw.compare("p", ["a", "b"], request=request, concurrency=1, order="given", show=False)
    until(lambda: bool(session.asked["0.0.0.0"].run and session.asked["0.0.0.0"].run.text), session)
    session.widget.close()
    release.set()
    session.wait(PATIENCE)
    assert states(session) == {"0.0.0.0": "stopped", "0.1.0.0": "skipped"}
    assert asked == ["a"]


def test_another_plan_keeps_what_it_has_in_common(tmp_path: Path) -> None:
    file = tmp_path / "grid.ssejsonl"
    first = sw.compare(["p", "q"], ["a"], request=words, show=False).wait(PATIENCE)
    first.vote("1.0.0.0", note="q is better")
    first.save(file)
    second = sw.compare(["q", "r"], ["b", "a"], request=words, resume=file, show=False).wait(PATIENCE)
    assert {ident: asked.kept for ident, asked in second.asked.items()} == {
        "0.0.0.0": False,
        "0.1.0.0": True,
        "1.0.0.0": False,
        "1.1.0.0": False,
    }
    assert second.votes.to_list() == [{"prompt": 0, "repetition": 0, "cell": "0.1.0.0", "note": "q is better", "blind": False}]


def test_a_file_of_something_else_is_not_gone_on_with(tmp_path: Path) -> None:
    file = tmp_path / "run.ssejsonl"
    sw.stream(["a"], show=False).wait(PATIENCE).recording.save(file)
    before = file.read_bytes()
    with pytest.raises(sw.UsageError, match="holds no comparison"):
        sw.compare("p", "m", request=words, resume=file)
    assert file.read_bytes() == before
    newer = tmp_path / "newer.ssejsonl"
    session = sw.compare("p", "m", request=words, show=False).wait(PATIENCE)
    session.save(newer)
    newer.write_text(newer.read_text("utf-8").replace('"compare":1', '"compare":2'), "utf-8")
    with pytest.raises(RecordingError, match="version 2"):
        sw.compare(request=words, resume=newer)


def test_a_key_is_in_no_file_and_not_on_the_page(raw: RawServer, tmp_path: Path) -> None:
    url = raw.stream((CHUNK % "it is sk-very-secret-key").encode(), b"data: [DONE]\n\n")
    headers = {"Authorization": "Bearer sk-very-secret-key"}
    session = sw.compare("p", "m", provider="openai", base_url=url, headers=headers, show=False).wait(PATIENCE)
    session.vote("0.0.0.0", note="sk-very-secret-key")
    file = session.save(tmp_path / "grid.ssejsonl")
    assert "sk-very-secret-key" not in file.read_text("utf-8")
    from sse_widget.sessions.board import told

    assert "sk-very-secret-key" not in json.dumps(told(session))


def test_options_are_looked_at_before_anything_is_asked() -> None:
    with pytest.raises(sw.UsageError, match="stream"):
        Asking(None, words, {"stream": True})
