"""The texts of a response that may hold tags of thinking (see `think`): which part each piece of them goes to."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, NamedTuple

from .think import Segment, ThinkTags, split_thoughts

if TYPE_CHECKING:
    from ..deltas import PartKind


class _Answer(NamedTuple):
    """A text that may hold tags of thinking. key, thought: of the parts that it goes to. number: counted from 1."""

    tags: ThinkTags
    key: Hashable
    thought: Hashable
    choice: int
    number: int


class Answers:
    """The part of `Dialect` that tells thoughts from answers. It adds to parts by the means of `Dialect`."""

    _join: str
    _parts: dict[Hashable, int]

    if TYPE_CHECKING:

        def _append(self, key: Hashable, kind: PartKind, text: str, *, choice: int = ..., joined: bool | None = ...) -> None: ...
        def _replace(self, key: Hashable, kind: PartKind, text: str, *, choice: int = ...) -> None: ...
        def _close(self, key: Hashable) -> None: ...

    def __init__(self) -> None:
        # Of each answer that may hold tags of thinking, by choice or another name: the splitter, and where its pieces go.
        self._thinks: dict[Hashable, _Answer] = {}
        self._answer_count = 0
        self._whole_answers: dict[Hashable, str] = {}  # of answers that are sent as growing snapshots
        self.inside: dict[int, str] = {}
        """Answers, by number from 1, that begin within a thought, and the tag that the prompt opened. Set before the first event."""
        self.began_inside: tuple[int, str] | None = None
        """An answer that turned out to begin so, too late: `inside` must have it from the start, in another reading."""

    def _append_answer(
        self, text: str, *, choice: int = 0, key: Hashable = "text", thought: Hashable = "reasoning", name: Hashable = None
    ) -> None:
        """Add ``text`` to the answer of a choice, but what stands in tags of thinking (see `ThinkTags`) to its reasoning.

        key, thought: of the parts of the one and the other. Thinking amid the answer ends a part of it and begins another, so
        that the parts keep the order in which they came. name: of the answer, where a choice has several.
        """
        known = self._thinks.get(choice if name is None else name)
        if known is None:
            if not text:
                return
            known = self._begin_answer(choice, key, thought, name)
        segments = known.tags.feed(text)
        if segments is None:
            self._append(key, "text", text, choice=choice)
        else:
            self._add_segments(known, segments)

    def _begin_answer(self, choice: int, key: Hashable, thought: Hashable, name: Hashable) -> _Answer:
        self._answer_count += 1
        # Where thoughts come in a field of their own, the end of one in the answer is text.
        tags = ThinkTags(inside=self.inside.get(self._answer_count, ""), join=self._join, lone=thought not in self._parts)
        known = self._thinks[choice if name is None else name] = _Answer(tags, key, thought, choice, self._answer_count)
        return known

    def _snapshot_answer(
        self, text: str, *, choice: int = 0, key: Hashable = "text", thought: Hashable = "reasoning", name: Hashable = None
    ) -> None:
        """The answer so far, sent again and again; as in `_append_answer` otherwise."""
        name = choice if name is None else name
        known = self._whole_answers.get(name, "")
        self._whole_answers[name] = text
        if text.startswith(known):
            self._append_answer(text[len(known) :], choice=choice, key=key, thought=thought, name=name)
        else:
            self._replace_answer(text, choice=choice, key=key, name=name)

    def _replace_answer(self, text: str, *, choice: int = 0, key: Hashable = "text", name: Hashable = None) -> None:
        """Make ``text`` the answer, thoughts in tags left out: those that came before stay."""
        self._thinks.pop(choice if name is None else name, None)
        self._replace(key, "text", split_thoughts(text)[1], choice=choice)

    def _end_answer(self, name: Hashable) -> None:
        """Nothing more comes of the answer of a choice, or of the one with this name: what was held back is added."""
        known = self._thinks.pop(name, None)
        if known is not None:
            self._add_segments(known, known.tags.end())

    def _add_segments(self, known: _Answer, segments: list[Segment]) -> None:
        tags, key, thought, choice, number = known
        for segment in segments:
            here, other = (thought, key) if segment.thought else (key, thought)
            if segment.turn:
                self._close(other)
            # Whole thoughts need the same space between them as whole sentences.
            self._append(here, "reasoning" if segment.thought else "text", segment.text, choice=choice, joined=True)
        if tags.lone and self.began_inside is None and thought not in self._parts:
            self.began_inside = (number, tags.lone)
