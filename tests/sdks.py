"""The providers' own Python packages, each asked for a stream in its own way, and what its chunks add up to."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import anthropic
import cohere
import ollama
import openai
from google import genai

KEY = "sk-canary-of-the-sdks"
QUESTION = "How do I make pizza?"
MESSAGES: Any = [{"role": "user", "content": QUESTION}]
FAST: Any = {"rate": 0}


@dataclass
class Heard:
    """What a client made of a stream. calls: [name, arguments] by the key that the provider counts them with."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    calls: dict[Any, list[Any]] = field(default_factory=dict)

    def tool_calls(self) -> list[tuple[str, Any]]:
        return [(name, json.loads(said) if isinstance(said, str) else said) for name, said in self.calls.values()]


class Sdk(NamedTuple):
    """sync, later: open a stream of ``model`` at ``url``, by the blocking and by the async client. hear: take one chunk."""

    sync: Callable[[str, str], AbstractContextManager[Any]]
    later: Callable[[str, str], AbstractAsyncContextManager[Any]]
    hear: Callable[[Heard, Any], None]


# --- openai --------------------------------------------------------------------------------------------------------------


def _openai_chat(base: str) -> Sdk:
    def asked(model: str) -> Any:
        return {"model": model, "messages": MESSAGES, "stream": True, "extra_body": FAST}

    @contextmanager
    def sync(url: str, model: str) -> Iterator[Any]:
        with openai.OpenAI(base_url=url + base, api_key=KEY) as client, client.chat.completions.create(**asked(model)) as stream:
            yield stream

    @asynccontextmanager
    async def later(url: str, model: str) -> AsyncIterator[Any]:
        client = openai.AsyncOpenAI(base_url=url + base, api_key=KEY)
        async with client, await client.chat.completions.create(**asked(model)) as stream:
            yield stream

    def hear(heard: Heard, chunk: Any) -> None:
        for choice in chunk.choices:
            heard.text += choice.delta.content or ""
            heard.reasoning += getattr(choice.delta, "reasoning_content", None) or ""
            heard.refusal += choice.delta.refusal or ""
            for call in choice.delta.tool_calls or []:
                known = heard.calls.setdefault(call.index, [call.function.name, ""])
                known[1] += call.function.arguments or ""

    return Sdk(sync, later, hear)


def _openai_responses() -> Sdk:
    def asked(model: str) -> Any:
        return {"model": model, "input": QUESTION, "stream": True, "extra_body": FAST}

    @contextmanager
    def sync(url: str, model: str) -> Iterator[Any]:
        with openai.OpenAI(base_url=url + "/v1", api_key=KEY) as client, client.responses.create(**asked(model)) as stream:
            yield stream

    @asynccontextmanager
    async def later(url: str, model: str) -> AsyncIterator[Any]:
        client = openai.AsyncOpenAI(base_url=url + "/v1", api_key=KEY)
        async with client, await client.responses.create(**asked(model)) as stream:
            yield stream

    def hear(heard: Heard, event: Any) -> None:
        if event.type == "response.output_text.delta":
            heard.text += event.delta
        elif event.type == "response.reasoning_summary_text.delta":
            heard.reasoning += event.delta
        elif event.type == "response.refusal.delta":
            heard.refusal += event.delta
        elif event.type == "response.output_item.added" and event.item.type == "function_call":
            heard.calls[event.output_index] = [event.item.name, ""]
        elif event.type == "response.function_call_arguments.delta":
            heard.calls[event.output_index][1] += event.delta

    return Sdk(sync, later, hear)


# --- anthropic -----------------------------------------------------------------------------------------------------------


def _anthropic(*, helper: bool) -> Sdk:
    """helper: with `messages.stream`, which mixes events of its own into the provider's."""

    def asked(model: str) -> Any:
        return {"model": model, "messages": MESSAGES, "max_tokens": 2000, "extra_body": FAST}

    @contextmanager
    def sync(url: str, model: str) -> Iterator[Any]:
        with anthropic.Anthropic(base_url=url, api_key=KEY) as client:
            messages = client.messages
            with messages.stream(**asked(model)) if helper else messages.create(**asked(model), stream=True) as stream:
                yield stream

    @asynccontextmanager
    async def later(url: str, model: str) -> AsyncIterator[Any]:
        async with anthropic.AsyncAnthropic(base_url=url, api_key=KEY) as client:
            messages = client.messages
            async with messages.stream(**asked(model)) if helper else await messages.create(**asked(model), stream=True) as stream:
                yield stream

    def hear(heard: Heard, event: Any) -> None:
        if event.type == "content_block_start" and event.content_block.type == "tool_use":
            heard.calls[event.index] = [event.content_block.name, ""]
        elif event.type == "content_block_delta":
            heard.text += getattr(event.delta, "text", "")
            heard.reasoning += getattr(event.delta, "thinking", "")
            if event.delta.type == "input_json_delta":
                heard.calls[event.index][1] += event.delta.partial_json

    return Sdk(sync, later, hear)


