"""`textual/`: a session as boxes, once and live."""

from __future__ import annotations

import io
import json
import math
import re
import threading
from collections.abc import Iterator

import pytest

import sse_widget as sw
from sse_widget.textual import boxes, lane, screen
from sse_widget.textual.width import width

ESCAPES = re.compile(r"\x1b\[(\??\d*)([A-Za-z])")


class Terminal(io.StringIO):
    """What a person sees after all that was written, in cells: a character of two cells is followed by an empty one."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: list[list[str]] = [[]]
        self.row = self.column = 0
        self.cursor = True

    @property
    def rows(self) -> list[str]:
        return ["".join(row).rstrip() for row in self.cells]

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        at = 0
        for found in [*ESCAPES.finditer(text), None]:
            self._put(text[at : found.start() if found else len(text)])
            if found:
                self._obey(found[1], found[2])
                at = found.end()
        return super().write(text)

    def _put(self, text: str) -> None:
        assert "\x1b" not in text
        for char in text:
            row = self.cells[self.row]
            if char == "\n":
                self.row, self.column = self.row + 1, 0
                self.cells += [[] for _ in range(self.row + 1 - len(self.cells))]
            elif char == "\r":
                self.column = 0
            elif size := width(char):
                row += [" "] * (self.column + size - len(row))
                row[self.column : self.column + size] = [char, ""][:size]
                self.column += size

    def _obey(self, number: str, what: str) -> None:
        if what == "A":
            self.row -= int(number)
            assert self.row >= 0
        elif what == "K":
            del self.cells[self.row][self.column :]
        elif what == "J":
            self.cells[self.row :] = [[]]
        elif what == "G":
            self.column = int(number) - 1
        elif number == "?25":
            self.cursor = what == "h"
        else:
            assert what == "m"


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("LINES", "24")
    monkeypatch.delenv("NO_COLOR", raising=False)


def recorded(*pieces: str, every: float = 0.5, usage: int | None = None, name: str = "") -> sw.Recording:
    """An answer of OpenAI's, its first piece after a second."""
    recording = sw.Recording(name=name)
    recording.content_type = "text/event-stream"
    recording.mark("open", 0.25, status=200)
    time = 1.0
    for piece in pieces:
        recording.chunk(event({"choices": [{"index": 0, "delta": {"content": piece}}]}), time)
        time += every
    if usage is not None:
        recording.chunk(event({"choices": [], "usage": {"completion_tokens": usage}}), time)
    recording.chunk(event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}) + b"data: [DONE]\n\n", time)
    recording.seal("close", at=time)
    return recording


def event(data: object) -> bytes:
    return f"data: {json.dumps(data)}\n\n".encode()


def agents() -> sw.Session:
    session = sw.Session("newsroom")
    for name, said in {"Research Bot": "Dough wants time.", "Summary Bot": "Wait."}.items():
        run = sw.replay(recorded(*re.findall(r"\S+ ?", said), usage=9), math.inf, session=session, name=name).wait()
        run.role = "agent"
    return session


def widths(text: str) -> set[int]:
    return {width(line) for line in text.splitlines() if line[:1] in "┌│└"}


def test_a_session_is_drawn_as_boxes() -> None:
    head, *drawn = str(agents()).splitlines()
    assert re.fullmatch(r"Session newsroom: 2 lanes · 10 events · 2\.\d\d s", head)
    assert drawn == [
        "┌ 🧠 Agent A: Research Bot ────────────────────────── done ┐",
        '│ SSE Stream: "Dough wants time."                          │',
        "│ ▂·▂·▂▂█ first token 1.00 s · 8 tok/s · 6 events · 2.50 s │",
        "└──────────────────────────────────────────────────────────┘",
        "┌ 🤖 Agent B: Summary Bot ─────────────────────────── done ┐",
        '│ SSE Stream: "Wait."                                      │',
        "│ ··▂········▂····█ first token 1.00 s · 4 events · 1.50 s │",
        "└──────────────────────────────────────────────────────────┘",
    ]


def test_a_run_is_printed_as_a_box_and_named_in_a_line() -> None:
    run = sw.replay(recorded("Dough"), math.inf, name="pizza").wait()
    assert str(run).splitlines()[0].startswith("┌ 🧠 pizza ──")
    assert repr(run) == "<Run 'pizza': done, 3 events, 5 characters>"
    assert repr(run.session) == str(run.session)


def test_an_empty_session_is_a_line() -> None:
    assert repr(sw.Session("x")) == "Session x: no lanes yet"


