"""The demo server: what the openai package and a bare HTTP client get from it, and what its log says afterwards."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import openai
import pytest

from sse_widget.demo import DemoServer, Record, serve
from sse_widget.demo.__main__ import main
from sse_widget.demo.replies import MODELS
from sse_widget.demo.texts import MARKDOWN_ANSWER, PIZZA_ANSWER, PIZZA_THOUGHTS, REFUSAL, TOOL_ANSWER

QUESTION: Any = [{"role": "user", "content": "How do I make pizza?"}]
CALLS = [
    ("get_weather", {"city": "Naples", "unit": "celsius"}),
    ("search_recipes", {"query": "pizza margherita", "max_minutes": 150, "limit": 3}),
]


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    with serve() as running:
        yield running


def post(server: DemoServer, model: str, /, **fields: Any) -> httpx.Response:
    """A whole response at full speed; ``fields`` go into the body."""
    body = {"model": model, "messages": QUESTION, "stream": True, "rate": 0} | fields
    return httpx.post(f"{server.url}/v1/chat/completions", json=body)


def read_broken(server: DemoServer, path: str, **fields: Any) -> bytes:
    """The body of a response whose connection must break, up to the break."""
    got: list[bytes] = []

    def read(response: httpx.Response) -> None:
        for chunk in response.iter_raw():
            got.append(chunk)

    with httpx.stream("POST", server.url + path, json=fields) as response, pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
        read(response)
    return b"".join(got)


def datas(response: httpx.Response) -> list[str]:
    return [line.removeprefix("data: ") for line in response.text.split("\n") if line.startswith("data: ")]


def chunks(response: httpx.Response) -> list[dict[str, Any]]:
    return [json.loads(data) for data in datas(response) if data != "[DONE]"]


def of(path: str, after: int = -1) -> Callable[[Record], bool]:
    return lambda record: record.path == path and record.number > after and record.how != "open"


# --- the openai package


@pytest.mark.parametrize(
    ("model", "text", "reasoning", "refusal"),
    [
        ("pizza", PIZZA_ANSWER, PIZZA_THOUGHTS, ""),
        ("markdown", MARKDOWN_ANSWER, "", ""),
        ("count", "".join(f" w{i:04d}" for i in range(1, 101)), "", ""),
        ("refusal", "", "", REFUSAL),
    ],
)
def test_openai_client_reads_a_stream_and_the_same_whole(server: DemoServer, model: str, text: str, reasoning: str, refusal: str) -> None:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="demo") as client:
        stream = client.chat.completions.create(
            model=model, messages=QUESTION, stream=True, stream_options={"include_usage": True}, extra_body={"rate": 0}
        )
        got = list(stream)
        whole = client.chat.completions.create(model=model, messages=QUESTION)
    deltas = [chunk.choices[0].delta for chunk in got if chunk.choices]
    assert deltas[0].role == "assistant"
    assert "".join(delta.content or "" for delta in deltas) == text
    assert "".join(getattr(delta, "reasoning_content", None) or "" for delta in deltas) == reasoning
    assert "".join(delta.refusal or "" for delta in deltas) == refusal
    assert [chunk.choices[0].finish_reason for chunk in got if chunk.choices][-1] == "stop"
    assert got[-1].usage is not None
    assert got[-1].usage.completion_tokens == len(got) - 3  # without role, finish and usage
    assert got[-1].usage == whole.usage
    message = whole.choices[0].message
    assert (message.content or "", getattr(message, "reasoning_content", ""), message.refusal or "") == (text, reasoning, refusal)


def test_async_openai_client_reads_tool_calls_and_the_answer(server: DemoServer) -> None:
    async def calls() -> tuple[dict[int, list[str]], list[int], str | None]:
        merged: dict[int, list[str]] = {}
        order = []
        finish = None
        async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="demo") as client:
            async for chunk in await client.chat.completions.create(model="tools", messages=QUESTION, stream=True, extra_body={"rate": 0}):
                for call in chunk.choices[0].delta.tool_calls or []:
                    assert call.function is not None
                    order.append(call.index)
                    name, arguments = merged.setdefault(call.index, ["", ""])
                    merged[call.index] = [name + (call.function.name or ""), arguments + (call.function.arguments or "")]
                finish = chunk.choices[0].finish_reason
        return merged, order, finish

    merged, order, finish = asyncio.run(calls())
    assert [(name, json.loads(arguments)) for name, arguments in merged.values()] == CALLS
    assert order[:6] == [0, 1, 0, 1, 0, 1]
    assert finish == "tool_calls"
    whole = post(server, "tools", stream=False).json()["choices"][0]["message"]["tool_calls"]
    assert [(call["function"]["name"], json.loads(call["function"]["arguments"])) for call in whole] == CALLS
    answered = [*QUESTION, {"role": "tool", "tool_call_id": "call_0_0_demo", "content": "24 °C"}]
    assert post(server, "tools", stream=False, messages=answered).json()["choices"][0]["message"]["content"] == TOOL_ANSWER


def test_openai_client_lists_models_and_meets_errors(server: DemoServer) -> None:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="demo", max_retries=0) as client:
        assert {model.id for model in client.models.list()} == set(MODELS)
        with pytest.raises(openai.NotFoundError, match="Did you mean 'pizza'"):
            client.chat.completions.create(model="piza", messages=QUESTION)
        with pytest.raises(openai.BadRequestError, match="'rate' must be"):
            client.chat.completions.create(model="pizza", messages=QUESTION, extra_body={"rate": "fast"})
        error = {"at": 3, "message": "overloaded"}
        stream = client.chat.completions.create(model="pizza", messages=QUESTION, stream=True, extra_body={"rate": 0, "error": error})
        with pytest.raises(openai.APIError, match="overloaded"):
            list(stream)


# --- the fields of a request


def test_stream_is_server_sent_events(server: DemoServer) -> None:
    response = post(server, "count", tokens=3)
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["x-request-id"].startswith("req_demo_")
    assert datas(response)[-1] == "[DONE]"
    assert response.text.endswith("\n\n")
    assert "usage" not in chunks(response)[0]


def test_choices_are_interleaved_and_limited(server: DemoServer) -> None:
    got = chunks(post(server, "count", n=2, tokens=6, max_tokens=5))
    by_choice = {0: "", 1: ""}
    for chunk in got:
        by_choice[chunk["choices"][0]["index"]] += chunk["choices"][0]["delta"].get("content", "")
    assert by_choice[0] == " w0001 w0002 w0003 w0004 w0005"
    assert by_choice[1].startswith("*Version 2*\n\n")
    assert [chunk["choices"][0]["index"] for chunk in got[2:6]] == [0, 1, 0, 1]
    assert [chunk["choices"][0]["finish_reason"] for chunk in got[-2:]] == ["length", "length"]


def test_pings_stamps_and_logprobs(server: DemoServer) -> None:
    before = len(server.log)
    response = post(server, "count", tokens=10, pings=4, sent=True, logprobs=True)
    assert response.text.count(": ping\n\n") == 2
    record = server.wait_for(of("/v1/chat/completions", before - 1))
    stamps = [chunk["sent"] for chunk in chunks(response)]
    assert record.ended is not None
    assert record.started <= stamps[0] <= stamps[-1] <= record.ended
    assert chunks(response)[1]["choices"][0]["logprobs"]["content"][0]["token"] == " w0001"


def test_same_seed_same_stream(server: DemoServer) -> None:
    def stable(seed: int) -> str:
        text = post(server, "pizza", seed=seed, logprobs=True, cut=None).text
        return re.sub(r'"(id|created)":("[^"]*"|\d+)', "", text)

    assert stable(1) == stable(1)
    assert stable(1) != stable(2)


def test_plain_and_custom_speak_their_own_formats(server: DemoServer) -> None:
    fragments = ["Hello!", "The weather is sunny today.", "Perfect for a walk."]
    assert datas(post(server, "plain")) == fragments
    assert datas(httpx.get(f"{server.url}/plain?rate=0")) == fragments
    assert datas(httpx.post(f"{server.url}/plain", json={"rate": 0})) == fragments
    custom = [json.loads(data) for data in datas(post(server, "custom"))]
    assert all(list(event) == ["result"] and list(event["result"]) == ["text"] for event in custom)
    assert "".join(event["result"]["text"] for event in custom).startswith("Any JSON can be streamed.")


def test_ticker_resumes_after_the_last_event_id(server: DemoServer) -> None:
    text = httpx.get(f"{server.url}/events?rate=0&count=12", headers={"Last-Event-ID": "40"}).text
    assert text.startswith("retry: 3000\n: ticking\n\n")
    assert re.findall(r"^id: (\d+)$", text, re.MULTILINE) == [str(i) for i in range(41, 53)]
    assert set(re.findall(r"^event: (\w+)$", text, re.MULTILINE)) == {"tick", "message", "news"}
    assert ": ping\n\n" in text
    assert httpx.get(f"{server.url}/events?rate=x").status_code == 400


# --- faults


@pytest.mark.parametrize(
    ("path", "status", "content_type", "part"),
    [
        ("/status/401", 401, "application/json", "invalid_api_key"),
        ("/status/404", 404, "text/html; charset=utf-8", "<h1>Not Found</h1>"),
        ("/status/429", 429, "application/json", "rate_limit_exceeded"),
        ("/status/500", 500, "application/json", "server_error"),
        ("/json", 200, "application/json", '"object":"chat.completion"'),
        ("/empty", 200, "text/event-stream; charset=utf-8", ""),
        ("/slow-headers?seconds=0&rate=0", 200, "text/event-stream; charset=utf-8", "data: Hello!"),
        ("/ignored", 200, "text/event-stream; charset=utf-8", "\nerror: {"),
        ("/comments", 200, "text/event-stream; charset=utf-8", "\n: keep-alive\n\n"),
        ("/redirect/other/307", 400, "application/json", "to=http"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_fault(server: DemoServer, method: str, path: str, status: int, content_type: str, part: str) -> None:
    response = httpx.request(method, server.url + path, json={"stream": True})
    assert (response.status_code, response.headers["content-type"]) == (status, content_type)
    assert part in response.text
    assert path != "/empty" or response.content == b""


def test_status_has_a_request_id_and_can_echo_the_key(server: DemoServer) -> None:
    headers = {"Authorization": "Bearer sk-secret"}
    assert "sk-secret" not in httpx.get(f"{server.url}/status/401", headers=headers).text
    echo = httpx.get(f"{server.url}/status/401?echo=1", headers=headers)
    assert "Bearer sk-secret" in echo.json()["error"]["message"]
    assert echo.headers["x-request-id"]


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/redirect/same/307", "/v1/chat/completions"),
        ("/redirect/same/302?to=/plain", "/plain"),
        ("/redirect/loop/308", "/redirect/loop/308"),
        ("/redirect/other/307?to=http%3A%2F%2Flocalhost%3A1%2Fx", "http://localhost:1/x"),
    ],
)
def test_redirect(server: DemoServer, path: str, location: str) -> None:
    response = httpx.post(server.url + path)
    assert response.status_code == int(re.findall(r"/(\d{3})", path)[0])
    assert response.headers["location"] == location


def test_bytes_that_are_hard_to_read(server: DemoServer) -> None:
    with pytest.raises(UnicodeDecodeError):
        httpx.get(f"{server.url}/invalid-utf8").content.decode()
    with httpx.stream("GET", f"{server.url}/split") as response:
        pieces = list(response.iter_raw())
    assert "A 🍕 in four chunks." in b"".join(pieces).decode()
    with pytest.raises(UnicodeDecodeError):
        pieces[0].decode()


@pytest.mark.parametrize(
    ("path", "fields", "sent"),
    [
        ("/cut", {}, 0),
        ("/v1/chat/completions", {"model": "count", "stream": True, "rate": 0, "cut": 5}, 5),
        ("/v1/chat/completions", {"model": "plain", "stream": True, "rate": 0, "cut": 0}, 0),
    ],
)
def test_cut_breaks_the_connection_inside_an_event(
    server: DemoServer, caplog: pytest.LogCaptureFixture, path: str, fields: dict[str, Any], sent: int
) -> None:
    before = len(server.log)
    got = read_broken(server, path, **fields)
    assert got
    assert not got.endswith(b"\n")
    record = server.wait_for(of(path, before - 1))
    assert (record.how, record.sent) == ("cut", sent)
    assert not caplog.records


# --- the log and the life of a server


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        ("silence", {}),
        ("count", {"rate": 0.001}),  # a disconnect between two fragments is seen long before the next is due
        ("count", {"rate": 0, "tokens": 300_000}),  # and also in a burst that never sleeps
        ("count", {"rate": 0.001, "stream": False}),
    ],
)
def test_disconnect_is_seen(server: DemoServer, model: str, fields: dict[str, Any]) -> None:
    before = len(server.log)
    body = json.dumps({"model": model, "stream": True, "delay": 0} | fields).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nX-Tag: {model}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with socket.create_connection((server.host, server.port)) as client:
        client.sendall(head + body)
        started = server.wait_for(lambda record: record.number >= before and record.body == body)
        if fields.get("stream", True):
            assert b" 200 OK" in client.recv(1000)
        assert started.how == "open"
    record = server.wait_for(of("/v1/chat/completions", before - 1), timeout=60)
    assert (record.how, record.model, record.header("x-tag")) == ("disconnected", model, model)
    assert record.sent < 300_000


def test_wait_for_sees_fragments_and_tells_what_came_instead(server: DemoServer) -> None:
    before = len(server.log)
    with httpx.stream("GET", f"{server.url}/events?rate=1000"):
        record = server.wait_for(lambda record: record.number >= before and record.sent >= 20)
        assert record.how == "open"
    with pytest.raises(TimeoutError, match="/events"):
        server.wait_for(lambda record: False, timeout=0)


def test_close_ends_streams_frees_the_port_and_leaves_no_thread(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    threads = set(threading.enumerate())
    filters = list(logging.getLogger("uvicorn.error").filters)
    server = serve()
    assert repr(server) == f"<DemoServer http://127.0.0.1:{server.port}>"
    with pytest.raises(OSError, match=r"in use"):
        serve(port=server.port)
    with httpx.stream("POST", f"{server.url}/v1/chat/completions", json={"model": "silence", "stream": True}) as response:
        server.close()
        with pytest.raises(httpx.RemoteProtocolError):
            response.read()
    server.close()
    assert repr(server) == f"<DemoServer {server.url} closed>"
    assert [record.how for record in server.log] == ["closed"]
    assert set(threading.enumerate()) == threads
    assert logging.getLogger("uvicorn.error").filters == filters
    assert [record for record in caplog.records if record.name.startswith("uvicorn")] == []
    with serve(port=server.port) as again:
        assert again.url == server.url


def test_web_framework_is_imported_by_the_first_server_only() -> None:
    code = "import sys, sse_widget.demo; print(sorted({'starlette', 'uvicorn'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_forgotten_server_does_not_keep_the_process() -> None:
    code = "from sse_widget.demo import serve; print(serve().url)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert (done.stdout[:17], done.stderr) == ("http://127.0.0.1:", "")


def test_command_line(server: DemoServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sse_widget.demo.__main__.time.sleep", interrupt)
    assert main(["--port", "0"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"curl -N http://127\.0\.0\.1:\d+/v1/chat/completions", out)
    assert all(name in out for name in MODELS)
    assert main(["--port", str(server.port)]) == 1
    assert "in use" in capsys.readouterr().err