# --- google-genai --------------------------------------------------------------------------------------------------------


def _gemini() -> Sdk:
    def client(url: str) -> genai.Client:
        options = genai.types.HttpOptions(base_url=url, extra_body=FAST)
        return genai.Client(api_key=KEY, vertexai=False, http_options=options)

    @contextmanager
    def sync(url: str, model: str) -> Iterator[Any]:
        with client(url) as opened:
            yield opened.models.generate_content_stream(model=model, contents=QUESTION)

    @asynccontextmanager
    async def later(url: str, model: str) -> AsyncIterator[Any]:
        with client(url) as opened:
            async with opened.aio as later:
                yield await later.models.generate_content_stream(model=model, contents=QUESTION)

    def hear(heard: Heard, chunk: Any) -> None:
        for part in chunk.candidates[0].content.parts or []:
            if part.thought:
                heard.reasoning += part.text
            elif part.function_call:
                heard.calls[part.function_call.id] = [part.function_call.name, part.function_call.args]
            else:
                heard.text += part.text or ""

    return Sdk(sync, later, hear)


# --- cohere --------------------------------------------------------------------------------------------------------------


def _cohere() -> Sdk:
    def asked(model: str) -> Any:
        return {"model": model, "messages": MESSAGES, "request_options": {"additional_body_parameters": FAST}}

    @contextmanager
    def sync(url: str, model: str) -> Iterator[Any]:
        with cohere.ClientV2(api_key=KEY, base_url=url) as client:
            yield client.chat_stream(**asked(model))

    @asynccontextmanager
    async def later(url: str, model: str) -> AsyncIterator[Any]:
        async with cohere.AsyncClientV2(api_key=KEY, base_url=url) as client:
            yield client.chat_stream(**asked(model))

    def hear(heard: Heard, event: Any) -> None:
        if event.type == "content-delta":
            heard.text += event.delta.message.content.text or ""
            heard.reasoning += event.delta.message.content.thinking or ""
        elif event.type == "tool-call-start":
            heard.calls[event.index] = [event.delta.message.tool_calls.function.name, ""]
        elif event.type == "tool-call-delta":
            heard.calls[event.index][1] += event.delta.message.tool_calls.function.arguments

    return Sdk(sync, later, hear)


# --- ollama --------------------------------------------------------------------------------------------------------------


def _ollama(*, generate: bool) -> Sdk:
    def asked(client: Any, model: str) -> Any:
        if generate:
            return client.generate(model=model, prompt=QUESTION, stream=True, options=FAST)
        return client.chat(model=model, messages=MESSAGES, stream=True, options=FAST)

    @contextmanager
    def sync(url: str, model: str) -> Iterator[Any]:
        client = ollama.Client(host=url)
        with client._client:
            yield asked(client, model)

    @asynccontextmanager
    async def later(url: str, model: str) -> AsyncIterator[Any]:
        client = ollama.AsyncClient(host=url)
        async with client._client, aclosing(await asked(client, model)) as stream:
            yield stream

    def hear(heard: Heard, chunk: Any) -> None:
        message = chunk if generate else chunk.message
        heard.text += (message.response if generate else message.content) or ""
        heard.reasoning += message.thinking or ""
        for call in (not generate and message.tool_calls) or []:
            heard.calls[len(heard.calls)] = [call.function.name, dict(call.function.arguments)]

    return Sdk(sync, later, hear)


SDKS: dict[str, Sdk] = {
    "openai chat": _openai_chat("/v1"),
    "openai chat, DeepSeek": _openai_chat(""),
    "openai responses": _openai_responses(),
    "anthropic": _anthropic(helper=False),
    "anthropic helper": _anthropic(helper=True),
    "google-genai": _gemini(),
    "cohere": _cohere(),
    "ollama chat": _ollama(generate=False),
    "ollama generate": _ollama(generate=True),
}
