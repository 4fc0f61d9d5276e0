"""What is secret: by the names of headers, parameters and members, and by what the user names. And its masks.

Named places (a header, a parameter) get `MASK`, which does not even tell a length. What a server or a model says is masked character by
character, so that what stands beside it stays where it was.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import re
import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

from .spelling import SHORTEST, Span, Spellings, cover

MASK = "***"
IsSecret = Callable[[str], bool]

# Names are judged whole words at a time: "max_tokens" is no secret, "access_token" and "x-api-key" are.
_SECRET_NAME = re.compile(
    r"(^|[-_.])(authorization|cookie|api[-_]?key|apikey|secret|password|passwd|passphrase|credential|credentials|signature|sig|session"
    r"|token|jwt)s?$|^key$|[-_](key|auth)$|^(x-)?auth([-_]|$)",
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
_NAMED_BY = ("name", "key", "header")
"""Members that name what the member "value" beside them is."""
_SCHEME = re.compile(r"(?i)(basic|bearer|digest|negotiate|token|key|apikey|api-key|bot|aws4-hmac-sha256)$")


def is_secret_name(name: str) -> bool:
    """Whether a header, query parameter or JSON key of this name is taken to hold a secret."""
    name = _HUMP.sub("_", name)
    return name.lower() not in _PLAIN_NAMES and _SECRET_NAME.search(name) is not None


def redact_url(url: str, is_secret: IsSecret = is_secret_name) -> str:
    """The URL without user info, and with the values of secret names masked, in its query and in a fragment that looks like one."""
    try:
        parts = urlsplit(url)
    except ValueError:  # no URL; what of it is secret, nobody can tell
        return MASK
    query = _masked_query(parts.query, is_secret)
    fragment = _masked_query(parts.fragment, is_secret) if "=" in parts.fragment else parts.fragment
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, fragment))


def _masked_query(query: str, is_secret: IsSecret) -> str:
    pairs = [(k, MASK if is_secret(k) else v) for k, v in parse_qsl(query, keep_blank_values=True)]
    return "&".join(f"{quote(k, safe='')}={v if v == MASK else quote(v, safe='')}" for k, v in pairs) if query else ""


def redact_headers(headers: Iterable[tuple[str, str]], is_secret: IsSecret = is_secret_name) -> list[list[str]]:
    """Header pairs with the values of secret names masked."""
    return [[k, MASK if is_secret(k) else v] for k, v in headers]


def redact_json(value: Any, is_secret: IsSecret = is_secret_name) -> Any:
    """A copy of JSON data with the values of secret keys masked: a string, a long number, or those of a list."""
    if isinstance(value, Mapping):
        named = next((value[name] for name in _NAMED_BY if isinstance(value.get(name), str)), "")
        return {
            k: _masked(v, is_secret) if is_secret(str(k)) or (k == "value" and is_secret(named)) else redact_json(v, is_secret)
            for k, v in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [redact_json(v, is_secret) for v in value]
    return value


def _masked(value: Any, is_secret: IsSecret) -> Any:
    if isinstance(value, str) or _is_long_number(value):
        return MASK
    if isinstance(value, (list, tuple)):
        return [_masked(v, is_secret) for v in value]
    return redact_json(value, is_secret)


def _is_long_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and len(str(value)) >= SHORTEST


class Redactor:
    """Masks the secrets of one request wherever they turn up: bodies, error texts, echoes of the request, and however spelled.

    A secret shorter than six characters is not looked for: masking it would tear up ordinary text and give it away.
    """

    known: ClassVar[weakref.WeakSet[Redactor]] = weakref.WeakSet()
    """All that know something, for what cannot be told to belong to one run: a line in a log."""

    def __init__(self) -> None:
        self.streaming = Spellings()
        """What to look for in a text that goes on."""
        self._whole = Spellings(streaming=False)
        self._names: set[str] = set()
        self._digits = False  # a secret may be a number, as a PIN is: then numbers are looked at
        self.version = 0
        """Grows whenever there is something more to look for."""

    def name(self, names: Iterable[str]) -> None:
        """Take these names of headers, parameters and members for secret ones too."""
        self._names.update(name.lower() for name in names)

    def is_secret(self, name: str) -> bool:
        """Whether what has this name is secret: by its usual meaning, or because the user says so."""
        return name.lower() in self._names or is_secret_name(name)

    def learn(self, name: str, value: str) -> None:
        """Remember ``value`` if ``name`` is a secret name; of "Bearer abc" "abc" alone, of Basic its password, of cookies each value."""
        if not self.is_secret(name):
            return
        scheme, _, rest = value.strip().partition(" ")
        if rest and _SCHEME.match(scheme):
            self.add(rest.strip())
            if scheme.lower() == "basic":
                self._add_basic(rest.strip())
        else:
            self.add(value)
        if name.lower() in ("cookie", "set-cookie"):
            for cookie in value.split(";") if name.lower() == "cookie" else value.split(";")[:1]:
                self.add(cookie.partition("=")[2].strip())

    def _add_basic(self, value: str) -> None:
        try:
            pair = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError):
            return
        self.add(pair.partition(":")[2])

    def learn_json(self, value: Any) -> None:
        """Remember the secrets inside JSON data."""
        if isinstance(value, Mapping):
            named = next((value[name] for name in _NAMED_BY if isinstance(value.get(name), str)), "")
            for name, inner in value.items():
                for text in inner if isinstance(inner, (list, tuple)) else (inner,):
                    if isinstance(text, str) or _is_long_number(text):
                        self.learn(named if name == "value" and self.is_secret(named) else str(name), str(text))
                self.learn_json(inner)
        elif isinstance(value, (list, tuple)):
            for inner in value:
                self.learn_json(inner)

    def learn_url(self, url: str) -> None:
        """Remember the secrets of a URL: its password, or the user that stands there for one, and those in its query."""
        try:
            parts = urlsplit(url)
            user, password = parts.username, parts.password
        except ValueError:
            return
        if password or user:  # a user without a password is a token, as for GitHub or Stripe
            self.add(unquote(password or user or ""))
            if password and user:
                self.add(base64.b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode())
        for name, value in (*parse_qsl(parts.query), *parse_qsl(parts.fragment)):
            self.learn(name, value)

    def add(self, value: str) -> None:
        """Remember a secret, whatever it is called."""
        if len(value) >= SHORTEST and value != MASK * 2 and self._whole.add(value):
            self.streaming.add(value)
            self.version += 1
            self._digits = self._digits or value.isdigit()
            if not Redactor.known:
                _guard_logs()
            Redactor.known.add(self)

    # --- what goes out -------------------------------------------------------------------------------------------------
    @property
    def knows_any(self) -> bool:
        """Whether there is any secret to mask."""
        return bool(self._whole)

    def spans(self, text: str) -> list[Span]:
        """Where secrets stand in a text, sorted and apart; also one that its end has cut off."""
        return self._whole.spans(text)

    def text(self, text: str) -> str:
        """``text`` with a short mask in the place of every known secret: for sentences of ours."""
        at, pieces = 0, []
        for start, end in self.spans(text):
            pieces += [text[at:start], MASK]
            at = end
        return "".join([*pieces, text[at:]]) if pieces else text

    def json(self, value: Any) -> Any:
        """A copy of JSON data with every known secret masked as in a sentence."""
        return _each(value, self.text, self._digits) if self.knows_any else value

    def covered(self, value: Any) -> Any:
        """A copy of JSON data, or a text, with every character of a known secret masked: for what a server says."""
        return _each(value, lambda text: cover(text, self.spans(text)), self._digits) if self.knows_any else value

    def cause(self, error: BaseException | None) -> BaseException | None:
        """``error`` as the cause of one of ours, unless a traceback of it would show a secret: then None."""
        if error is None or not self.knows_any:
            return error
        waiting, seen = [error], set()
        while waiting:
            link = waiting.pop()
            if id(link) in seen:
                continue
            seen.add(id(link))
            said = [str(link), repr(link), *getattr(link, "__notes__", ())]
            if any(self.spans(text) for text in said):
                return None
            waiting += [each for each in (link.__cause__, link.__context__) if each is not None]
            waiting += [each for each in getattr(link, "exceptions", ()) if isinstance(each, BaseException)]
        return error


def _each(value: Any, mask: Callable[[str], str], digits: bool) -> Any:
    """JSON data with its texts masked, those that name members too. digits: also numbers, which then become texts."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {mask(k) if isinstance(k, str) else k: _each(v, mask, digits) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_each(v, mask, digits) for v in value]
    if digits and _is_long_number(value):
        shown = mask(str(value))
        return value if shown == str(value) else shown
    return value


def masked_repr(record: Any) -> str:
    """The repr of a named tuple or a dataclass of ours, without secrets: a cell that shows it is saved. Its values are exact."""
    names = getattr(record, "_fields", None) or [field.name for field in dataclasses.fields(record)]
    return mask_all(f"{type(record).__name__}({', '.join(f'{name}={getattr(record, name)!r}' for name in names)})")


def _guard_logs() -> None:
    from .logs import guard  # it needs `mask_all`, and nobody needs it before there is a secret

    guard()


def mask_all(text: str) -> str:
    """``text`` without any secret that any run knows of: for logs."""
    for redactor in list(Redactor.known):
        text = redactor.text(text)
    return text
