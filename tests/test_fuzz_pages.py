"""Messages lost, doubled, reordered and late, both ways; pages that reload, a second view, readings that change, streams that end:
whatever happens in whatever order, every page ends with what the kernel has.

What must hold for that is little: that something gets through again in the end.
"""

from __future__ import annotations

import random
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from .fuzzing import tries
from .pages import Kernel, Message, Page
from .streams import STREAMS

NAMES = sorted(name for name, stream in STREAMS.items() if len(stream.body()) < 6000)
RULES: list[dict[str, Any]] = [{"dialect": "text"}, {"dialect": "generic"}, {}, {"extract": "$..text", "join": " "}, {"large": 10}]
PATIENCE = 200.0
"""Seconds of the kernel's clock, after which a page that lacks something has asked for it, however long it had to wait."""


class Line:
    """One page and the two ways between it and the kernel: what is on its way, the oldest first."""

    def __init__(self) -> None:
        self.page = Page()
        self.coming: list[Message] = []
        self.going: list[dict[str, Any]] = []

    def collect(self) -> None:
        said, self.page.said = self.page.said, []
        self.going += said


class Pages(RuleBasedStateMachine):
    """The real session and widget, one to three pages, and a line between them that a hostile hand holds."""

    def __init__(self) -> None:
        super().__init__()
        self.kernel = Kernel()
        self.lines: list[Line] = []
        self.seen = 0

    @initialize(name=st.sampled_from(NAMES), early=st.booleans())
    def begin(self, name: str, early: bool) -> None:
        """A session with a stream is shown: its widget opens a comm, whose first message no page has missed."""
        if early:
            self.kernel.add(STREAMS[name])
        widget = self.kernel.session.widget
        assert widget.comm is self.kernel.comm
        self._open(Line())
        if not early:
            self.kernel.add(STREAMS[name])

    # --- the kernel ------------------------------------------------------------------------------------------------------
    @rule(which=st.integers(0, 2), size=st.sampled_from([1, 20, 150, 150, 700, 5000]), seconds=st.sampled_from([0.0, 0.01, 0.05]))
    def more_arrives(self, which: int, size: int, seconds: float) -> None:
        runs = self.kernel.session.runs
        self.kernel.feed(runs[which % len(runs)], size)
        self._step(seconds)

    @rule(seconds=st.sampled_from([0.02, 0.04, 0.3, 0.6, 1.2, 2.0, 4.0, 20.0]))
    def time_goes_by(self, seconds: float) -> None:
        self._step(seconds)

    @precondition(lambda self: len(self.kernel.session.runs) < 3)
    @rule(name=st.sampled_from(NAMES))
    def another_stream_begins(self, name: str) -> None:
        self.kernel.add(STREAMS[name])

    @rule(which=st.integers(0, 2), options=st.sampled_from(RULES))
    def it_is_read_again(self, which: int, options: dict[str, Any]) -> None:
        runs = self.kernel.session.runs
        runs[which % len(runs)].read_again(**options, wait=False)

    @rule(which=st.integers(0, 2), paused=st.booleans())
    def pause_or_resume(self, which: int, paused: bool) -> None:
        runs = self.kernel.session.runs
        (runs[which % len(runs)].pause if paused else runs[which % len(runs)].resume)()

    @precondition(lambda self: self.kernel.now > 3)
    @rule(which=st.integers(0, 2))
    def stop(self, which: int) -> None:
        runs = self.kernel.session.runs
        runs[which % len(runs)].stop(wait=False)

    # --- the line --------------------------------------------------------------------------------------------------------
    @rule(which=st.integers(0, 2), count=st.integers(1, 6))
    def arrive(self, which: int, count: int) -> None:
        line = self._line(which)
        for message in line.coming[:count]:
            line.page.receive(message, self.kernel.now)
        del line.coming[:count]
        line.collect()

    @rule(
        which=st.integers(0, 2), seed=st.integers(0, 2**16), what=st.sampled_from(["lose", "lose", "double", "reorder", "late", "lose all"])
    )
    def the_line_is_bad(self, which: int, seed: int, what: str) -> None:
        _spoil(self._line(which).coming, random.Random(seed), what)

    @rule(which=st.integers(0, 2), seed=st.integers(0, 2**16), what=st.sampled_from(["", "", "lose", "double", "reorder"]))
    def commands_arrive(self, which: int, seed: int, what: str) -> None:
        line = self._line(which)
        _spoil(line.going, random.Random(seed), what)
        going, line.going = line.going, []
        for command in going:
            self.kernel.hear(command)

    # --- the pages -------------------------------------------------------------------------------------------------------
    @rule(which=st.integers(0, 2))
    def a_page_reloads(self, which: int) -> None:
        """What was on its way to it is gone."""
        self.lines.pop(which % len(self.lines))
        self._spread()
        self.kernel.ask()
        self._open(Line())

    @precondition(lambda self: len(self.lines) < 3)
    @rule()
    def another_view_opens(self) -> None:
        self._spread()
        self.kernel.ask()
        self._open(Line())

    @rule(which=st.integers(0, 2), hidden=st.booleans())
    def a_page_is_hidden_or_seen(self, which: int, hidden: bool) -> None:
        line = self._line(which)
        line.going.append({"type": "ack", "seq": line.page.seq, **({"hidden": True} if hidden else {})})

    # --- what holds ------------------------------------------------------------------------------------------------------
    @invariant()
    def a_page_never_has_what_the_kernel_has_not(self) -> None:
        truth = {run.id: run for run in self.kernel.session.runs}
        for line in self.lines:
            for id, lane in line.page.lanes.items():
                reading = truth[id].reading
                if lane["reading"] == reading.number:
                    frames = reading.frames
                    assert [frame[0] for frame in lane["frames"]] == list(frames.times[: len(lane["frames"])])
                    assert bytes(frame[2] for frame in lane["frames"]) == bytes(frames.kinds[: len(lane["frames"])])

    def teardown(self) -> None:
        """The streams end, the line is good again, and time goes by: now all must agree."""
        try:
            if self.lines:
                self._end()
        finally:
            self.kernel.close()

    def _end(self) -> None:
        """Pages that know that something goes on, or is missing, must come to it by themselves. One that thinks that it has all, since
        whatever would have told it otherwise was lost, does with the first word that gets through."""
        for run in self.kernel.session.runs:
            self.kernel.feed(run, 10**6)
        self._quiet([line.page for line in self.lines if line.page.live or line.page.waiting])
        self.kernel.feed(self.kernel.add(STREAMS[NAMES[0]]), 10**6)
        self._quiet([line.page for line in self.lines])

    def _quiet(self, pages: list[Page]) -> None:
        """The line is good, and time goes by, until these pages have all, or for as long as it may take."""
        until = self.kernel.now + PATIENCE
        while self.kernel.now < until and not self._agree(pages):
            self._step(1.0)
            for line in self.lines:
                for message in line.coming:
                    line.page.receive(message, self.kernel.now)
                line.coming.clear()
                line.collect()
                for command in line.going:
                    self.kernel.hear(command)
                line.going.clear()
        assert all(run.is_final for run in self.kernel.session.runs)
        truth = self.kernel.truth()
        for page in pages:
            shown = page.shows()
            assert list(shown) == list(truth)
            for id, lane in truth.items():
                assert {**shown[id], "state": None} == {**lane, "state": None}
                state = shown[id]["state"]
                assert {name: (state.get(name), value) for name, value in lane["state"].items() if state.get(name) != value} == {}

    def _agree(self, pages: list[Page]) -> bool:
        if not all(run.is_final for run in self.kernel.session.runs):
            return False
        truth = self.kernel.truth()
        return all(page.shows() == truth for page in pages)

    # --- helpers ---------------------------------------------------------------------------------------------------------
    def _line(self, which: int) -> Line:
        return self.lines[which % len(self.lines)]

    def _open(self, line: Line) -> None:
        """A page is there once it has the state, which all others get as well; without it there is none."""
        self.lines.append(line)
        self._spread()
        line.page.receive(line.coming.pop(0), self.kernel.now)

    def _step(self, seconds: float) -> None:
        self.kernel.step(seconds)
        self._spread()
        for line in self.lines:
            line.page.tick(self.kernel.now)
            line.collect()

    def _spread(self) -> None:
        """What the kernel has sent is on its way to every page."""
        fresh = self.kernel.sent[self.seen :]
        self.seen += len(fresh)
        for line in self.lines:
            line.coming += fresh


def _spoil(queue: list[Any], chance: random.Random, what: str) -> None:
    if not queue:
        return
    at = chance.randrange(len(queue))
    if what == "lose":
        del queue[at]
    elif what == "lose all":
        queue.clear()
    elif what == "double":
        queue.insert(chance.randrange(at, len(queue)) + 1, queue[at])
    elif what == "reorder":
        chance.shuffle(queue)
    elif what == "late":
        queue.append(queue.pop(at))


def test_every_interleaving_ends_in_the_same_state() -> None:
    run_state_machine_as_test(Pages, settings=tries(40, stateful_step_count=40))
