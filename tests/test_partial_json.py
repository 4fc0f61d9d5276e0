"""JSON that has not all come yet."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sse_widget.partial_json import parse_partial


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("  ", None),
        ("{", {}),
        (" [ ", []),
        ('{"', {}),
        ('{"ci', {}),
        ('{"city"', {}),
        ('{"city":', {}),
        ('{"city": "', {"city": ""}),
        ('{"city": "Pa', {"city": "Pa"}),
        ('{"city": "Pa"', {"city": "Pa"}),
        ('{"city": "Pa",', {"city": "Pa"}),
        ('{"city": "Pa", "n', {"city": "Pa"}),
        ('{"city": "Pa", "n": -', {"city": "Pa"}),
        ('{"n": 1', {"n": 1}),
        ('{"n": 1.', {"n": 1}),
        ('{"n": 1.5e', {"n": 1.5}),
        ('{"n": 1.5e+3', {"n": 1500.0}),
        ('{"n": tru', {}),
        ('{"n": true', {"n": True}),
        ('{"n": null, "m": fal', {"n": None}),
        ('{"a": {"b": [1, {"c": "d', {"a": {"b": [1, {"c": "d"}]}}),
        ('{"a": [[', {"a": [[]]}),
        ('{"a": [1, 2], "b": {', {"a": [1, 2], "b": {}}),
        # escapes that are cut, and such that only look so
        (r'{"a": "x\ ', None),
        ('{"a": "x\\', {"a": "x"}),
        ('{"a": "x\\\\', {"a": "x\\"}),
        ('{"a": "x\\u', {"a": "x"}),
        ('{"a": "x\\u00e', {"a": "x"}),
        ('{"a": "x\\u00e9', {"a": "xé"}),
        ('{"a": "x\\\\u00e', {"a": "x\\u00e"}),
        ('{"a": "\\ud83d', {"a": ""}),
        ('{"a": "\\ud83d\\', {"a": ""}),
        ('{"a": "\\ud83d\\ude0', {"a": ""}),
        ('{"a": "\\ud83d\\ude00', {"a": "😀"}),
        ('{"a": "\\\\ud83d', {"a": "\\ud83d"}),
        ('{"a": "x\\"', {"a": 'x"'}),
        ('{"a": "{[', {"a": "{["}),
        ('{"a\\', {}),
        ('{"a\\u12', {}),
        # alone
        ('"ab', "ab"),
        ("12", 12),
        ("tru", None),
        # no JSON, however it goes on
        ("no JSON", None),
        ("}", None),
        ("[}", None),
        ('{"a" 1', None),
        ("{} {", None),
        ("[1 2", None),
        ("{\\", None),
        ("[" * 100_000, None),
    ],
)
def test_what_is_there(text: str, expected: Any) -> None:
    assert parse_partial(text) == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


def grows_into(part: Any, whole: Any) -> bool:
    """Whether ``part`` is what can be known of ``whole`` before its end: its beginning, at every level."""
    if isinstance(part, dict):
        if not isinstance(whole, dict) or list(part) != list(whole)[: len(part)]:
            return False
        *settled, last = [(part[k], whole[k]) for k in part] or [(None, None)]
        return all(a == b for a, b in settled) and grows_into(*last)
    if isinstance(part, list):
        if not isinstance(whole, list) or len(part) > len(whole):
            return False
        *settled, last = [*zip(part, whole, strict=False)] or [(None, None)]
        return all(a == b for a, b in settled) and grows_into(*last)
    if isinstance(part, str):
        return isinstance(whole, str) and whole.startswith(part)
    if isinstance(part, (int, float)) and not isinstance(part, bool):
        return isinstance(whole, (int, float))
    return bool(part == whole)


@given(JSON, st.booleans(), st.sampled_from([None, 1]))
@example({"a": '😀\\"é\u2028', "b": [1.5e300, -0.0, True, None, {}], "": ""}, True, None)
def test_every_prefix_is_a_beginning_of_the_whole(value: Any, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert parse_partial(text) == value
    for end in range(len(text)):
        part = parse_partial(text[:end])
        if part is None and isinstance(value, (dict, list, str)):
            assert end == 0
        assert part is None or grows_into(part, value), text[:end]


@given(st.text(alphabet='{}[]",:\\u01ea tru-.d83', max_size=20))
def test_nothing_raises(text: str) -> None:
    parse_partial(text)


def test_the_cost_is_linear() -> None:
    def cost(size: int) -> float:
        text = '{"a": "' + "\\n\\\\x" * size + "\\"
        start = time.process_time()
        assert parse_partial(text) == {"a": "\n\\x" * size}
        return time.process_time() - start

    assert cost(200_000) < 60 * max(cost(20_000), 1e-3)  # a quadratic one would take 100 times as long
