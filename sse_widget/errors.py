"""The errors of this package. What they say never holds a secret, see `redaction`.

SSEWidgetError
 ├── UsageError (also a TypeError)        an option that does not exist or cannot be used like this
 ├── ConnectError                         no connection: refused, unknown host, TLS, timeout
 ├── RedirectError                        a redirect that would carry credentials to another origin
 ├── ResponseError                        the server answered, but not with a stream
 │    ├── StatusError                     a status other than 200
 │    └── NotAStreamError                 a 200 whose body is no event stream
 ├── EmptyStreamError                     the stream ended without a single event
 ├── SourceError                          an iterator raised, or gave items of an unknown type
 ├── RuleError                            extract matched nothing, or parse read no event
 ├── BoundError                           a stream that outgrew one of its bounds (see `sse_widget.bounds`)
 ├── IdleTimeoutError                     nothing at all came for longer than ``idle_timeout``
 ├── ProgressTimeoutError                 nothing of the answer came for longer than ``progress_timeout``
 ├── RecordingError                       a file that cannot be written, or is no recording
 └── ProviderError                        an error that the provider sent inside the stream
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any

from .redaction import Redactor as Redactor
from .redaction import is_secret_name as is_secret_name
from .redaction import redact_headers as redact_headers
from .redaction import redact_json as redact_json
from .redaction import redact_url as redact_url

_WORDS = re.compile(r"[a-z]+([_ -][a-z]+)*")


class SSEWidgetError(Exception):
    """Base of all errors of this package.

    message: what happened, a sentence. hint: what to check, a sentence or "". Neither ever holds a secret.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        end = "" if not self.hint or self.message.endswith((".", "!", "?", "…", ":")) else "."
        return f"{self.message}{end} {self.hint}".strip()

    def to_dict(self) -> dict[str, Any]:
        """What the page shows: type, message, hint, and for a response its status and redacted body."""
        return {"type": type(self).__name__, "message": self.message, "hint": self.hint}


class UsageError(SSEWidgetError, TypeError):
    """An option that does not exist, or that cannot be used like this."""

    @classmethod
    def unknown(cls, what: str, name: str, known: Iterable[str]) -> UsageError:
        """An unknown name, with the nearest known one."""
        names = sorted(known)
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(names)}."
        # What is like no known name may be a key in the wrong place.
        shown = repr(name) if near or len(name) < 16 or _WORDS.fullmatch(name) else f"of these {len(name)} characters"
        return cls(f"There is no {what} {shown}.", hint=hint)


class ConnectError(SSEWidgetError):
    """No connection to the server, or it broke before the response began."""


class RedirectError(SSEWidgetError):
    """A redirect to another origin, which must not see the request's credentials."""


class ResponseError(SSEWidgetError):
    """The server answered, but not with a stream. status: HTTP status; body: redacted start of the body."""

    def __init__(self, message: str, *, hint: str = "", status: int | None = None, body: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.body = body

    def to_dict(self) -> dict[str, Any]:
        return {**super().to_dict(), "status": self.status, "body": self.body}


class StatusError(ResponseError):
    """A status other than 200."""


class NotAStreamError(ResponseError):
    """A 200 whose body is no event stream."""


class EmptyStreamError(SSEWidgetError):
    """The stream ended without a single event."""


class SourceError(SSEWidgetError):
    """An iterator raised (its exception is the ``__cause__``) or gave an item of an unknown type."""


class RuleError(SSEWidgetError):
    """``extract`` matched nothing in the whole stream, or ``parse`` could read no event."""


class IdleTimeoutError(SSEWidgetError):
    """Nothing at all came for longer than ``idle_timeout``: no byte, no comment, no item. What came before is kept."""


class ProgressTimeoutError(SSEWidgetError):
    """Nothing of the answer came for longer than ``progress_timeout``, whatever else came. What came before is kept."""


class RecordingError(SSEWidgetError):
    """A recording's file cannot be written or read. line: where in the file, from 1, or None. recording: what could be read, or None."""

    def __init__(self, message: str, *, hint: str = "", line: int | None = None, recording: Any = None) -> None:
        super().__init__(message, hint=hint)
        self.line = line
        self.recording = recording


class BoundError(SSEWidgetError):
    """The stream outgrew a bound, and was ended there; what came before is kept. bound: its name in `sse_widget.Bounds`."""

    def __init__(self, message: str, *, hint: str = "", bound: str = "") -> None:
        super().__init__(message, hint=hint)
        self.bound = bound

    def to_dict(self) -> dict[str, Any]:
        return {**super().to_dict(), "bound": self.bound}


class ProviderError(SSEWidgetError):
    """An error that the provider sent inside the stream. code, kind: the provider's own words, or None."""

    def __init__(self, message: str, *, hint: str = "", code: Any = None, kind: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.kind = kind

    def to_dict(self) -> dict[str, Any]:
        return {**super().to_dict(), "code": self.code, "kind": self.kind}
