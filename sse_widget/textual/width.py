"""How wide a text is in a terminal, and what of it may go there at all.

What a model writes is hostile: one escape character could move the cursor, change the title or answer a query in the person's name. So
control characters become pictures of themselves, and what turns a line around, or hides in it, a replacement character.

A terminal has cells: a character takes none, one or two of them (UAX #11), and several characters may take the room of one (UAX #29). Of
that a short form is here, enough for letters of all scripts and for emoji; terminals do not agree on more.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

JOINER, EMOJI_STYLE, BLACK_FLAG = "\u200d", "\ufe0f", "\U0001f3f4"
ISOLATE, POP = "\u2068", "\u2069"
MOST = 12
"""Characters that may stand in one place; more than a letter with marks, or a family of emoji, ever needs."""
_LOST = "\ufffd"
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""Controls, line and paragraph separators, what changes the direction, what cannot be seen, halves of surrogate pairs."""
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f")


def visible(text: str) -> str:
    """The same on one line, with nothing in it that a terminal would obey. Idempotent; ends of lines become spaces."""
    if text.isascii() and text.isprintable():
        return text
    pieces, at = [], 0
    for flag in _FLAG.finditer(text):  # spelled with characters that are unseen elsewhere
        pieces += [_UNSEEN.sub(_picture, text[at : flag.start()]), flag[0]]
        at = flag.end()
    return "".join([*pieces, _UNSEEN.sub(_picture, text[at:])])


def _picture(found: re.Match[str]) -> str:
    char = found[0]
    if char in "\t\n\v\f\r\x85\u2028\u2029":
        return " "
    if char in "\xad\u200b\u2060\ufeff":  # where a word may be parted, or not: nobody misses them
        return ""
    return chr(0x2400 + ord(char)) if char < " " else "\u2421" if char == "\x7f" else _LOST


def clusters(text: str) -> Iterator[tuple[str, int]]:
    """What stands in one place each, and the cells that it takes. text: as `visible` gives it."""
    at, size = 0, len(text)
    while at < size:
        end, cells = at + 1, _cells(text[at])
        flag = _is_regional(text[at])
        while end < size and _continues(text, at, end, cells, flag):
            if text[end] == EMOJI_STYLE and cells == 1 and _may_be_emoji(text[at]):
                cells = 2
            elif flag:
                flag, cells = False, 2
            end += 1
        yield (text[at:end], cells) if end - at <= MOST else (text[at : at + MOST] + _LOST, cells + 1)
        at = end


def width(text: str) -> int:
    """Cells that a text takes. text: as `visible` gives it."""
    return len(text) if text.isascii() else sum(cells for _, cells in clusters(text))


def fit(text: str, room: int, *, end: bool = False) -> str:
    """The beginning of a text that fits into ``room`` cells, or its end, with "…" for what does not."""
    if width(text) <= room:
        return text
    kept, left = [], room - 1
    for cluster, cells in reversed([*clusters(text)]) if end else clusters(text):
        left -= cells
        if left < 0:
            break
        kept.append(cluster)
    if room < 1:
        return ""
    return "…" + "".join(reversed(kept)) if end else "".join(kept) + "…"


def wrap(text: str, room: int) -> list[str]:
    """A text as lines of at most ``room`` cells, broken between words, and inside a word that is longer than a line or has no spaces."""
    lines: list[str] = []
    line: list[str] = []
    used, space = 0, -1  # space: clusters of the line up to its last space
    for cluster, cells in clusters(text):
        if cluster == " " and used + cells > room:  # the end of a line
            lines.append("".join(line))
            line, used, space = [], 0, -1
            continue
        while line and used + cells > room:  # again, if what is carried over leaves no room
            cut = space if space > 0 else len(line)
            lines.append("".join(line[:cut]).rstrip(" "))
            line, space = line[cut:], -1
            used = width("".join(line))
        line.append(cluster)
        used += cells
        if cluster == " " or cells == 2:  # ideographs may be parted anywhere
            space = len(line)
    return [*lines, "".join(line)] if line or not lines else lines


def isolated(text: str) -> str:
    """A text that cannot reorder what stands beside it: between isolating marks, of no width, if any of it runs from right to left."""
    if text.isascii() or not any(unicodedata.bidirectional(char) in ("R", "AL", "AN") for char in text):
        return text
    return f"{ISOLATE}{text}{POP}"


def _cells(char: str) -> int:
    if char < "\u0300":
        return 1
    if unicodedata.east_asian_width(char) in "WF":
        return 2
    return 0 if unicodedata.category(char) in ("Mn", "Me", "Cf") or "\u1160" <= char <= "\u11ff" else 1


def _continues(text: str, at: int, end: int, cells: int, flag: bool) -> bool:
    char = text[end]
    if char < "\u0300":
        return False
    if _cells(char) == 0 or (flag and _is_regional(char)):
        return True
    if text[end - 1] == JOINER:  # a family of emoji; between letters the joiner joins nothing
        return cells == 2 and not char.isalpha()
    return cells == 2 and "\U0001f3fb" <= char <= "\U0001f3ff"  # a tone of skin


def _is_regional(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _may_be_emoji(char: str) -> bool:
    return not char.isalpha() or char == "ℹ"
