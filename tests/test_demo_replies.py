"""What the demo server says, when, and which fields of a request it accepts: all without a server."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest

from sse_widget.demo.options import OptionError, Options, from_body
from sse_widget.demo.pacing import plan
from sse_widget.demo.replies import MODELS, reply, tokens
from sse_widget.demo.texts import MARKDOWN_ANSWER, PIZZA_ANSWER, PIZZA_THOUGHTS


@pytest.mark.parametrize("text", [PIZZA_THOUGHTS, PIZZA_ANSWER, MARKDOWN_ANSWER, "a  b\r\n\tc\x00 日本語, naïve_x 🍕🍕 12345"])
def test_tokens_join_to_the_text(text: str) -> None:
    assert "".join(tokens(text)) == text


def test_texts_show_what_they_promise() -> None:
    for word in ("Parsing the query", "Retrieving knowledge", "Generating the steps", "Refining"):
        assert word in PIZZA_THOUGHTS
    for pattern in (r"^## How to make pizza$", r"\*\*Tip:\*\*", r"^6\. "):
        assert re.search(pattern, PIZZA_ANSWER, re.MULTILINE)
    for pattern in (r"^# ", r"^   - ", r"^\|:--\|", r"^> ", r"^```python$", r"^```javascript$", r"\[.+\]\(https://", r"`\w+`"):
        assert re.search(pattern, MARKDOWN_ANSWER, re.MULTILINE)
    assert 200 < len(reply(MODELS["pizza"], Options()).script) < 320


def test_plan_keeps_to_the_rate_and_to_the_seed() -> None:
    steady = plan(400, Options(rate=200.0))
    assert steady.due == pytest.approx([0.005 * (i + 1) for i in range(400)])
    uneven = Options(rate=200.0, jitter=1.0, stalls=2, cut=True, seed=7)
    due, cut = plan(400, uneven).due, plan(400, uneven).cut
    assert (due, cut) == (plan(400, uneven).due, plan(400, uneven).cut)
    assert due == sorted(due)
    assert due != plan(400, Options(rate=200.0, jitter=1.0, stalls=2, cut=True, seed=8)).due
    assert cut is not None
    assert 0 < cut < 400
    assert sum(b - a >= 1.0 for a, b in pairwise(due)) == 2
    stalled = plan(4, Options(rate=0.0, stalls=((2, 1.5), (9, 1.0))))
    assert stalled.due == [0.0, 0.0, 1.5, 1.5]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"rate": "fast"}, "rate"),
        ({"rate": -1}, "rate"),
        ({"rate": True}, "rate"),
        ({"rate": float("nan")}, "rate"),
        ({"rate": float("inf")}, "rate"),
        ({"jitter": 1.1}, "jitter"),
        ({"n": 0}, "n"),
        ({"tokens": 10**9}, "tokens"),
        ({"seed": "x"}, "seed"),
        ({"cut": 1.5}, "cut"),
        ({"stalls": [3]}, "stalls"),
        ({"stalls": [{"at": 3}]}, "stalls[].seconds"),
        ({"error": "boom"}, "error"),
        ({"pings": ""}, "pings"),
    ],
)
def test_options_that_cannot_be_used(body: dict[str, Any], param: str) -> None:
    with pytest.raises(OptionError, match=re.escape(f"'{param}' must be")) as caught:
        from_body(body)
    assert caught.value.param == param


def test_options_defaults() -> None:
    assert from_body({}) == Options()
    assert from_body({"rate": None}, rate=9.0).rate == 0
    assert from_body({}, rate=9.0, jitter=0.5) == Options(rate=9.0, jitter=0.5)
    assert from_body({"cut": 0, "stalls": 3}) == Options(cut=0, stalls=3)
