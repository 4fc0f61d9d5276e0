"""Tells thoughts from answers where a model writes both into one text: ``<think>so that is it</think>The answer``.

Local models, Groq's raw format and Perplexity do; where a tag falls apart over fragments is up to chance. Code is left alone, as a
model that explains such tags writes them as code, and so is whatever only begins like a tag.

The templates of Qwen, DeepSeek and others open the tag in the prompt, so that the stream begins within the thought and only its end
comes: ``so that is it</think>The answer``. That is known when the end comes, and then the text is to be split anew from its start.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_NAMES = ("think", "thinking", "reasoning")
_OPENING = re.compile(rf"<({'|'.join(_NAMES)})>", re.IGNORECASE)
_CLOSING = re.compile(rf"</({'|'.join(_NAMES)})>", re.IGNORECASE)
_LONGEST_TAG = len("</reasoning>")
# What a scan stops at: runs of the signs that make code, line ends, and what may be a tag.
_TOKEN = re.compile(r"`+|~+|\n|<|[^`~\n<]+")
_PARAGRAPH_END = re.compile(r"\n[ \t\r]*\n")
_LONGEST_CODE = 4000  # characters after a tag in which the end of inline code is awaited

_FENCE = 3  # backticks or tildes that make a block of code


class Segment(NamedTuple):
    """A piece of text. thought: it stood within tags. turn: the piece before it was the other kind."""

    thought: bool
    text: str
    turn: bool = False


class ThinkTags:
    """Splits one text, fed in fragments. How it is cut makes no difference to what comes out joined.

    Inline code is known by its end only, so a tag after an opening backtick is held back until that end or the end of the
    paragraph; a fenced block needs no such patience. Nothing else is held but what may be the beginning of a tag. White space
    right after a tag is dropped.

    inside: the name of the tag that the prompt has opened, or "". join: what stands between the fragments once they are joined;
    with one, fragments are whole sentences or words, so no tag goes over their ends and nothing is held back. lone: whether an
    end without a beginning tells anything.
    """

    def __init__(self, *, inside: str = "", join: str = "", lone: bool = True) -> None:
        self.lone = ""
        """The name of the tag if the first one outside of code was its end: the text began within the thought."""
        self._fresh = lone and not inside  # there was no tag yet
        self._join = join
        self._fed = False
        self._tag = inside  # the tag that is open
        self._held = ""
        self._skip = bool(inside)  # white space is dropped
        self._thought = False  # the last segment was one
        # Code, by the rules of CommonMark: its sign ("" is none), how many of them began it, and whether it is a block.
        self._sign = ""
        self._length = 0
        self._block = False
        self._info = False  # on the block's first line
        self._closing = False  # on a line that ends the block if nothing else comes on it
        self._blank = True  # the line has only white space so far
        self._plain = not (inside or join)  # text without any sign needs no scan
        # A run of signs at the end of what was read, which may go on.
        self._run = ""
        self._run_first = False

    def feed(self, text: str) -> list[Segment] | None:
        """What ``text`` adds; None is short for just this text, unchanged, which is no thought."""
        if self.passes(text):
            return None
        if self._join:
            for token in _TOKEN.finditer(self._join) if self._fed else ():
                self._take(token.group()[0], token.group())
            self._fed = True
            return self._scan(text, over=True)
        if self._held:
            text, self._held = self._held + text, ""
        return self._scan(text, over=False)

    def passes(self, text: str) -> bool:
        """Whether ``text`` goes through unchanged, so that `feed` would return None; it counts as fed then, and not at all else."""
        if not self._plain or "<" in text or "`" in text or "~" in text:
            return False
        if "\n" not in text:
            if (self._blank or self._closing) and text.strip():
                self._blank = self._closing = False
            return True
        if self._sign:
            return False
        self._blank = not text[text.rfind("\n") :].strip()
        return True

    def end(self) -> list[Segment]:
        """What was held back, now that nothing follows; a tag that is not closed has lasted to the end."""
        text, self._held = self._held, ""
        return self._scan(text, over=True)

    def _scan(self, text: str, *, over: bool) -> list[Segment]:
        found: list[Segment] = []
        start = at = 0
        while token := _TOKEN.match(text, at):
            sign = text[at]
            if sign == "<":
                self._settle()
            if sign != "<" or self._block:
                at = token.end()
                self._take(sign, token.group())
                continue
            tag = self._tag_at(text, at)
            counts = self._counts(text, at, over=over) if tag else False if tag is None or over else None
            if counts is None:
                self._held = text[at:]
                break
            if not tag or not counts:
                at = token.end()
                self._take(sign, sign)
                continue
            if self._fresh:
                self._fresh = False
                if tag[1] == "/":
                    self.lone = tag[2:-1].lower()
                    at += len(tag)
                    self._take(sign, tag)
                    continue
            self._emit(found, text[start:at])
            at = start = at + len(tag)
            self._tag = "" if self._tag else tag[1:-1]
            self._skip = self._blank = True
            self._sign, self._block = "", False
        self._emit(found, text[start:at])
        self._plain = not (self._tag or self._held or self._skip or self._run or self._join) and (self._block or not self._sign)
        return found

    def _emit(self, found: list[Segment], text: str) -> None:
        if self._skip and text:
            text = text.lstrip()
            self._skip = not text
        if text:
            thought = bool(self._tag)
            found.append(Segment(thought, text, thought != self._thought))
            self._thought = thought

    def _tag_at(self, text: str, at: int) -> str | None:
        """The tag that stands here; "" if ``text`` ends within what may be one, None if there is none."""
        piece = text[at : at + _LONGEST_TAG]
        if self._tag:
            wanted = f"</{self._tag}>"
            piece = piece[: len(wanted)]
            if piece.lower() == wanted.lower():
                return piece
            return "" if wanted.lower().startswith(piece.lower()) else None
        whole = _OPENING.match(piece) or (_CLOSING.match(piece) if self._fresh else None)
        if whole:
            return whole.group()
        begun = ("<", "</") if self._fresh else ("<",)
        return "" if any(f"{sign}{name}>".startswith(piece.lower()) for sign in begun for name in _NAMES) else None

    def _counts(self, text: str, at: int, *, over: bool) -> bool | None:
        """Whether the tag here is none of the code's; None if only more text can tell."""
        if not self._sign:
            return True
        limit = min(len(text), at + _LONGEST_CODE)
        paragraph = _PARAGRAPH_END.search(text, at, limit)
        end = paragraph.start() if paragraph else limit
        for run in re.finditer("`+", text[at:end]):
            cut = at + run.end() == len(text) and not over
            if cut:
                return None
            if len(run.group()) == self._length:
                return False
        if not paragraph and not over and len(text) < at + _LONGEST_CODE:
            return None
        self._sign = ""  # a backtick that was just a backtick
        return True

    # --- code ------------------------------------------------------------------------------------------------------------

    def _take(self, sign: str, token: str) -> None:
        """Learn from a token that is no tag."""
        if sign in "`~":
            if self._run and self._run[0] == sign:
                self._run += token
                return
            self._settle()
            self._run, self._run_first = token, self._blank
            return
        self._settle()
        if sign != "\n":
            if not token.isspace():
                self._blank = self._closing = False
            return
        if self._sign and ((not self._block and self._blank) or self._closing):
            self._sign, self._block = "", False
        self._info = self._closing = False
        self._blank = True

    def _settle(self) -> None:
        """The run of signs, if there is one, is over: what it means."""
        run = self._run
        if not run:
            return
        self._run = ""
        sign, length, first = run[0], len(run), self._run_first
        self._blank = False
        if not self._sign:
            if length >= _FENCE and first:
                self._sign, self._length, self._block, self._info = sign, length, True, True
            elif sign == "`":
                self._sign, self._length, self._block = sign, length, False
        elif not self._block:
            if sign == self._sign and length == self._length:
                self._sign = ""
        elif self._info:
            if sign == "`" == self._sign:  # a block's first line has no other backticks, so this is inline code
                self._block = self._info = False
                if length == self._length:
                    self._sign = ""
        else:
            self._closing = sign == self._sign and length >= self._length and first


def split_thoughts(text: str) -> tuple[str, str]:
    """The thoughts and the answer of a text that is whole."""
    inside = ""
    while True:
        tags = ThinkTags(inside=inside)
        first = tags.feed(text)
        if first is None:
            return "", text
        segments = [*first, *tags.end()]
        if not tags.lone:
            break
        inside = tags.lone
    return "".join(s.text for s in segments if s.thought), "".join(s.text for s in segments if not s.thought)
