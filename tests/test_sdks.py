"""The providers' own packages against the demo server: they read what we read, and what they give can be read as well."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

import sse_widget as sw
from sse_widget.demo import DemoServer, Record
from sse_widget.demo.texts import MARKDOWN_ANSWER, PIZZA_ANSWER, PIZZA_THOUGHTS, REFUSAL

from .sdks import FAST, KEY, SDKS, Heard, Sdk

MODELS = ("pizza", "markdown", "tools", "refusal", "count")
CALLS = [
    ("get_weather", {"city": "Naples", "unit": "celsius"}),
    ("search_recipes", {"query": "pizza margherita", "max_minutes": 150, "limit": 3}),
]
every_sdk = pytest.mark.parametrize("name", SDKS)
every_model = pytest.mark.parametrize("model", MODELS)


def heard_blocking(sdk: Sdk, url: str, model: str) -> Heard:
    heard = Heard()
    with sdk.sync(url, model) as stream:
        for chunk in stream:
            sdk.hear(heard, chunk)
    return heard


async def heard_later(sdk: Sdk, url: str, model: str) -> Heard:
    heard = Heard()
    async with sdk.later(url, model) as stream:
        async for chunk in stream:
            sdk.hear(heard, chunk)
    return heard


def again(server: DemoServer, record: Record) -> sw.Run:
    """The SDK's request, sent once more by us."""
    url = f"{server.url}{record.path}" + (f"?{record.query}" if record.query else "")
    return sw.stream(url, content=record.body, headers={"Content-Type": "application/json"}).wait(60)


def agree(run: sw.Run, heard: Heard) -> None:
    assert run.status == "done", run.error
    assert run.text == heard.text
    assert run.reasoning == heard.reasoning
    assert run.output.refusal == heard.refusal
    assert [(call.name, call.parsed) for call in run.output.tool_calls] == heard.tool_calls()


@every_model
@every_sdk
@pytest.mark.parametrize("how", ["sync", "async"])
def test_an_sdk_gives_what_we_read_of_the_same_request(server: DemoServer, name: str, model: str, how: str) -> None:
    sdk = SDKS[name]
    before = len(server.log)
    heard = heard_blocking(sdk, server.url, model) if how == "sync" else asyncio.run(heard_later(sdk, server.url, model))
    agree(again(server, server.log[before]), heard)
    texts = {"pizza": PIZZA_ANSWER, "markdown": MARKDOWN_ANSWER, "count": "".join(f" w{i:04d}" for i in range(1, 101))}
    assert heard.text + heard.refusal == texts.get(model, REFUSAL if model == "refusal" else "")
    assert heard.reasoning == (PIZZA_THOUGHTS if model == "pizza" else "")
    assert heard.tool_calls() == (CALLS if model == "tools" and name != "ollama generate" else [])


@every_sdk
@pytest.mark.parametrize("model", ["pizza", "tools"])
def test_the_stream_of_an_sdk_is_a_source(server: DemoServer, name: str, model: str) -> None:
    sdk = SDKS[name]
    heard = heard_blocking(sdk, server.url, model)
    with sdk.sync(server.url, model) as stream:
        run = sw.stream(stream).wait(60)
    agree(run, heard)
    assert KEY not in repr(run) + json.dumps([item.data for item in run.events])


@every_sdk
@pytest.mark.parametrize("model", ["pizza", "tools"])
def test_the_async_stream_of_an_sdk_is_a_source(server: DemoServer, name: str, model: str) -> None:
    sdk = SDKS[name]

    async def main() -> sw.Run:
        async with sdk.later(server.url, model) as stream:
            return await sw.stream(stream)

    agree(asyncio.run(main()), heard_blocking(sdk, server.url, model))


@every_sdk
def test_the_chunks_of_an_sdk_are_a_source(server: DemoServer, name: str) -> None:
    sdk = SDKS[name]
    with sdk.sync(server.url, "pizza") as stream:
        chunks: list[Any] = list(stream)
    run = sw.stream(chunks).wait(60)
    assert (run.status, run.text, run.reasoning) == ("done", PIZZA_ANSWER, PIZZA_THOUGHTS)


@every_sdk
@pytest.mark.parametrize("how", ["sync", "async"])
def test_stop_ends_the_request(server: DemoServer, monkeypatch: pytest.MonkeyPatch, name: str, how: str) -> None:
    sdk = SDKS[name]
    for option, value in {"rate": 200, "tokens": 100_000, "delay": 0}.items():
        monkeypatch.setitem(FAST, option, value)
    number = len(server.log)

    def disconnected(record: Record) -> bool:
        return record.number == number and record.how == "disconnected"

    async def main() -> None:
        async with sdk.later(server.url, "count") as stream:
            run = sw.stream(stream)
            async for _ in run:
                break
            run.stop()
            await asyncio.to_thread(server.wait_for, disconnected, 10)

    if how == "async":
        return asyncio.run(main())
    with sdk.sync(server.url, "count") as stream:
        run = sw.stream(stream)
        next(iter(run))
        run.stop()
        server.wait_for(disconnected, 10)
    assert run.text.startswith(" w0001")


def test_a_stream_that_was_not_entered_says_so(server: DemoServer) -> None:
    import anthropic

    with anthropic.Anthropic(base_url=server.url, api_key=KEY) as client:
        manager = client.messages.stream(model="pizza", max_tokens=9, messages=[{"role": "user", "content": "?"}])
        with pytest.raises(sw.UsageError, match="Enter it first"):
            sw.stream(manager)
