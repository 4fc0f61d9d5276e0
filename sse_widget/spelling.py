"""How a secret may be spelled, and where one stands in a text. Pure.

A server that echoes a key may write it in another case, as JSON (``\\u002d``, also JSON within JSON), as a URL (``%2D``), as HTML
(``&#45;``), as hex or as base64, and cut it wherever a chunk or a token ends. So a text is searched for every spelling at once, and
what is said of its end is not "nothing there" but from where on it is undecided: there a secret may have begun.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple
from urllib.parse import quote

Span = tuple[int, int]

BULLET: Final = "•"
"""What stands for each character of a secret: it means nothing in Markdown, JSON or HTML."""
SHORTEST: Final = 6
"""Characters of the shortest secret that is looked for. Shorter ones would tear up ordinary text, and give themselves away by it."""
LONG: Final = 16
LEAD: Final = 2
"""Of a secret of 16 characters or more the first two stay readable in text that streams: else it would have to wait whenever it ends in
a letter with which a key, or its base64, begins. Two characters of a key ("sk") are no help to anybody."""

_ESCAPES: Final = "\\%&"
_ESCAPED: Final = re.compile(
    r"\\{1,8}(?:u00(?P<u>[0-9a-f]{2})|x(?P<x>[0-9a-f]{2})|(?P<control>[nrtbf])|(?P<itself>[^0-9a-z\\]))"
    r"|%(?:25){0,3}(?P<percent>[0-9a-f]{2})"
    r"|&(?:amp;){0,3}(?:#0{0,4}(?P<decimal>[0-9]{1,3});|#x0{0,4}(?P<hex>[0-9a-f]{1,2});|(?P<name>quot|lt|gt|apos|amp);)",
    re.DOTALL,
)
_BEGUN: Final = re.compile(
    r"(?:\\{1,8}(?:u0{0,2}|u00[0-9a-f]?|x[0-9a-f]?)?|%(?:25){0,3}[0-9a-f]?|&(?:a|am|amp;?|amp;a|amp;am){0,3}(?:#x?[0-9a-f]{0,7}|[a-z]{0,4}))\Z"
)
_ESCAPE: Final = 40
"""Characters of the longest escape, and more."""
_REPEATED: Final = {"\\": re.compile(r"\\{1,8}"), "%": re.compile(r"%(?:25){0,3}"), "&": re.compile(r"&(?:amp;){0,3}")}
_CONTROLS: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_NAMES: Final = {"quot": '"', "lt": "<", "gt": ">", "apos": "'", "amp": "&"}


class Tail(NamedTuple):
    """The text ends in what may be the beginning of a secret.

    begin: where that is. start: from where on it would be masked, which for its lead is the end. known: characters of it.
    """

    begin: int
    start: int
    known: int


class Spelling(NamedTuple):
    """text: in small letters. lead: its first characters that stay readable."""

    text: str
    lead: int


def spellings(secret: str, *, streaming: bool = True) -> list[Spelling]:
    """What to look for: the secret, and what it is as base64 (wherever it stands in what was encoded) and hex. Escapes are known anyway."""
    raw = secret.encode("utf-8", "surrogatepass")
    found = [secret, raw.hex(), *_as_base64(raw)]
    if " " in secret:
        found.append(secret.replace(" ", "+"))  # as forms have it
    if not secret.isascii():
        found += [quote(raw), secret.encode("unicode_escape", "surrogatepass").decode()]
    lead = LEAD if streaming and len(secret) >= LONG else 0
    return [Spelling(lower(each), lead) for each in found if len(each) >= SHORTEST]


def _as_base64(raw: bytes) -> Iterator[str]:
    for before in range(3):  # what stands before it shifts its bits; characters that its neighbours share are left out
        bits = 8 * (before + len(raw))
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(b"\0" * before + raw).decode()[-(-8 * before // 6) : bits // 6]


def lower(text: str) -> str:
    """In small letters, character by character: the few that would become two stay as they are."""
    small = text.lower()
    return small if len(small) == len(text) else "".join(each.lower() if len(each.lower()) == 1 else each for each in text)


class Spellings:
    """Every spelling of some secrets, to be looked for together. streaming: in a text that goes on, see `LEAD`."""

    def __init__(self, *, streaming: bool = True) -> None:
        self._streaming = streaming
        self._known: dict[str, int] = {}
        self._by_first: dict[str, list[Spelling]] = {}
        self._candidate: re.Pattern[str] | None = None
        self.longest = 0
        """Characters of the longest spelling without escapes: never is more than that of them held back."""

    def __bool__(self) -> bool:
        return bool(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def add(self, secret: str) -> bool:
        """Look for this one too. False if that was known."""
        fresh = [each for each in spellings(secret, streaming=self._streaming) if each.lead < self._known.get(each.text, LEAD + 1)]
        for text, lead in fresh:
            self._known[text] = lead
            self.longest = max(self.longest, len(text))
        if fresh:
            self._candidate = None
            self._by_first = {}
            for text, lead in self._known.items():
                self._by_first.setdefault(text[0], []).append(Spelling(text, lead))
        return bool(fresh)

    def scan(self, text: str) -> tuple[list[Span], list[Tail]]:
        """Where secrets stand, overlapping ones too, in no order, and the beginnings of secrets at the end."""
        low = lower(text)
        if "\\" in text or "%" in text or "&" in text:
            return self._with_escapes(low)
        spans: list[Span] = []
        tails: list[Tail] = []
        size = len(low)
        for secret, lead in self._known.items():
            begin = secret[:3]
            at = low.find(begin)
            while at >= 0:
                if low.startswith(secret, at):
                    spans.append((at + lead, at + len(secret)))
                elif size - at < len(secret) and secret.startswith(low[at:]):
                    tails.append(Tail(at, at + lead, size - at))
                at = low.find(begin, at + 1)
            if low[-1:] == secret[0]:
                tails.append(Tail(size - 1, size if lead else size - 1, 1))
            if low[-2:] == secret[:2]:
                tails.append(Tail(size - 2, size if lead else size - 2, 2))
        return spans, tails

    def spans(self, text: str) -> list[Span]:
        """What to mask in a text that ends here, sorted and apart: also the beginning of a secret that was cut off at its end."""
        if not self._known or not text:
            return []
        found, tails = self.scan(text)
        return merged([*found, *((tail.start, len(text)) for tail in tails if tail.known >= SHORTEST)])

    def _with_escapes(self, low: str) -> tuple[list[Span], list[Tail]]:
        if self._candidate is None:
            self._candidate = _beginnings(self._known)
        spans: list[Span] = []
        tails: list[Tail] = []
        by_first = self._by_first
        for found in self._candidate.finditer(low):
            at = found.start()
            secrets = by_first.get(low[at], [])
            if low[at] in _ESCAPES and (escaped := _ESCAPED.match(low, at)) is not None:
                secrets = [*secrets, *by_first.get(_value(escaped), ())]
            for secret in secrets:
                _walk(secret, low, at, spans, tails)
        for at in range(max(len(low) - _ESCAPE, 0), len(low)):  # an escape that the end has cut may be any character
            if low[at] in _ESCAPES and _BEGUN.match(low, at):
                for some in by_first.values():
                    for secret in some:
                        _walk(secret, low, at, spans, tails)
        return spans, tails


def _beginnings(known: Iterable[str]) -> re.Pattern[str]:
    """Matches one character where a secret may begin: its first one before its second or an escape, or an escape of its first one."""
    seconds: dict[str, str] = {}
    for text in known:
        seconds[text[0]] = seconds.get(text[0], "") + text[1]
    codes = sorted({ord(each) for first in seconds for each in (first, first.upper()) if len(each) == 1 and ord(each) < 256})
    hexes, decimals = "|".join(f"{code:02x}" for code in codes) or "(?!)", "|".join(map(str, codes)) or "(?!)"
    signs = [name for name, value in _CONTROLS.items() if value in seconds]
    signs += [first for first in seconds if not first.isalnum() and first != "\\"]
    itself = f"[{re.escape(''.join(signs))}]" if signs else "(?!)"
    names = "|".join(name for name, value in _NAMES.items() if value in seconds) or "(?!)"
    ways = {
        "\\": rf"\\{{0,7}}(?:u00(?:{hexes})|x(?:{hexes})|{itself})",
        "%": rf"(?:25){{0,3}}(?:{hexes})",
        "&": rf"(?:amp;){{0,3}}(?:#0{{0,4}}(?:{decimals});|#x0{{0,4}}(?:{hexes});|(?:{names});)",
    }
    for first, second in seconds.items():
        ways[first] = "" if first in _ESCAPES else f"[{re.escape(second + _ESCAPES)}]|\\Z"
    return re.compile("|".join(f"{re.escape(first)}(?={way})" for first, way in ways.items()), re.DOTALL)


def _walk(secret: Spelling, low: str, at: int, spans: list[Span], tails: list[Tail]) -> None:
    """Follow one secret from where it may begin, by all ways at once: a backslash may be one or begin an escape."""
    size, lead = len(low), secret.lead
    ways = {at: at}  # where we are: where its masked part begins
    for known, character in enumerate(secret.text):
        following: dict[int, int] = {}
        for place, masked in ways.items():
            start = place if known == lead else masked
            if place == size:
                tails.append(Tail(at, start if known > lead else size, known))
                continue
            if low[place] in _ESCAPES and _BEGUN.match(low, place):
                tails.append(Tail(at, start if known >= lead else size, known))
            for end in _ends(low, place, character):
                following[end] = min(start, following.get(end, start))
        if not following:
            return
        ways = following
    spans.extend((start, end) for end, start in ways.items())


def _ends(low: str, at: int, character: str) -> Iterator[int]:
    """Where a spelling of ``character`` that begins here ends."""
    here = low[at]
    if here == character:
        yield at + 1
    if here not in _ESCAPES:
        return
    if character == here:
        run = _REPEATED[here].match(low, at)
        step = {"\\": 1, "%": 2, "&": 4}[here]
        yield from range(at + 1 + step, run.end() + 1 if run else 0, step)
    found = _ESCAPED.match(low, at)
    if found is not None and _value(found) == character:
        yield found.end()


def _value(found: re.Match[str]) -> str:
    """The character that an escape stands for."""
    kind, text = found.lastgroup, found[found.lastgroup or 0]
    if kind == "control":
        return _CONTROLS[text]
    if kind == "itself":
        return text
    if kind == "name":
        return _NAMES[text]
    return lower(chr(int(text, 10 if kind == "decimal" else 16)))


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same places, sorted, and joined where they overlap or touch."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1]:
            if end > result[-1][1]:
                result[-1] = (result[-1][0], end)
        elif end > start:
            result.append((start, end))
    return result


def cover(text: str, spans: Iterable[Span], mask: str = BULLET) -> str:
    """``text`` with these places masked, a sign for each character. spans: sorted and apart, see `merged`."""
    pieces, at = [], 0
    for start, end in spans:
        pieces += [text[at:start], mask * (end - start)]
        at = end
    return "".join([*pieces, text[at:]]) if pieces else text
