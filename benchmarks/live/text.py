"""The text of the benchmark: Markdown as models write it, in tokens of about 4.4 characters, with numbered markers in it.

A marker is a token of its own, ` [[12]]`, that renders as it stands. The page's probe finds out when it became visible, and the server
noted when it was sent. Everything follows from the seed, so the server, the driver and each approach speak of the same text.
"""

from __future__ import annotations

import random
import re

EVERY = 20
"""Tokens from one marker to the next, at least: a marker waits for the end of a word, since in a fence's first line or in
a link it would not be shown."""
WORDS = """the a of to and in is that it for with as on be by this are from or an at which can not have has was more when than they you
system process model value result number example function method structure program memory state time order change field line data service
network request response stream event message token buffer thread signal window display measure record compare balance practice question
important different possible general available particular certain several common simple complex internal external efficient reliable
usually often therefore however because although between during without within through before after under across against describes
contains produces requires depends returns increases reduces represents computes collects distributes transforms understanding
implementation configuration documentation responsibility approximately characteristics environment"""
NAMES = "value total index items result count size buffer node key left right data cache queue name path first last rate"
PLAIN, NAMED = WORDS.split(), NAMES.split()
CODE = [
    "def {a}_{b}({a}, {b}=None):",
    "    if {a} is None or len({b}) == {n}:",
    "        return {b}.{a}({n})",
    "    for {a} in range({n}, len({b})):",
    "        {b}[{a}] = {c}({a}) + {n}",
    "    # keep the {a} next to its {b}, or the {c} is off by one",
    '    print(f"{a}: {{{b}}} of {n}")',
    "    {c} = sum({a} * {n} for {a} in {b})",
    "    return {c}",
    "",
]
PIECES = re.compile(r"```\w*|\n+|[ ]{2,}| ?[A-Za-z]{1,7}|[A-Za-z]+| ?\d+| ?[^\sA-Za-z\d]{1,2}| ")
WORD = re.compile(r" ?[A-Za-z]+")


def tokens(count: int, seed: int = 1, shape: str = "mixed") -> list[str]:
    """The first `count` tokens of an endless answer. shape: "mixed", or "code" for a single code block that never ends.

    The last one is a marker in a line of its own.
    """
    chance = random.Random(seed)
    made: list[str] = []
    marker = 0
    since = EVERY
    while len(made) < count:
        block = _code(chance, opened=bool(made)) if shape == "code" else _block(chance, first=not made)
        fence = False
        pieces = PIECES.findall(block)
        for piece, following in zip(pieces, [*pieces[1:], "\n"], strict=True):
            fence = piece.startswith("```") or (fence and "\n" not in piece)
            made.append(piece)
            since += 1
            if since >= EVERY and not fence and WORD.fullmatch(piece) and following[0] in " \n":
                made.append(f" [[{marker}]]")
                marker += 1
                since = 0
    del made[count - 1 :]
    last = sum(map(bool, map(MARKER.search, made)))
    return [*made, f"\n\n[[{last}]]"]


MARKER = re.compile(r"\[\[(\d+)\]\]")


def markers(pieces: list[str]) -> list[int]:
    """Index of the token that holds each marker, in their order."""
    return [index for index, piece in enumerate(pieces) if MARKER.search(piece)]


def _sentence(chance: random.Random) -> str:
    words = [chance.choice(PLAIN) for _ in range(chance.randint(6, 20))]
    at = chance.randrange(len(words))
    style = chance.random()
    if style < 0.12:
        words[at] = f"**{words[at]}**"
    elif style < 0.2:
        words[at] = f"*{words[at]}*"
    elif style < 0.3:
        words[at] = f"`{chance.choice(NAMED)}_{chance.choice(NAMED)}`"
    elif style < 0.34:
        words[at] = f"[{words[at]}](https://example.org/{chance.choice(NAMED)})"
    if len(words) > 11:
        words[len(words) // 2] += ","
    return " ".join(words).capitalize() + "."


def _paragraph(chance: random.Random) -> str:
    return " ".join(_sentence(chance) for _ in range(chance.randint(2, 6)))


def _code(chance: random.Random, *, opened: bool = False) -> str:
    lines = []
    for _ in range(chance.randint(6, 24)):
        a, b, c = (chance.choice(NAMED) for _ in range(3))
        lines.append(chance.choice(CODE).format(a=a, b=b, c=c, n=chance.randint(1, 300)))
    return ("" if opened else "```python\n") + "\n".join(lines) + "\n"


def _block(chance: random.Random, *, first: bool) -> str:
    kind = chance.random()
    if first or kind < 0.14:
        return f"{'#' * chance.randint(2, 3)} {' '.join(chance.choice(PLAIN) for _ in range(4)).capitalize()}\n\n"
    if kind < 0.62:
        return _paragraph(chance) + "\n\n"
    if kind < 0.82:
        ordered = chance.random() < 0.4
        items = [_sentence(chance) for _ in range(chance.randint(3, 8))]
        return "".join(f"{f'{i}.' if ordered else '-'} {item}\n" for i, item in enumerate(items, 1)) + "\n"
    if kind < 0.94:
        return _code(chance) + "```\n\n"
    if kind < 0.97:
        return f"> {_sentence(chance)}\n\n"
    rows = [f"| {chance.choice(NAMED)} | {chance.choice(PLAIN)} | {chance.randint(1, 999)} |\n" for _ in range(chance.randint(3, 6))]
    return "| name | word | number |\n| --- | --- | ---: |\n" + "".join(rows) + "\n"