@pytest.mark.parametrize("columns", [10, 28, 47, 60, 90, 300])
def test_all_boxes_are_as_wide_as_they_should_be(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    session = agents()
    session.stream(["披萨 👩\u200d🍳 " * 60], name="文字" * 40).wait()
    session.stream(["نص وكتابة " * 30], name="نص").wait()
    sw.replay(recorded(), math.inf, session=session).wait()
    assert widths(repr(session)) == {max(28, min(columns, 100))}


def test_of_a_long_text_its_end_is_drawn() -> None:
    run = sw.replay(recorded(*(f"w{n:03} " for n in range(300)), every=0.01), math.inf, session=agents()).wait()
    text = " ".join(line.strip("│ ") for line in str(run.session).splitlines()[-5:-2])
    assert re.fullmatch(r'SSE Stream: "…\d* ?(w\d+ )+w299"', text)
    assert len(str(run).splitlines()) == 15  # of a lone run more, and no more than twelve lines


def test_nothing_that_a_terminal_obeys_is_drawn() -> None:
    evil = "\x1b[2J\x07\u202e\x9b"
    session = sw.Session(evil)
    run = sw.replay(recorded(f"a{evil}b"), math.inf, name=evil, session=session).wait()
    session.stream(iter([{"nothing": 1}]), extract="$.none", name="x" + evil)
    out = Terminal()
    session.watch(out)
    lines = io.StringIO()
    session.watch(lines)
    for text in (str(session), str(run), repr(run), lines.getvalue(), ESCAPES.sub("", out.getvalue()).replace("\r", "")):
        assert not set(text) & {"\x1b", "\x07", "\u202e", "\x9b", "\r"}
    assert "a␛[2J␇��b" in str(run)


def test_right_to_left_stays_within_its_box() -> None:
    drawn = str(sw.replay(recorded("شكرا", " جزيلا"), math.inf, name="نص").wait()).splitlines()
    assert drawn[0].startswith("┌ \u2068🧠 نص\u2069 ─")
    assert drawn[1].startswith('│ \u2068SSE Stream: "شكرا جزيلا"\u2069 ')


def test_a_secret_that_comes_in_pieces_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY", "velvet-canary-4711")
    go, seen = threading.Event(), threading.Event()

    def source() -> Iterator[str]:
        yield from ("it is ", "velvet-", "canary")
        seen.set()
        go.wait(60)
        yield from ("-4711", " indeed")

    run = sw.stream(source(), secrets=["env:CANARY"], name="velvet-canary-4711")
    seen.wait(60)
    assert "velvet" not in str(run)  # the beginning of it may be one
    lines = io.StringIO()
    watching = threading.Thread(target=run.watch, args=(lines,))
    watching.start()
    go.set()
    watching.join(60)
    for text in (str(run), repr(run.session), lines.getvalue()):
        assert "velvet" not in text
        assert "4711" not in text
        assert "indeed" in text


def test_where_boxes_cannot_be_printed_they_are_drawn_in_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    drawn = str(sw.replay(recorded("Größe"), math.inf, name="pizza").wait())
    assert drawn.splitlines()[0].startswith("+ ? pizza ---")
    assert drawn.splitlines()[1].startswith('| SSE Stream: "Gr??e"')


def test_thoughts_calls_and_trouble_are_drawn() -> None:
    call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Naples"}'}}
    session = sw.Session()
    session.stream([{"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}]).wait()
    thinks = session.stream([{"choices": [{"index": 0, "delta": {"reasoning_content": "Hm."}}]}]).wait()
    failed = session.stream(iter([{"nothing": 1}]), extract="$.none")
    with pytest.raises(sw.RuleError):
        failed.wait()
    drawn = str(session)
    assert '│ → weather({"city": "Naples"})' in drawn
    assert 'Thinking: "Hm."' in str(thinks)
    assert "│ ✗ RuleError: " in drawn


SPARKS = {
    "one in each": ([0.0, 1.0, 2.0, 3.0], 4.0, "████"),
    "a wait first": ([2.0, 3.0, 3.1, 3.2, 3.3], 4.0, "··▂█"),
    "the last at the very end": ([0.0, 4.0], 4.0, "█··█"),
    "all at once": ([0.0, 0.0], 0.0, "····"),
    "nothing": ([], 4.0, "····"),
}


@pytest.mark.parametrize(("times", "duration", "drawn"), SPARKS.values(), ids=SPARKS)
def test_sparklines(times: list[float], duration: float, drawn: str) -> None:
    assert lane.sparkline(times, duration, 4) == drawn


def test_many_lanes_are_a_line_each() -> None:
    session = sw.Session()
    for number in range(100):
        session.stream(["a"], name=f"n{number}").wait()
    lines = str(session).splitlines()
    assert len(lines) == 80
    assert re.fullmatch(r"🤖 Lane B: n1 · done · first token .*1 event · .*", lines[2])
    assert lines[-1] == "… and 22 more"


def test_letters() -> None:
    assert [lane.letter(n) for n in (0, 1, 25, 26, 51, 52, 701, 702)] == ["A", "B", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


# --- live -----------------------------------------------------------------------------------------------------------------


class Held:
    """A stream of text that goes on when it is told to."""

    def __init__(self, *pieces: str) -> None:
        self.pieces = pieces
        self.go = threading.Event()

    def __iter__(self) -> Iterator[str]:
        yield self.pieces[0]
        self.go.wait(60)
        yield from self.pieces[1:]


class Told(Terminal):
    """A terminal that says when it shows a text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text, self.seen = text, threading.Event()

    def flush(self) -> None:
        if any(self.text in row for row in self.rows):
            self.seen.set()


def test_a_terminal_is_drawn_in_place_until_all_have_ended() -> None:
    held = Held("Dough ", "wants time.")
    session = agents()
    run = session.stream(held, name="third")
    out = Told('"Dough"')
    watching = threading.Thread(target=session.watch, args=(out,))
    watching.start()
    assert out.seen.wait(60)
    hidden = not out.cursor
    held.go.set()
    watching.join(60)
    assert (run.status, hidden, out.cursor) == ("done", True, True)
    assert out.rows[1:] == [*str(session).splitlines()[1:], ""]
    assert out.rows[0].startswith("Session newsroom: 3 lanes")


def test_a_frame_is_never_higher_than_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    session = sw.Session()
    for number in range(12):
        session.stream(["word " * 60], name=f"n{number}").wait()
    runs = session.runs
    assert len(boxes.frame(session, runs, 60, 73)) == 73  # three lines of text each
    assert len(boxes.frame(session, runs, 60, 72)) == 61
    assert len(boxes.frame(session, runs, 60, 48)) == 13  # a line each
    assert len(boxes.frame(session, runs, 60, 5)) == 5
    assert boxes.frame(session, runs, 60, 5)[-1] == "… and 9 more"
    assert len(boxes.frame(session, runs, 60, 1)) == 1


def test_a_terminal_that_becomes_narrower_keeps_one_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    session, out = agents(), Terminal()
    shown = screen.Screen(out)
    shown.draw(session, session.runs)
    assert len(out.rows) == 10
    out.cells = [half for row in out.cells[:-1] for half in (row[:30], row[30:])] + [[]]  # as the terminal breaks them
    out.row = len(out.cells) - 1
    monkeypatch.setenv("COLUMNS", "30")
    shown.draw(session, session.runs)
    assert out.rows == [*str(session).splitlines(), ""]


def test_a_run_is_watched_alone() -> None:
    session, out = agents(), Terminal()
    session.runs[1].watch(out)
    assert out.rows[0].startswith("┌ 🤖 Agent B: Summary Bot")
    assert len(out.rows) == 5


def test_without_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    session, out = agents(), Terminal()
    session.watch(out)
    assert not re.search(r"\x1b\[\d*m", out.getvalue())


def test_an_interrupt_ends_the_watching_and_not_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held("Dough ", "wants time.")
    run = sw.stream(held)

    def interrupt(seen: int, limit: float) -> None:
        raise KeyboardInterrupt

    out = Terminal()
    with monkeypatch.context() as patch:
        patch.setattr(run, "_sleep", interrupt)
        assert run.watch(out) is run
    assert out.cursor
    held.go.set()
    assert (run.wait(60).status, run.text) == ("done", "Dough wants time.")


def test_anything_but_a_terminal_gets_whole_lines_each_once() -> None:
    session, out = sw.Session(), io.StringIO()
    session.stream(["One.\n\nTw", "o.\nThree"], name="a").wait()
    thought = {"choices": [{"index": 0, "delta": {"reasoning_content": "Hm."}}]}
    answer = {"choices": [{"index": 0, "delta": {"content": "Yes."}, "finish_reason": "stop"}]}
    session.stream([thought, answer, "[DONE]"], name="b").wait()
    session.stream(["word " * 30], name="c").wait()
    assert session.watch(out) is session
    said = [line for line in out.getvalue().splitlines() if "[done" not in line]
    assert said == [
        "🧠 Lane A: a | One.",
        "🧠 Lane A: a | Two.",
        "🧠 Lane A: a | Three",
        "🤖 Lane B: b | (thinking) Hm.",
        "🤖 Lane B: b | Yes.",
        f"🧠 Lane C: c | {'word ' * 20}".rstrip(),
        f"🧠 Lane C: c | {'word ' * 10}".rstrip(),
    ]
    assert len(re.findall(r"\| \[done · ", out.getvalue())) == 3


def test_a_run_that_failed_says_so_and_raises_nothing() -> None:
    out = io.StringIO()
    run = sw.stream(iter([{"nothing": 1}]), extract="$.none").watch(out)
    assert run.status == "failed"
    assert "✗ RuleError" in out.getvalue()


def test_a_callback_is_called_while_a_run_is_watched() -> None:
    heard: list[str] = []
    run = sw.stream(["a", "b"])
    run.on("end", lambda run: heard.append(run.text))
    run.watch(io.StringIO())
    assert heard == ["ab"]
