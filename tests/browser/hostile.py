"""Hostile vectors, a server that says each of them wherever a server can say something, and a watch over the page that is shown them.

The vectors stand in ``tests/hostile.json``, for the tests of the front end too: a text is a list of strings and of ``[unit, times]``,
where ``{n}`` in a unit is its number. All of a vector's text goes into every place at once.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import threading
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ..support import PATIENCE, Connection, RawServer

FILE = Path(__file__).parent.parent / "hostile.json"
WATCH = (Path(__file__).parent / "hostile.js").read_text("utf-8")
BURSTS = 3
BETWEEN = 0.035
"""Seconds between two bursts of a stream: so the page draws it while it is not whole."""


@dataclass(frozen=True)
class Vector:
    """kind and name: for people. recipe: see above."""

    kind: str
    name: str
    recipe: list[Any] = field(repr=False)

    @cached_property
    def text(self) -> str:
        return "".join(part if isinstance(part, str) else repeated(*part) for part in self.recipe)

    @cached_property
    def shown(self) -> str:
        """The text as Python and the page can hold it: half a surrogate pair is none."""
        return self.text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.shown.encode()).hexdigest()

    @property
    def line(self) -> str:
        """Without line ends, for a field of an event stream."""
        return re.sub(r"[\r\n]", " ", self.text)

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


def repeated(unit: str, times: int) -> str:
    return "".join(unit.replace("{n}", str(n)) for n in range(times)) if "{n}" in unit else unit * times


def vectors() -> list[Vector]:
    """All of them, in the order of the file."""
    return [Vector(each["kind"], each["name"], each["text"]) for each in json.loads(FILE.read_text("utf-8"))]


class HostileServer:
    """``/n/stream`` streams vector n as a chat completion, ``/n/refuse`` refuses with it; each when the test lets it go."""

    def __init__(self, server: RawServer, corpus: list[Vector]) -> None:
        self.url = server.serve(self._answer)
        self._corpus = corpus
        self._open: dict[str, threading.Event] = {}
        self._lock = threading.Lock()

    def go(self, path: str) -> None:
        """Let the answer to this path begin, now or when it is asked for."""
        self._gate(path).set()

    def _gate(self, path: str) -> threading.Event:
        with self._lock:
            return self._open.setdefault(path, threading.Event())

    def _answer(self, connection: Connection) -> None:
        path = connection.head.split(" ")[1]
        _, number, what = path.split("/")
        vector = self._corpus[int(number)]
        self._gate(path).wait(PATIENCE * 10)
        if what == "refuse":
            refuse(connection, vector, int(number))
            return
        connection.start(x_request_id=header(vector.text))
        said = events(vector)
        size = -(-len(said) // BURSTS)
        pause = threading.Event()
        for at in range(0, len(said), size):
            if at:
                pause.wait(BETWEEN)
            connection.chunk(b"".join(said[at : at + size]))
        connection.end()


def header(text: str) -> str:
    """What of a text HTTP can carry in a header."""
    return re.sub(r"[^ -~]", "?", text[:300])


def refuse(connection: Connection, vector: Vector, number: int) -> None:
    """Say no, in one of three ways."""
    text = vector.text
    if number // 3 % 3 == 0:
        error = {"message": text, "type": text, "code": text, "param": text, text[:500]: {text[:500]: text}}
        connection.start(f"400 {header(text)}", "application/json", x_request_id=header(text))
        connection.chunk(json.dumps({"error": error}).encode())
    elif number // 3 % 3 == 1:
        connection.start("503 No", "text/html", x_request_id=header(text))
        connection.chunk(b"<!doctype html><title>" + vector.line.encode("utf-8", "surrogatepass") + b"</title>")
    else:
        connection.start()
        connection.chunk(data({"error": {"message": text, "type": text, "code": text}}))
    connection.end()


def data(value: Any) -> bytes:
    return f"data: {json.dumps(value)}\n\n".encode()


def pieces(text: str, seed: int) -> list[str]:
    """The text, cut anywhere."""
    pick = random.Random(seed)
    count = min(max(1, len(text) // 3), 40)
    cuts = sorted(pick.randrange(len(text) + 1) for _ in range(count - 1))
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def events(vector: Vector) -> list[bytes]:
    """A chat completion in which a vector stands in every place that can hold a text."""
    text, line = vector.text, vector.line.encode("utf-8", "surrogatepass")
    about = {"id": text, "object": "chat.completion.chunk", "created": 1, "model": text, "system_fingerprint": text}

    def chunk(**delta: Any) -> bytes:
        return data({**about, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})

    named = b"event: " + line + b"\nid: " + line.replace(b"\0", b"") + b"\n"
    token = {"token": text[:500], "logprob": -0.5, "bytes": None}
    likely = {"content": [{**token, "top_logprobs": [token]}]}
    call = {"index": 0, "id": text, "type": "function", "function": {"name": text, "arguments": ""}}
    arguments = {"index": 0, "function": {"arguments": json.dumps({text[:500]: text, "__proto__": {"polluted": text[:50]}})}}
    raw = {"index": 1, "id": "b", "type": "function", "function": {"name": text, "arguments": text}}
    cited = {"type": "url_citation", "url_citation": {"url": text, "title": text, "start_index": 0, "end_index": 1}}
    usage = {"prompt_tokens": 1, "completion_tokens": 10**30, "total_tokens": -1, "__proto__": {"polluted": 1}}
    about = {**about, "id": "1", "model": text[:2000], "system_fingerprint": None}  # once is enough
    return [
        b": " + line + b"\n\n",
        named + data({**about, "id": text, "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}),
        *(chunk(reasoning_content=piece) for piece in pieces(text, 1)),
        *(chunk(content=piece) for piece in pieces(text, 2)),
        named + data({**about, "choices": [{"index": 0, "delta": {"content": ""}, "logprobs": likely, text[:500]: text[:500]}]}),
        chunk(annotations=[cited]),
        chunk(tool_calls=[call]),
        chunk(tool_calls=[arguments]),
        chunk(tool_calls=[raw]),
        chunk(refusal=text[:5000]),
        line + b": " + line[:500] + b"\n\n",
        data({**about, "choices": [{"index": 0, "delta": {}, "finish_reason": text[:2000]}]}),
        data({**about, "choices": [], "usage": usage}),
        b"data: [DONE]\n\n",
    ]
