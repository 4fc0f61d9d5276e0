"""The least that a client takes to have the text as it comes, four times: what one would write without sse_widget.

Each gives the fragments of the text. Their lines are counted as they stand; the comparison's own lanes are read by our sources, which also
record, explain errors and, for SSE, go on after a loss.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import grpc
import httpx
from websockets.sync.client import connect


def sse_client(url: str) -> Iterator[str]:
    with httpx.stream("GET", url, timeout=None) as response:
        for line in response.iter_lines():
            if line.startswith("data: "):
                yield json.loads(line[6:])["text"]


def websocket_client(url: str) -> Iterator[str]:
    with connect(url) as socket:
        for message in socket:
            yield json.loads(message)["text"]


def grpc_client(target: str) -> Iterator[str]:
    with grpc.insecure_channel(target) as channel:
        call: Any = channel.unary_stream("/demo.Answer/Stream")
        for message in call(b""):
            yield json.loads(message)["text"]


def whole_client(url: str) -> Iterator[str]:
    yield httpx.get(url, timeout=None).json()["text"]
