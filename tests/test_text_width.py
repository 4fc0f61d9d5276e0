"""`textual/width.py`: what a terminal is given, and how wide that is."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_widget.textual.width import MOST, clusters, fit, isolated, visible, width, wrap

from .fuzzing import tries

WIDTHS = {
    "": 0,
    "dough": 5,
    "é": 1,
    "e\u0301": 1,
    "披萨": 4,
    "ｶﾞ": 2,
    "한": 2,
    "\u1112\u1161\u11ab": 2,  # the same in its letters
    "السلام": 6,
    "🧠": 2,
    "☺": 1,
    "☺\ufe0f": 2,
    "1\ufe0f\u20e3": 2,
    "ℹ\ufe0f": 2,
    "👍🏽": 2,
    "👩\u200d🍳": 2,
    "👩\u200d👩\u200d👧\u200d👦": 2,
    "❤\ufe0f\u200d🔥": 2,
    "🏳\ufe0f\u200d🌈": 2,
    "🇮🇹": 2,
    "🇮🇹🇫🇷": 4,
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f": 2,
    "a\ufe0f": 1,  # a letter has no look as an emoji
}


@pytest.mark.parametrize(("text", "cells"), WIDTHS.items(), ids=[ascii(text) for text in WIDTHS])
def test_widths(text: str, cells: int) -> None:
    assert width(visible(text)) == cells


HOSTILE = {
    "\x1b[2J\x1b]0;title\x07": "␛[2J␛]0;title␇",
    "a\x9b31mb": "a\ufffd31mb",  # the same as ESC [ in one character
    "\x1bP+q544e\x1b\\": "␛P+q544e␛\\",  # asks the terminal for an answer, in the person's name
    "one\rtwo\nthree\ttab": "one two three tab",
    "\u202egnp.exe\u2066\u2069": "\ufffdgnp.exe\ufffd\ufffd",
    "\x7f\x00\x08": "␡␀␈",
    "so\u00adft\u200b": "soft",
    "\ud800": "\ufffd",
    "hi\U000e0068\U000e0069": "hi\ufffd\ufffd",  # writing that nobody sees
    "a\u2028b\u0085c": "a b c",
}


@pytest.mark.parametrize(("text", "shown"), HOSTILE.items(), ids=[ascii(text) for text in HOSTILE])
def test_nothing_that_a_terminal_obeys_reaches_it(text: str, shown: str) -> None:
    assert visible(text) == shown


@tries(300)
@given(st.text())
def test_what_is_visible_has_no_controls_and_stays_as_it_is(text: str) -> None:
    shown = visible(text)
    assert not [char for char in shown if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")]
    assert visible(shown) == shown
    shown.encode()


def test_marks_without_end_are_cut() -> None:
    found = [*clusters("e" + "\u0301" * 100_000 + "x")]
    assert [cells for _, cells in found] == [2, 1]
    assert len(found[0][0]) == MOST + 1


@tries(300)
@given(st.text(alphabet="ab 披\u0301👩\u200d🏽🇮ا", max_size=60), st.integers(1, 30), st.booleans())
def test_a_text_fits(text: str, room: int, end: bool) -> None:
    text = visible(text)
    cut = fit(text, room, end=end)
    assert width(cut) <= room
    assert cut == text if width(text) <= room else "…" in cut


@tries(300)
@given(st.text(alphabet="ab 披\u0301👍🏽ا", max_size=80), st.integers(2, 30))
def test_lines_hold_all_of_a_text_and_are_no_wider_than_they_may_be(text: str, room: int) -> None:
    lines = wrap(text, room)
    assert all(width(line) <= room for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_lines_break_between_words() -> None:
    assert wrap("dough wants time", 11) == ["dough wants", "time"]
    assert wrap("dough wants time", 10) == ["dough", "wants time"]
    assert wrap("averylongword", 5) == ["avery", "longw", "ord"]
    assert wrap("披萨面团", 5) == ["披萨", "面团"]
    assert wrap(" a披", 2) == ["", "a", "披"]
    assert wrap("", 5) == [""]


def test_what_runs_from_right_to_left_cannot_reorder_what_stands_beside_it() -> None:
    assert isolated("dough") == "dough"
    assert isolated("شكرا dough") == "\u2068شكرا dough\u2069"
