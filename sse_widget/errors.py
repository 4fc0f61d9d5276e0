"""The errors of this package, and the redaction of secrets.

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
 └── ProviderError                        an error that the provider sent inside the stream
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit, urlunsplit

MASK = "***"


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
        return cls(f"There is no {what} {name!r}.", hint=hint)


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


class ProviderError(SSEWidgetError):
    """An error that the provider sent inside the stream. code, kind: the provider's own words, or None."""

    def __init__(self, message: str, *, hint: str = "", code: Any = None, kind: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.kind = kind

    def to_dict(self) -> dict[str, Any]:
        return {**super().to_dict(), "code": self.code, "kind": self.kind}


# --- redaction ---------------------------------------------------------------------------------------------------------
# Names are judged whole words at a time: "max_tokens" is no secret, "access_token" and "x-api-key" are.
_SECRET_NAME = re.compile(
    r"(^|[-_.])(authorization|cookie|api[-_]?key|apikey|secret|password|passwd|credential|credentials|signature|sig|session|token|jwt)s?$"
    r"|^key$|[-_](key|auth)$|^(x-)?auth([-_]|$)",
    re.IGNORECASE,
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")  # accessToken is an access_token
_PLAIN_NAMES = {
    "max-tokens",
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "idempotency-key",
    "prompt_cache_key",
    "tokens",
    "sec-websocket-key",
}


def is_secret_name(name: str) -> bool:
    """Whether a header, query parameter or JSON key of this name is taken to hold a secret."""
    name = _HUMP.sub("_", name)
    return name.lower() not in _PLAIN_NAMES and _SECRET_NAME.search(name) is not None


def redact_url(url: str) -> str:
    """The URL without user info, and with secret query values masked."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    query = parts.query
    if query:
        pairs = [(k, MASK if is_secret_name(k) else v) for k, v in parse_qsl(query, keep_blank_values=True)]
        query = "&".join(f"{quote(k, safe='')}={v if v == MASK else quote(v, safe='')}" for k, v in pairs)
    return urlunsplit((parts.scheme, host, parts.path, query, parts.fragment))


def redact_headers(headers: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Header pairs with the values of secret names masked."""
    return [[k, MASK if is_secret_name(k) else v] for k, v in headers]


def redact_json(value: Any) -> Any:
    """A copy of JSON data with the values of secret keys masked: a string, or the strings of a list."""
    if isinstance(value, Mapping):
        return {k: _masked(v) if is_secret_name(str(k)) else redact_json(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [redact_json(v) for v in value]
    return value


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return MASK
    if isinstance(value, (list, tuple)):
        return [_masked(v) for v in value]
    return redact_json(value)


class Redactor:
    """Masks the secrets of one request wherever they turn up: bodies, error texts, echoes of the request.

    A secret shorter than six characters is not looked for: masking it would tear up ordinary text and give it away.
    """

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._ordered: list[str] = []

    def learn(self, name: str, value: str) -> None:
        """Remember ``value`` if ``name`` is a secret name; of "Bearer abc" also "abc" alone, of cookies each one's value."""
        if is_secret_name(name):
            self.add(value)
            if name.lower() == "cookie":
                for cookie in value.split(";"):
                    self.add(cookie.partition("=")[2])

    def learn_json(self, value: Any) -> None:
        """Remember the secrets inside JSON data."""
        if isinstance(value, Mapping):
            for name, inner in value.items():
                for text in inner if isinstance(inner, (list, tuple)) else (inner,):
                    if isinstance(text, str):
                        self.learn(str(name), text)
                self.learn_json(inner)
        elif isinstance(value, (list, tuple)):
            for inner in value:
                self.learn_json(inner)

    def add(self, value: str) -> None:
        for secret in (value, *value.split()):
            if len(secret) >= 6 and secret.lower() not in {"bearer", "digest", "negotiate"}:
                # As it is, and as it stands in a URL or in JSON.
                self._secrets.update((secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]))
        # Longest first, or a short secret inside a long one would leave the rest of it readable.
        self._ordered = sorted(self._secrets, key=len, reverse=True)

    def text(self, text: str) -> str:
        """``text`` with every known secret masked."""
        for secret in self._ordered:
            text = text.replace(secret, MASK)
        return text

    def json(self, value: Any) -> Any:
        """A copy of JSON data with every known secret masked."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {k: self.json(v) for k, v in value.items()}
        return [self.json(v) for v in value] if isinstance(value, (list, tuple)) else value

    def cause(self, error: BaseException | None) -> BaseException | None:
        """``error`` as the cause of one of ours, unless a traceback of it would show a secret: then None."""
        link = error
        for _ in range(20):
            if link is None:
                return error
            if self.text(str(link)) != str(link):
                return None
            link = link.__cause__ or link.__context__
        return error

    @property
    def knows_any(self) -> bool:
        """Whether there is any secret to mask."""
        return bool(self._ordered)
