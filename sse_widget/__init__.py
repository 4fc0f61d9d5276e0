"""Watch a language model's stream in a notebook cell: tokens as they arrive, a timeline of every event, the merged output."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .deltas import Delta
from .errors import (
    ConnectError,
    EmptyStreamError,
    NotAStreamError,
    ProviderError,
    RedirectError,
    ResponseError,
    RuleError,
    SourceError,
    SSEWidgetError,
    StatusError,
    UsageError,
)
from .findings import Finding
from .frames import Event
from .metrics import Metrics
from .output import Output
from .recording import Recording
from .run import Run
from .session import Session
from .view.kernel import cells as _cells

if TYPE_CHECKING:
    from . import demo

__all__ = [
    "ConnectError",
    "Delta",
    "EmptyStreamError",
    "Event",
    "Finding",
    "Metrics",
    "NotAStreamError",
    "Output",
    "ProviderError",
    "Recording",
    "RedirectError",
    "ResponseError",
    "RuleError",
    "Run",
    "SSEWidgetError",
    "Session",
    "SourceError",
    "StatusError",
    "UsageError",
    "demo",
    "stream",
]

_cells.hook()


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
    name: str | None = None,
    session: Session | None = None,
    priority: int = 0,
    log: bool = False,
    show: bool = True,
    **later: Any,
) -> Run:
    """Start reading a stream. Returns at once; the run goes on in the background, also while other cells block.

    source: a URL or `httpx.Request`; a prompt, with ``provider``; an open streaming response or an `httpx_sse.EventSource`; or any
        iterable or async iterable of str (text), bytes (chunks of a stream), dict (JSON), server-sent events or SDK chunks.

    Of the request, if source is a URL:
    method: default POST if there is a body, else GET. json, content, params, headers, auth: as in httpx; params are merged into the
        URL's query, and ``env:NAME`` at the end of a header is read from the environment. timeout: seconds to connect (15) and to
        write (30), or an `httpx.Timeout`; reading has no limit unless that says so. client: an `httpx.AsyncClient` to use; it stays on
        the running event loop.

    Of a prompt:
    provider: "openai", "deepseek", "gemini", "anthropic", "ollama", "vllm" or "llamacpp": its URL, its body with ``stream: true``
        and, from the environment (``OPENAI_API_KEY`` and so on), its key. model: which one to ask. base_url: another address
        than the provider's, else that of the environment (``OPENAI_BASE_URL`` and so on) if there is one. params, json: here
        parameters of the model and any other part of the body, merged over the preset's.

    Of the reading:
    framing: "auto", or a name of `sse_widget.framing.FRAMINGS` to force. dialect: "auto", or a name to force, such as "openai_chat"
        or "text" (`sse_widget.dialects.DIALECTS` has them all). extract: a JSONPath (RFC 9535) such as "$.result.text", or a dict of
        them by channel ("text", "reasoning", "usage", "step"). parse: called with each event's data (str); returns text, a dict, or
        None for nothing. join: put between fragments of text, e.g. " " for sentences.

    Of the run:
    name: shown on the page. session: a `Session` to be part of; None for one of its own. priority: kept for sessions of several
        runs. log: write ``[STREAM][id] Token: "…" at …`` lines to the logger "sse_widget.stream". show: False never shows by itself;
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
        name=name,
        priority=priority,
        log=log,
        show=show,
        **later,
    )


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("sse_widget")
    if name == "demo":  # the demo server's dependencies are not needed to read a stream
        import importlib

        return importlib.import_module(".demo", __name__)
    raise AttributeError(f"module 'sse_widget' has no attribute {name!r}")
