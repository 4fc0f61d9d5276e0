"""`veil.py`: what leaves of a part's text is what leaves of it when it is known as a whole, however it was cut."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_widget.deltas import Delta
from sse_widget.labels import Labels
from sse_widget.redaction import Redactor
from sse_widget.spelling import BULLET, SHORTEST, cover
from sse_widget.veil import Veil
from sse_widget.view.outbox import Lane

KEY = "sk-canary-0123456789"
WORD = "hunter22"


class Stream:
    """A reading in the hand of a test, and a page that takes what a lane sends."""

    def __init__(self, *secrets: str) -> None:
        self.redactor = Redactor()
        for secret in secrets:
            self.redactor.add(secret)
        self.veil = Veil(self.redactor)
        self.lane = Lane("a", self.veil)
        self.number = 1
        self.deltas: list[Delta] = [Delta(0, part, "open", {"kind": "text"}) for part in (1, 2)]
        self.labels = Labels()
        self.channels: list[int] = []
        self.finished = False
        self.shown: dict[int, str] = {}

    def add(self, op: str, value: Any, part: int = 1) -> None:
        self.deltas.append(Delta(len(self.deltas), part, op, value))  # type: ignore[arg-type]

    def send(self) -> dict[int, str]:
        """Send what may be sent; gives the texts on the page."""
        play(self.lane._ops(self, len(self.deltas)), self.shown)  # type: ignore[arg-type]
        self.lane._deltas, self.lane._number = len(self.deltas), self.number
        return self.shown

    def reload(self) -> dict[int, str]:
        """What a page that comes now is given."""
        shown: dict[int, str] = {}
        play(self.lane._all_ops(self, self.lane._deltas), shown)  # type: ignore[arg-type]
        return shown

    def end(self) -> dict[int, str]:
        self.finished = True
        return self.send()


def play(ops: list[Any], shown: dict[int, str]) -> None:
    for op in ops:
        if op[2] == "open":
            shown[op[1]] = ""
        elif op[2] == "replace":
            shown[op[1]] = op[3]
        elif isinstance(op[2], list):
            shown[op[1]] += "".join(op[2])


def masked(text: str, *secrets: str) -> str:
    redactor = Redactor()
    for secret in secrets:
        redactor.add(secret)
    return cover(text, redactor.streaming.spans(text))


@pytest.mark.parametrize("secret", [KEY, WORD])
def test_a_secret_cut_at_every_place_leaves_masked(secret: str) -> None:
    text = f"Your key {secret} is wrong."
    for cut in range(len(text) + 1):
        stream = Stream(secret)
        for piece in (text[:cut], text[cut:]):
            stream.add("append", piece)
            stream.send()
            assert secret not in stream.shown[1]
            assert stream.reload() == stream.shown
        assert stream.end()[1] == masked(text, secret)


SECRETS = st.lists(st.text(st.sampled_from("abk-\\u0"), min_size=SHORTEST, max_size=20), min_size=1, max_size=2)
STEPS = st.lists(
    st.tuples(st.sampled_from(["append", "append", "append", "other", "replace", "close", "send"]), st.integers(0, 30), st.integers(1, 9))
)


@given(SECRETS, STEPS, st.data())
def test_any_cutting_of_any_text_leaves_as_the_whole_would(secrets: list[str], steps: list[Any], data: st.DataObject) -> None:
    stream = Stream(*secrets)
    source = "".join(secrets[0] + secrets[-1] + secrets[0][: 5 + i] for i in range(3))
    whole = {1: "", 2: ""}
    closed = set()
    for op, at, size in steps:
        part = 2 if op == "other" else 1
        if op == "send":
            shown = dict(stream.send())
            assert stream.reload() == shown
            for number, text in shown.items():
                waits = len(whole[number]) - len(text)
                # What waits are at most the deltas that came since a secret may have begun.
                assert waits <= 14 * stream.redactor.streaming.longest + 30
        elif part in closed:
            continue
        elif op == "close":
            closed.add(part)
            stream.add("close", None)
            assert len(stream.send()[1]) == len(whole[1])
        else:
            piece = source[at : at + size]
            whole[part] = piece if op == "replace" else whole[part] + piece
            stream.add("replace" if op == "replace" else "append", piece, part)
    shown = stream.end()
    assert stream.reload() == shown
    assert shown == {number: masked(text, *secrets) for number, text in whole.items()}
    assert stream.lane._owed == []


def test_text_waits_only_while_it_may_be_a_secret() -> None:
    stream = Stream(KEY)
    stream.add("append", "The ris")
    assert stream.send()[1] == "The ris"  # a long key's first letters do not keep text waiting
    stream.add("append", "k sk-")
    assert stream.send()[1] == "The ris"
    stream.add("append", "aha")
    assert stream.send()[1] == "The risk sk-aha"
    stream.add("append", ", sk-can")
    stream.add("append", "other part", part=2)
    assert stream.send() == {1: "The risk sk-aha", 2: "other part"}
    stream.add("close", None)
    assert stream.send()[1] == f"The risk sk-aha, sk{BULLET * 4}"  # six characters of a key are enough to hide them


def test_the_end_of_the_stream_lets_go_what_waits() -> None:
    stream = Stream(WORD)
    stream.add("append", "a bath")
    assert stream.send()[1] == ""
    assert stream.end()[1] == "a bath"


def test_another_reading_begins_anew() -> None:
    stream = Stream(KEY)
    stream.add("append", "sk-can")
    stream.send()
    first = stream.deltas
    stream.number, stream.deltas = 2, [Delta(0, 1, "open", {"kind": "text"}), Delta(0, 2, "open", {"kind": "text"})]
    stream.lane._deltas, stream.lane._owed, stream.shown = 0, [], {}
    stream.add("append", "no secret")
    assert stream.end()[1] == "no secret"
    assert first is not stream.deltas


def test_a_secret_learnt_late_is_masked_from_then_on() -> None:
    stream = Stream(WORD)
    stream.add("append", f"{KEY} ")
    assert KEY in stream.send()[1]
    stream.redactor.add(KEY)
    stream.add("append", KEY)
    assert stream.send()[1].count(KEY) == 1
    assert KEY not in stream.reload()[1]


def data(text: str) -> str:
    return json.dumps({"id": "s", "choices": [{"delta": {"content": text}}]})


def test_the_raw_events_hide_the_pieces_too() -> None:
    stream = Stream(KEY)
    pieces = ["key: sk", "-can", "ary-0123", "456789."]
    for piece in pieces:
        stream.add("append", piece)
    stream.end()
    shown = [stream.veil.data(stream, frame, data(piece)) for frame, piece in enumerate(pieces, 2)]
    texts = [json.loads(each)["choices"][0]["delta"]["content"] for each in shown]
    assert texts == ["key: sk", BULLET * 4, BULLET * 8, BULLET * 6 + "."]
    assert [json.loads(each)["id"] for each in shown] == ["s"] * 4
    assert [len(each) for each in shown] == [len(data(piece)) for piece in pieces]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ('{"t": "\\u002dcan"}', '{"t": "•••••••••"}'),
        ('{"t": "say -can now"}', '{"t": "say •••• now"}'),
        ("-can", "••••"),
        ('{"t": "-can", "u": "sk-canary-0123456789"}', f'{{"t": "••••", "u": "{BULLET * 20}"}}'),
        ("LWNhbg==", "••••••••"),  # nobody knows where it stands, so nothing of it is shown
        (
            '{"t": "-can", "logprobs": [{"token": "-c", "bytes": [45, 99]}, {"token": "an"}]}',
            '{"t": "••••", "logprobs": [{"token": "••", "bytes": [11, 11]}, {"token": "••"}]}',
        ),
    ],
)
def test_a_piece_is_found_in_its_event(raw: str, expected: str) -> None:
    stream = Stream(KEY)
    for piece in ("sk", "-can", "ary-0123456789"):
        stream.add("append", piece)
    assert stream.veil.data(stream, 3, raw) == expected


def test_a_piece_that_is_not_decided_yet_is_hidden_as_well() -> None:
    stream = Stream(KEY)
    stream.add("append", "sk-can")
    assert stream.veil.data(stream, 2, data("sk-can")) == data("sk" + BULLET * 4).encode().decode("unicode_escape")


def test_a_stream_without_secrets_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Stream()
    monkeypatch.setattr(Veil, "tell", None)
    monkeypatch.setattr(Veil, "told", None)
    stream.add("append", "text")
    assert stream.send()[1] == stream.reload()[1] == "text"
    assert stream.veil.data(stream, 2, "text") == "text"
