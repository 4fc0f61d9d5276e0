"""`run.py`: one stream's life, from outside."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import httpx_sse
import pytest

import sse_widget as sw
from sse_widget.demo import DemoServer


def chat(server: DemoServer, model: str, **fields: Any) -> sw.Run:
    body = {"model": model, "stream": True, "rate": 0, "messages": [{"role": "user", "content": "hi"}], **fields}
    return sw.stream(f"{server.url}/v1/chat/completions", json=body)


def test_the_main_job(server: DemoServer) -> None:
    run = chat(server, "pizza", stream_options={"include_usage": True}).wait()
    assert run.status == "done"
    assert run.error is None
    assert run.text.startswith("#")
    assert "dough" in run.text
    assert run.reasoning
    assert run.output.finish_reason == "stop"
    assert run.output.model == "pizza"
    assert run.metrics.tokens_source == "usage"
    assert run.metrics.first_token <= run.metrics.first_answer <= run.metrics.end
    assert "Run" in repr(run)
    assert "done" in repr(run)


def test_what_it_gives_is_what_the_openai_package_gives(server: DemoServer) -> None:
    import openai

    with openai.OpenAI(base_url=server.url + "/v1", api_key="none") as client:
        theirs = "".join(
            c.choices[0].delta.content or ""
            for c in client.chat.completions.create(model="markdown", messages=[], stream=True, extra_body={"rate": 0})
            if c.choices
        )
    assert chat(server, "markdown").wait().text == theirs


def test_tool_calls(server: DemoServer) -> None:
    run = chat(server, "tools").wait()
    assert len(run.tool_calls) == 2
    assert all(call.name and isinstance(call.parsed, dict) for call in run.tool_calls)
    assert run.output.finish_reason == "tool_calls"


@pytest.mark.parametrize(
    ("source", "options", "text"),
    [
        (
            ["Hello!", "The weather is sunny today.", "Perfect for a walk."],
            {"join": " "},
            "Hello! The weather is sunny today. Perfect for a walk.",
        ),
        (["a", "b"], {"parse": lambda data: data.upper()}, "AB"),
        ([{"result": {"text": "x"}}, {"result": {"text": "y"}}], {"extract": "$.result.text"}, "xy"),
        ([b'data: {"choices":[{"delta":{"con', b'tent":"hi"},"finish_reason":"stop"}]}\n\n'], {}, "hi"),
        ([httpx_sse.ServerSentEvent(data="one "), httpx_sse.ServerSentEvent(data="two", id="7")], {}, "one two"),
        (['{"a": 1}', " and more"], {}, '{"a": 1} and more'),
        ([], {}, ""),
    ],
)
def test_iterables(source: list[Any], options: dict[str, Any], text: str) -> None:
    run = sw.stream(source, **options).wait()
    assert (run.status, run.text, run.items) == ("done", text, source)
    assert "".join(run) == text


def test_plain_text_over_http(server: DemoServer) -> None:
    run = sw.stream(server.url + "/plain?rate=0", join=" ").wait()
    assert (run.status, run.text) == ("done", "Hello! The weather is sunny today. Perfect for a walk.")


def test_async_iterables_stay_on_the_callers_loop() -> None:
    async def main() -> tuple[sw.Run, list[str]]:
        loop = asyncio.get_running_loop()

        async def source() -> AsyncIterator[str]:
            for text in ("a", "b", "c"):
                assert asyncio.get_running_loop() is loop
                await asyncio.sleep(0)
                yield text

        run = sw.stream(source())
        with pytest.raises(sw.UsageError, match="await run"):
            run.wait()
        pieces = [text async for text in run]
        return await run, pieces

    run, pieces = asyncio.run(main())
    assert (run.status, run.text, pieces) == ("done", "abc", ["a", "b", "c"])


def test_without_a_loop_an_async_iterable_runs_on_ours() -> None:
    async def source() -> AsyncIterator[str]:
        await asyncio.sleep(0)
        yield "a"

    assert sw.stream(source()).wait().text == "a"


def test_open_responses_and_event_sources(server: DemoServer) -> None:
    with httpx.Client() as client, client.stream("GET", server.url + "/plain?rate=0") as response:
        assert sw.stream(response, join=" ").wait().text.startswith("Hello! The")
    with httpx.Client() as client, httpx_sse.connect_sse(client, "GET", server.url + "/plain?rate=0") as source:
        assert sw.stream(source, join=" ").wait().text.startswith("Hello! The")

    async def main() -> str:
        async with httpx.AsyncClient() as client, client.stream("GET", server.url + "/plain?rate=0") as response:
            return (await sw.stream(response, join=" ")).text

    assert asyncio.run(main()).startswith("Hello! The")


def test_an_iterator_that_raises_keeps_what_it_gave() -> None:
    def source() -> Iterator[str]:
        yield "a"
        raise ValueError("no more")

    run = sw.stream(source())
    with pytest.raises(sw.SourceError, match="raised ValueError: no more") as caught:
        run.wait()
    assert isinstance(caught.value.__cause__, ValueError)
    assert (run.status, run.text) == ("failed", "a")


def test_an_item_of_an_unknown_type() -> None:
    with pytest.raises(sw.SourceError, match="gave a float, which is none of"):
        sw.stream(["a", 3.5]).wait()


def test_a_rule_that_matches_nothing_says_where_there_is_text(server: DemoServer) -> None:
    run = sw.stream([{"result": {"text": "x"}, "id": 1}, {"result": {"text": "y"}, "id": 2}], extract="$.answer")
    with pytest.raises(sw.RuleError, match=r"extract='\$\.answer' matched nothing in any of 2 events\. There is text at: \$\.result\.text"):
        run.wait()
    assert len(run.events) == 2


def test_a_parse_that_raises_marks_its_event_and_reading_goes_on() -> None:
    run = sw.stream(["1", "x", "3"], parse=lambda data: str(int(data) * 2)).wait()
    assert (run.status, run.text) == ("done", "26")
    assert ["parse" in f.message for f in run.findings] == [True]
    with pytest.raises(sw.RuleError, match="parse could not read any of 2 events: ValueError"):
        sw.stream(["x", "y"], parse=lambda data: str(int(data))).wait()


def test_an_error_inside_the_stream_fails_the_run(server: DemoServer) -> None:
    run = chat(server, "pizza", error={"at": 40, "message": "overloaded", "code": "busy"})
    with pytest.raises(sw.ProviderError, match="overloaded") as caught:
        run.wait()
    assert caught.value.code == "busy"
    assert run.reasoning
    assert run.status == "failed"


def test_cut_off(server: DemoServer) -> None:
    run = chat(server, "count", tokens=50, cut=20).wait()
    assert run.status == "cut off"
    assert run.text.split()[-1] == "w0020"


def test_a_promised_end_that_does_not_come_is_a_cut() -> None:
    chunk = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "a"}}]}
    assert sw.stream([chunk]).wait().status == "cut off"
    assert sw.stream([chunk, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}]).wait().status == "done"


# --- stopping ----------------------------------------------------------------------------------------------------------
def test_stop_ends_the_request_at_the_server_and_nothing_follows(server: DemoServer) -> None:
    run = chat(server, "count", tokens=100_000, rate=200)
    first = next(iter(run))
    run.stop()
    assert run.status == "stopped"
    assert first == " w0001"
    record = server.wait_for(lambda r: r.model == "count" and r.how == "disconnected" and r.number == server.log[-1].number)
    assert record.sent < 100_000
    frames, text = len(run.recording.frames), run.text
    run.stop()
    assert (len(run.recording.frames), run.text) == (frames, text)
    assert run.wait() is run
    assert run.stopped_by == "stop()"


def test_stop_before_the_first_byte(server: DemoServer) -> None:
    run = sw.stream(server.url + "/slow-headers")
    server.wait_for(lambda r: r.path == "/slow-headers" and r.how == "open")
    run.stop()
    assert run.status == "stopped"
    server.wait_for(lambda r: r.path == "/slow-headers" and r.how == "disconnected")


def test_stop_frees_the_reader_of_a_generator() -> None:
    released, go = threading.Event(), threading.Event()

    def source() -> Iterator[str]:
        try:
            yield "a"
            go.wait(60)
            yield "b"
            yield "c"
        finally:
            released.set()

    run = sw.stream(source())
    assert next(iter(run)) == "a"
    run.stop()
    go.set()
    assert released.wait(60)
    assert (run.status, run.text) == ("stopped", "a")


def test_an_interrupt_while_waiting_stops_and_keeps(server: DemoServer) -> None:
    run = chat(server, "count", tokens=100_000, rate=200)
    # In the thread that waits, while it waits, and once there is something to keep.
    run.on("delta", lambda delta: signal.raise_signal(signal.SIGINT) if delta.op == "append" else None)
    with pytest.raises(KeyboardInterrupt):
        run.wait()
    assert run.status == "stopped"
    assert run.stopped_by == "interrupt"
    assert run.text


def test_cancelling_the_wait_stops(server: DemoServer) -> None:
    async def main() -> sw.Run:
        run = chat(server, "count", tokens=100_000, rate=200)
        waiting = asyncio.ensure_future(run._wait())
        async for _ in run:
            break
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return run

    run = asyncio.run(main())
    assert (run.status, run.stopped_by) == ("stopped", "interrupt")


def test_a_timeout_raises_and_does_not_stop(server: DemoServer) -> None:
    run = chat(server, "silence")
    with pytest.raises(TimeoutError, match="goes on"):
        run.wait(0.05)
    assert run.status in ("connecting", "waiting")
    run.stop()


# --- telling -----------------------------------------------------------------------------------------------------------
def test_callbacks_come_in_the_thread_that_waits_in_order() -> None:
    go = threading.Event()

    def source() -> Iterator[str]:
        go.wait(60)
        yield from ("a", "b")

    run = sw.stream(source())
    told: list[tuple[str, Any, str]] = []

    def tell(name: str) -> Callable[[Any], None]:
        return lambda value: told.append((name, value, threading.current_thread().name))

    for name in ("delta", "event", "end"):
        run.on(name, tell(name))
    run.observe(lambda change: told.append((change["name"], (change["old"], change["new"]), threading.current_thread().name)), "status")
    go.set()
    run.wait()
    assert {thread for _, _, thread in told} == {"MainThread"}
    assert [value.value for name, value, _ in told if name == "delta" and value.op == "append"] == ["a", "b"]
    assert [value.data for name, value, _ in told if name == "event"] == ["a", "b"]
    assert told[-1][:2] == ("end", run)
    assert [value[1] for name, value, _ in told if name == "status"][-1] == "done"


def test_callbacks_come_on_the_loop_while_it_is_free(server: DemoServer) -> None:
    async def main() -> list[Any]:
        run = chat(server, "count", tokens=5)
        told: list[Any] = []
        ended = asyncio.Event()
        run.on("end", lambda r: told.append(asyncio.get_running_loop()))
        run.on("end", lambda r: ended.set())
        await asyncio.wait_for(ended.wait(), 60)
        return [told[0] is asyncio.get_running_loop(), run.status]

    assert asyncio.run(main()) == [True, "done"]


def test_a_callback_that_raises_is_logged_and_the_rest_are_called(caplog: pytest.LogCaptureFixture) -> None:
    run = sw.stream(["a"])
    told: list[Any] = []
    run.on("end", lambda r: 1 / 0)
    run.on("end", told.append)
    run.wait()
    assert told == [run]
    assert "ZeroDivisionError" in caplog.text


def test_an_unknown_callback_is_refused() -> None:
    with pytest.raises(sw.UsageError, match=r"'deltas'.*mean 'delta'"):
        sw.stream([]).on("deltas", print)


def test_the_log_says_each_token(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "sse_widget.stream"):
        run = sw.stream(["Hello", " you"], log=True).wait()
    assert [record.getMessage().split(" at ")[0] for record in caplog.records] == [
        f'[STREAM][{run.id}] Token: "Hello"',
        f'[STREAM][{run.id}] Token: " you"',
    ]


def test_pausing_holds_the_reader_and_is_marked() -> None:
    given = []
    first, go = threading.Event(), threading.Event()

    def source() -> Iterator[str]:
        for text in ("a", "b", "c"):
            given.append(text)
            yield text
            first.set()
            go.wait(60)

    run = sw.stream(source())
    first.wait(60)
    run.pause()
    go.set()
    assert run.status == "paused"
    with pytest.raises(TimeoutError):
        run.wait(0.05)
    assert len(given) <= 2
    run.resume()
    assert run.wait().text == "abc"
    marks = [e.info["mark"] for e in run.recording.read_entries() if e.info and "mark" in e.info]
    assert marks == ["open", "pause", "resume", "close"]


REFUSED: list[tuple[Any, dict[str, Any], str]] = [
    (5, {}, "A int cannot be streamed"),
    (b"bytes", {}, "Bytes at once are no stream"),
    (["a"], {"json": {}}, "json cannot be used here"),
    (["a"], {"reconnect": 3}, "reconnect must be a Reconnect, a name or None, not a int"),
    (["a"], {"reconnect": "lan"}, "reconnect cannot be used here: list makes no request"),
    (["a"], {"reconnect": "wlan"}, "There is no reconnect policy 'wlan'. Did you mean 'lan'"),
    (["a"], {"idle_timeout": 0}, "idle_timeout must be seconds above 0"),
    (["a"], {"progress_timeout": "1"}, "progress_timeout must be seconds above 0"),
    (["a"], {"dialect": "openai-cat"}, "no dialect 'openai-cat'.*mean 'openai_chat'"),
    (["a"], {"framing": "ssse"}, "no framing 'ssse'.*mean 'sse'"),
    (["a"], {"extract": "$.["}, r"\$\.\["),
]


@pytest.mark.parametrize(("source", "options", "message"), REFUSED)
def test_what_cannot_be_streamed_is_refused_at_once(source: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(sw.UsageError, match=message):
        sw.stream(source, **options)


def test_many_runs_at_once_do_not_mix(server: DemoServer) -> None:
    runs = [chat(server, "count", tokens=50 + i) for i in range(20)]
    for i, run in enumerate(runs):
        assert run.wait().text.split()[-1] == f"w{50 + i:04d}"


def test_a_pause_is_no_stall() -> None:
    first, go = threading.Event(), threading.Event()

    def source() -> Iterator[dict[str, Any]]:
        for i in range(6):
            yield {"n": str(i)}
            if i == 4:
                first.set()
                go.wait(60)

    run = sw.stream(source(), extract="$.n")
    first.wait(60)
    clock = run.recording._clock
    run.pause()
    run.recording._clock = lambda: clock() + 30  # half a minute passes
    run.resume()
    go.set()
    run.wait()
    assert run.findings == []
    assert run.metrics.gap_max < 20


def test_callbacks_run_in_the_context_of_their_registration() -> None:
    """So that what they print lands in the cell that registered them."""
    cell: contextvars.ContextVar[str] = contextvars.ContextVar("cell", default="none")

    async def main() -> list[str]:
        run = sw.stream(["a", "b"])
        told: list[str] = []
        token = cell.set("the cell")
        run.on("delta", lambda delta: told.append(cell.get()))
        cell.reset(token)
        await run
        return told

    told = asyncio.run(main())
    assert set(told) == {"the cell"}


def test_a_callback_that_always_raises_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    go = threading.Event()

    def source() -> Iterator[str]:
        go.wait(60)
        yield from "abcdef"

    run = sw.stream(source())
    told: list[Any] = []

    def broken(delta: Any) -> None:
        told.append(delta)
        raise ValueError("always")

    run.on("delta", broken)
    go.set()
    run.wait()
    assert len(told) > 5
    assert caplog.text.count("ValueError: always") == 1
