"""The relay of `sse_widget.transports` beside the proxy that it stands for: the same tokens in four ways through nginx."""

from __future__ import annotations

import asyncio
import getpass
import math
import tempfile
from pathlib import Path
from typing import Any

import sse_widget as sw
from sse_widget.run import Run
from sse_widget.transports import Relay, Way, grpc, serve, websocket
from sse_widget.transports.relay import WAYS

from ...support import closed_port
from .place import Place, case
from .servers import program, started

TEMP = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
TOLD_NOTHING = ""
TOLD_OF_UPGRADE = "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection;"


def config(folder: Path, told: str, port: int, to: int) -> str:
    """An nginx with nothing but what it must have, and what it is told."""
    temp = "\n".join(f"{name}_temp_path {folder}/{name};" for name in TEMP)
    return (
        f"daemon off;\nworker_processes 1;\nuser {getpass.getuser()};\npid {folder}/pid;\nerror_log {folder}/error.log info;\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{temp}\n"
        f"server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{to}; {told} }} }}\n}}\n"
    )


def read(source: Any, **options: Any) -> Run:
    run = sw.stream(source, extract="$.text", reconnect=None if isinstance(source, str) else "auto", show=False, **options)
    try:
        return run.wait()
    except sw.SSEWidgetError:
        return run


def pieces(run: Run) -> list[int]:
    """The sizes of what came in one piece."""
    return [len(entry.data) for entry in run.recording.read_entries() if entry.kind == "chunk"]


async def compared(told: str) -> dict[str, tuple[Run, Run]]:
    """By transport: the run through nginx, and the run through the relay that stands for it."""
    return await asyncio.to_thread(_compared, told)


def _compared(told: str) -> dict[str, tuple[Run, Run]]:
    with serve(tokens_per_second=200) as servers, tempfile.TemporaryDirectory() as name:
        folder, port, found = Path(name), closed_port(), {}
        (folder / "conf").write_text(config(folder, told, port, servers.http_port), "utf-8")
        command = [program("nginx") or "nginx", "-p", name, "-c", str(folder / "conf"), "-e", str(folder / "error.log")]
        way = Way(buffer=WAYS["buffering proxy"].buffer, http1_only=told == TOLD_NOTHING)
        with started(command, port, folder / "output.log"), Relay(servers.http_port, way) as relay:
            through = [servers.at(each, each, each, each) for each in (port, relay.port)]
            for number, transport in enumerate(("sse", "websocket", "whole", "grpc")):
                pair = []
                for addresses in through:
                    address = addresses[number]
                    source: Any = address
                    if transport in ("websocket", "grpc"):
                        source = websocket(address) if transport == "websocket" else grpc(address, servers.method)
                    pair.append(read(source, framing="json_array" if transport == "whole" else "auto"))
                found[transport] = (pair[0], pair[1])
        return found


@case("nginx that is told nothing, and the relay: SSE is held, WebSocket and gRPC are refused, in the same words")
async def told_nothing(place: Place) -> str:
    found = await compared(TOLD_NOTHING)
    for transport, (real, ours) in found.items():
        assert (real.status, type(real.error), real.text) == (ours.status, type(ours.error), ours.text), (transport, real.error, ours.error)
    assert [real.status for real, _ in found.values()] == ["done", "failed", "done", "failed"]
    assert str(found["websocket"][0].error) == str(found["websocket"][1].error)
    by_nginx, by_relay = (pieces(run) for run in found["sse"])
    assert len(by_nginx) == len(by_relay) == 2, (by_nginx, by_relay)
    assert math.isclose(by_nginx[0], by_relay[0], rel_tol=0.1), (by_nginx, by_relay)
    return f"SSE in pieces of {by_nginx} B by nginx, {by_relay} by the relay"


@case("nginx that is told of Upgrade: a WebSocket passes as it comes")
async def told_of_upgrade(place: Place) -> str:
    real, ours = (await compared(TOLD_OF_UPGRADE))["websocket"]
    assert real.status == ours.status == "done"
    assert real.text == ours.text
    gaps = [run.metrics.gap_max for run in (real, ours)]
    return f"{len(real.events)} messages, the longest gap {gaps[0]:.3f} s by nginx, {gaps[1]:.3f} by the relay"
