"""Watch a language model's stream in a notebook cell: tokens as they arrive, a timeline of every event, the merged output."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .bounds import Bounds
from .compare import Compare, compare
from .deltas import Delta
from .demux_key import Key
from .doctor import doctor
from .errors import (
    BoundError,
    ConnectError,
    EmptyStreamError,
    IdleTimeoutError,
    NotAStreamError,
    ProgressTimeoutError,
    ProviderError,
    RecordingError,
    RedirectError,
    ResponseError,
    RuleError,
    SourceError,
    SSEWidgetError,
    StatusError,
    UsageError,
)
from .expecting import expect
from .files.load import load, load_recording
from .findings import Finding
from .frames import Event
from .metrics import Metrics
from .output import Output
from .reconnect import Reconnect
from .recording import Recording
from .replay.player import Player
from .resume import GeminiInteractions, LangGraph, LastEventId, OpenAIBackground, ResumeState
from .run import Run
from .session import Session
from .theatre import theatre
from .tracebacks import quiet as _quiet
from .view.kernel import cells as _cells

if TYPE_CHECKING:
    from . import demo, transports

__all__ = [
    "BoundError",
    "Bounds",
    "Compare",
    "ConnectError",
    "Delta",
    "EmptyStreamError",
    "Event",
    "Finding",
    "GeminiInteractions",
    "IdleTimeoutError",
    "Key",
    "LangGraph",
    "LastEventId",
    "Metrics",
    "NotAStreamError",
    "OpenAIBackground",
    "Output",
    "ProgressTimeoutError",
    "ProviderError",
    "Reconnect",
    "Recording",
    "RecordingError",
    "RedirectError",
    "ResponseError",
    "ResumeState",
    "RuleError",
    "Run",
    "SSEWidgetError",
    "Session",
    "SourceError",
    "StatusError",
    "UsageError",
    "compare",
    "demo",
    "doctor",
    "expect",
    "load",
    "replay",
    "stream",
    "theatre",
    "transports",
]

_cells.hook()


@_quiet
def stream(
    source: Any,
    *,
    method: str | None = None,
    json: Any = None,
    content: Any = None,
    params: Any = None,
    headers: Any = None,
    auth: Any = None,
    timeout: Any = None,
    client: Any = None,
    provider: str | None = None,
    model: str | None = None,
    base_url: str | None = None,
    framing: str = "auto",
    dialect: str = "auto",
    extract: Any = None,
    parse: Callable[[str], Any] | None = None,
    join: str = "",
    key: str | Callable[[Event], Any] | Key | None = None,
    secrets: Iterable[Any] | None = None,
    name: str | None = None,
    session: Session | None = None,
    priority: int = 0,
    reconnect: Reconnect | str | None = "auto",
    idle_timeout: float | None = None,
    progress_timeout: float | None = None,
    bounds: Bounds | None = None,
    persist: str = "static",
    log: bool = False,
    show: bool = True,
    **later: Any,
) -> Run:
    """Start reading a stream. Returns at once; the run goes on in the background, also while other cells block.

    source: a URL or `httpx.Request`; a prompt, with ``provider``; an open streaming response or an `httpx_sse.EventSource`; or any
        iterable or async iterable of str (text), bytes (chunks of a stream), dict (JSON), server-sent events or SDK chunks.

    Of the request, if source is a URL:
    method: default POST if there is a body, else GET. json, content, params, headers, auth: as in httpx; params are merged into the
        URL's query. ``env:NAME`` at the end of a header, or as a parameter, a secret member of the body or a password, is read from the
        environment; a function in the place of a value is called, once. timeout: seconds to connect (15) and to
        write (30), or an `httpx.Timeout`; reading has no limit unless that says so. client: an `httpx.AsyncClient` to use, with
        its auth, cookies, transports, and its timeouts if it was given any; it stays on the running event loop.

    Of a prompt:
    provider: "openai", "deepseek", "gemini", "anthropic", "ollama", "vllm" or "llamacpp": its URL, its body with ``stream: true``
        and, from the environment (``OPENAI_API_KEY`` and so on), its key. model: which one to ask. base_url: another address
        than the provider's, which may need no key, else that of the environment (``OPENAI_BASE_URL`` and so on) if there is one.
        params, json: here parameters of the model and any other part of the body, merged over the preset's.

    Of the reading:
    framing: "auto", or a name of `sse_widget.framing.FRAMINGS` to force. dialect: "auto", or a name to force, such as "openai_chat"
        or "text" (`sse_widget.dialects.DIALECTS` has them all). extract: a JSONPath (RFC 9535) such as "$.result.text", or a dict of
        them by channel ("text", "reasoning", "usage", "step"). parse: called with each event's data (str); returns text, a dict, or
        None for nothing. join: put between fragments of text, e.g. " " for sentences.

    Of several who speak on one connection:
    key: how its events are told apart, each key value being a lane: a JSONPath ("$.agent"), "event" (the event's name),
        "event|namespace" (what follows the bar in its name), "auto" (what is known of the formats that agents share), a function of an
        `Event`, or a `Key`, which says more. ``run.lanes`` has a run for each value, from the moment it first comes; the run itself stays
        the whole stream. To stop a lane is to stop the connection, as there is one.

    Of what goes wrong on the way:
    reconnect: when a URL is asked again: a `Reconnect`, "lan", "mobile", or None ("off") for never. Without it, a GET whose events have
        ids is taken up after its last event when the connection breaks, what could not have been processed is sent again twice, and so
        is what the server asks for again (429, 503, 529 with Retry-After); a stream that has ended is never asked for again, and a POST
        that may have been processed is not repeated.
    idle_timeout: seconds without a byte, comment or item until the run fails with `IdleTimeoutError`, or, if ``reconnect`` lets it,
        the connection counts as lost. progress_timeout: seconds without anything of the answer (text, thinking, a tool call, a step),
        whatever else comes, until it fails with `ProgressTimeoutError`. None, as by default: no limit. Neither counts while the
        reading is paused, while a reconnect is waited for, or while a cell blocks the loop that reads.

    Of the run:
    secrets: what is secret beside the usual headers, parameters and members: further names of them, and ``env:NAME`` or functions for
        secrets themselves, e.g. one that stands in the prompt. Known secrets are masked in everything that leaves the kernel.
    name: shown on the page. session: a `Session` to be part of; None for one of its own. priority: kept for sessions of several
        runs. bounds: how large the stream may grow, and how many may be open at one host: a `Bounds`; the defaults are far above what a
        model sends. persist: what a saved notebook keeps for readers without a kernel: "static" (the answer, the timeline and the
        figures, closed, below the widget), "widget" (a bounded copy in the widget's state), "both" or "none". log: write
        ``[STREAM][id] Token: "…" at …`` lines to the logger "sse_widget.stream". show: False never shows by itself;
        True shows the run once, where it is first awaited, waited for or iterated over in a cell.

    Returns a `Run`. Raises UsageError for an option that does not exist or cannot be used with this source; whatever happens to the
    stream itself is told by the run.
    """
    return (session if session is not None else Session()).stream(
        source,
        method=method,
        json=json,
        content=content,
        params=params,
        headers=headers,
        auth=auth,
        timeout=timeout,
        client=client,
        provider=provider,
        model=model,
        base_url=base_url,
        framing=framing,
        dialect=dialect,
        extract=extract,
        parse=parse,
        join=join,
        key=key,
        secrets=secrets,
        name=name,
        priority=priority,
        reconnect=reconnect,
        idle_timeout=idle_timeout,
        progress_timeout=progress_timeout,
        bounds=bounds,
        persist=persist,
        log=log,
        show=show,
        **later,
    )


def replay(
    recording: Any,
    speed: float = 1.0,
    *,
    network: Any = None,
    name: str | None = None,
    session: Session | None = None,
    framing: str = "auto",
    dialect: str = "auto",
    extract: Any = None,
    parse: Callable[[str], Any] | None = None,
    join: str = "",
    key: str | Callable[[Event], Any] | Key | None = None,
    show: bool = True,
) -> Run:
    """Play a recording again: the same page, the same times, another speed.

    recording: a `Recording`, or the path of a file that `load` reads; of one that still grows, what has come so far. speed: seconds of
        the recording per second, 0.01 to 1000, or `math.inf` for as fast as it goes. network: how it comes through: None, a name of
        `sse_widget.replay.PROFILES` ("3g", "flaky", "buffering-proxy", …), or a `Profile` of your own. name, session, framing,
        dialect, extract, parse, join, key, show: as in `stream`; a recording that was split by a rule is split by it again.

    Returns a `Run` whose ``player`` has ``speed``, ``position``, ``pause()``, ``play()``, ``step()`` and ``seek()``; without a network
    its recording ends equal to the original, and all times are those of the original. Raises UsageError for a speed or a network that
    does not exist, and RecordingError for a file that cannot be read.
    """
    from .replay.network import named, profile_of
    from .sources.replay import ReplaySource

    profile = profile_of(network)
    original = recording if isinstance(recording, Recording) else load_recording(recording)
    player = Player(speed)
    label = name if name is not None else original.name
    return (session if session is not None else Session()).stream(
        ReplaySource(original, player, profile, "" if network is None else named(profile)),
        name=label,
        framing=framing,
        dialect=dialect,
        extract=extract,
        parse=parse,
        join=join,
        key=key,
        show=show,
    )


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("sse_widget")
    if name in ("demo", "transports"):  # what they need is not needed to read a stream
        import importlib

        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module 'sse_widget' has no attribute {name!r}")
