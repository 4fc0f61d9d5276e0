"""`spelling.py`: a secret is found however it is spelled, and of a text's end it is said whether a secret may begin there."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sse_widget.spelling import BULLET, LEAD, LONG, Spellings, cover, merged

KEY = "sk-proj-Ab1_Cd2/Ef3+Gh4=Ij5"
SHORT = 'p4"ss\\w'

SPELLED: dict[str, Callable[[str], str]] = {
    "as it is": lambda key: key,
    "in capitals": str.upper,
    "in small letters": str.lower,
    "as JSON": lambda key: json.dumps(key)[1:-1],
    "as JSON with every character escaped": lambda key: "".join(f"\\u{ord(c):04x}" for c in key),
    "as JSON in capital hex": lambda key: "".join(f"\\u{ord(c):04X}" if not c.isalnum() else c for c in key),
    "as JSON within JSON": lambda key: json.dumps(json.dumps("".join(c if c.isalnum() else f"\\u{ord(c):04x}" for c in key))),
    "as JSON that escapes slashes": lambda key: json.dumps(key)[1:-1].replace("/", "\\/"),
    "as a URL": lambda key: quote(key, safe=""),
    "as a URL in small letters": lambda key: re.sub("%..", lambda found: found[0].lower(), quote(key, safe="")),
    "as a URL within a URL": lambda key: quote(quote(key, safe=""), safe=""),
    "as a form": quote_plus,
    "as HTML": html.escape,
    "as HTML by numbers": lambda key: "".join(f"&#{ord(c)};" for c in key),
    "as a string of Python": lambda key: "".join(f"\\x{ord(c):02x}" for c in key),
    "as base64": lambda key: base64.b64encode(key.encode()).decode(),
    "as base64 of a pair": lambda key: base64.b64encode(b"user:" + key.encode()).decode(),
    "as base64 of three": lambda key: base64.b64encode(b"{}" + key.encode() + b"}").decode(),
    "as base64 for URLs": lambda key: base64.urlsafe_b64encode(b"k=" + key.encode()).decode(),
    "as hex": lambda key: key.encode().hex(),
}


def known(*secrets: str) -> Spellings:
    spellings = Spellings()
    for secret in secrets:
        spellings.add(secret)
    return spellings


@pytest.mark.parametrize(
    "key", [KEY, SHORT, "pass word 123", "gänsefüchen", "\\\\%41&amp;"], ids=["key", "short", "spaces", "umlauts", "signs"]
)
@pytest.mark.parametrize("how", SPELLED)
def test_every_spelling_is_found(how: str, key: str) -> None:
    spelled = SPELLED[how](key)
    before, after = "Incorrect API key: «", "» was given."
    text = before + spelled + after
    ((start, end),) = known(key).spans(text)
    assert len(before) <= start < end <= len(text) - len(after)
    if "base64" in how:  # what its neighbours share with the secret is left
        assert end - start >= len(key)
    elif "within JSON" in how:
        assert start == len(before) + 3 + LEAD * (len(key) >= LONG)
        assert end == len(text) - len(after) - 3
    else:
        assert end == len(text) - len(after)
        assert known(key).spans(text[:start] + text[end:]) == []
    assert len(cover(text, [(start, end)])) == len(text)


def test_what_is_no_secret_is_left_alone() -> None:
    spellings = known(KEY)
    for text in [
        "",
        "sk-proj-Ab1_Cd2/Ef3+Gh4=Ij",
        "The task – it's risk-free",
        "%2",
        "a \\ b & c",
        '{"a": "\\u0073k"}',
        "proj-Ab1_Cd2/Ef3+Gh4=Ij5",
    ]:
        spans, _ = spellings.scan(text)
        assert spans == []


def test_a_secret_that_the_end_has_cut_is_masked_from_six_characters_on() -> None:
    assert known(KEY).spans("your key sk-pro") == [(11, 15)]
    assert known(KEY).spans("your key sk-pr") == []
    assert known("hunter22").spans("it is hunter") == [(6, 12)]


def test_two_secrets_that_overlap_are_both_masked() -> None:
    assert known("abcdefgh", "efghijkl").spans("-abcdefghijkl-") == [(1, 13)]
    assert known("aaaaaa").spans("x aaaaaaaaa x") == [(2, 11)]
    assert known("secret", "my-secret-key").spans("a my-secret-key b") == [(2, 15)]


SECRETS = st.text(st.sampled_from('aAbk-\\%&u0027;/"é'), min_size=6, max_size=22)
AROUND = st.text(st.sampled_from("aAbk-\\%&u0027;x25 \n"), max_size=12)


@given(SECRETS, AROUND, AROUND, st.sampled_from(sorted(SPELLED)))
def test_any_secret_in_any_place(secret: str, before: str, after: str, how: str) -> None:
    if how not in ("as it is", "as JSON", "as a URL", "as HTML"):
        how = "as it is"
    spelled = SPELLED[how](secret)
    text = before + spelled + after
    shown = cover(text, known(secret).spans(text))
    assert len(shown) == len(text)
    lead = LEAD if len(secret) >= LONG else 0
    assert secret[lead:].lower() not in shown.lower()


@given(SECRETS, st.lists(st.text(st.sampled_from("aAbk-\\%&u0027;x25 "), max_size=5), max_size=4), st.data())
@example("k-aaaa", ["k-aaak-aaaa"], None)
def test_what_is_decided_stays_so(secret: str, texts: list[str], data: st.DataObject | None) -> None:
    """However a text goes on, what stands before its undecided end is masked as in the whole."""
    spellings = known(secret)
    whole = secret.join(texts) if len(texts) > 1 else "".join(texts)
    cut = data.draw(st.integers(0, len(whole))) if data is not None else 8
    spans, tails = spellings.scan(whole[:cut])
    decided = min((tail.start for tail in tails), default=cut)
    everything, _ = spellings.scan(whole)
    before = {i for start, end in spans for i in range(start, min(end, decided))}
    after = {i for start, end in everything for i in range(start, min(end, decided))}
    assert before == after
    assert all(tail.begin >= cut - 14 * spellings.longest for tail in tails)


@pytest.mark.parametrize("key", [KEY, SHORT], ids=["key", "short"])
@pytest.mark.parametrize("how", SPELLED)
def test_a_spelling_may_be_cut_anywhere(how: str, key: str) -> None:
    spellings = known(key)
    whole = f"a {SPELLED[how](key)} b"
    everything = {i for start, end in spellings.scan(whole)[0] for i in range(start, end)}
    assert everything
    for cut in range(len(whole)):
        spans, tails = spellings.scan(whole[:cut])
        decided = min((tail.start for tail in tails), default=cut)
        assert {i for start, end in spans for i in range(start, min(end, decided))} == {i for i in everything if i < decided}


def test_a_mask_is_as_long_as_what_it_hides() -> None:
    assert cover("a secret b", merged([(4, 8), (2, 5)])) == f"a {BULLET * 6} b"
