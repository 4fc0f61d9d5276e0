"""Who may send when: the kernel's budget, shared by weight; what is worth more than the rest; and what all of it came to. Pure.

Nothing is ever dropped and nothing overtakes anything within a lane: a batch holds all that is new of a lane, in order, so the page
ends with the same state whatever was merged. Priority decides *when* a lane's next batch goes:

* While nothing presses, every lane goes with every batch, 30 times a second.
* What presses is a page that is behind or does not answer (`Credit`), more widgets than the budget feeds at that rate (`Budget`), or
  that nobody sees the widget. Then batches are rarer, and larger: reasoning that streams meanwhile is merged, since appends to
  one part become one run.
* Under pressure a lane whose news hold an error, a tool call or a piece of the answer counts twice as much as one that only thinks,
  the lane that is shown four times as much as its neighbours, and each step of `Run.priority` doubles. A widget goes as often as its
  most urgent lane may; its other lanes go with every second, fourth … of its batches.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from ..deltas import ERROR, REFUSAL, TEXT, TOOL, USAGE
from ..phase import Phase
from .outbox import INTERVAL, Credit

RATE = 120.0
"""Batches a second of one kernel, over all its widgets. The Jupyter server drops above 1,000 messages/s over all that a kernel sends
(`iopub_msg_rate_limit`); four widgets at 30/s each are as quick as if they were alone, and cost the page a tenth of a core."""
HIDDEN_INTERVAL = 1.0
"""Seconds between batches to a page that nobody sees."""
LATEST = 4.0
"""Seconds that a lane waits at most for a batch that it may go with."""
RECENT = 1.0
"""A widget that wanted to send within so many seconds takes part in the sharing."""
UNSEEN_AFTER = 2.7
"""Seconds without any word of a page that is seen (they come every 1.25 s), after which the word of one that is not counts."""
FOCUS = 4.0
"""How much more the lane that is shown counts than the others of its widget."""

_URGENT = bytes(1 if channel in (TEXT, TOOL, REFUSAL, ERROR, USAGE) else 0 for channel in range(256))


def urgent(channels: Any) -> bool:
    """Whether frames with these channels hold an error, a tool call or a piece of the answer."""
    return 1 in bytes(channels).translate(_URGENT)


def weight(share: float, *, focus: bool, urgent: bool) -> float:
    """How much a lane counts when not everything can go at once. share: that of its run, by its priority."""
    return share * (FOCUS if focus else 1.0) * (2.0 if urgent else 1.0)


class Budget:
    """Batches a second of a kernel, shared by its widgets in proportion to what they weigh."""

    def __init__(self, rate: float = RATE) -> None:
        self._rate = rate
        self._members: dict[Hashable, tuple[float, float]] = {}
        self._sum = 0.0
        self._summed = float("-inf")

    def interval(self, member: Hashable, weight: float, now: float) -> float:
        """Seconds between two batches of ``member``, which wants to send now and weighs so much."""
        old = self._members.get(member)
        self._members[member] = (weight, now)
        if old is None or old[0] != weight or now - self._summed > RECENT / 2:
            self._members = {m: it for m, it in self._members.items() if now - it[1] <= RECENT}
            self._sum = sum(each for each, _ in self._members.values())
            self._summed = now
        return max(INTERVAL, self._sum / (weight * self._rate))

    def leave(self, member: Hashable) -> None:
        """``member`` sends no more."""
        if self._members.pop(member, None) is not None:
            self._summed = float("-inf")


BUDGET = Budget()
"""That of this kernel. Only the writer thread asks it."""


@dataclass
class Flow:
    """What a widget's sending came to. Nothing of it is ever lost: what does not go now goes with the next batch."""

    batches: int = 0
    """Batches that went out."""
    waiting: int = 0
    """Frames of which no batch had told when the newest one was made."""
    most: int = 0
    """The most that ever were."""
    merged: int = 0
    """Batches that would have gone at 30 a second, and were merged into later ones; of each lane that was left out of one, one."""
    why: str = ""
    """Why the last of them was: "hidden", "behind", "unheard" (the kernel is too busy to hear the page), "shared"."""

    def to_dict(self) -> dict[str, Any]:
        """As it travels."""
        return asdict(self)


class Load(NamedTuple):
    """What one lane has to send. weight: see `weight`. frames: how many are waiting."""

    lane: str
    weight: float
    frames: int


class Traffic:
    """When one widget may send its next batch, and which lanes go with it. The clock is passed in (seconds)."""

    def __init__(self, budget: Budget | None = None, phase: Phase | None = None) -> None:
        self._budget = budget or Budget()
        self._phase = phase or Phase()
        self._credit = Credit()
        self._last = float("-inf")
        self._since: float | None = None
        self._lanes: dict[str, float] = {}
        self._seen, self._unseen = float("-inf"), float("-inf")
        self.focus: str | None = None
        self.flow = Flow()

    # --- what the page says -------------------------------------------------------------------------------------------
    def heard(self, seq: int, now: float, *, hidden: bool = False, focus: str | None = None) -> bool:
        """The page has everything up to ``seq``. hidden: nobody sees it. focus: the lane it shows. True: it has come into sight again.

        There may be several pages of one widget; as long as one of them is seen, the widget is.
        """
        was = self.hidden(now)
        self._credit.acked(seq, now)
        if hidden:
            self._unseen = now
        else:
            self._seen = now
            self.focus = focus
        return was and not hidden

    def new_page(self) -> None:
        """A page asks for everything: nobody asks for what nobody sees."""
        self._unseen = float("-inf")

    def hidden(self, now: float) -> bool:
        """Whether nobody sees the widget, as far as its pages have said."""
        return self._unseen > self._seen and now - self._seen > UNSEEN_AFTER

    @property
    def all_heard(self) -> bool:
        """Whether the page has acknowledged the newest batch."""
        return self._credit.all_heard

    # --- when, and what ------------------------------------------------------------------------------------------------
    def due(self, loads: Sequence[Load], now: float) -> float:
        """Seconds until the next batch may go; 0 or less: now. loads: the lanes that have something to send, none if there is nothing."""
        if not loads:
            return self._phase.nearest(self._last + INTERVAL) - now
        if self._since is None:
            self._since = now
        return self._phase.nearest(self._last + self._interval(loads, now)[0]) - now

    def choose(self, loads: Sequence[Load], now: float) -> set[str]:
        """The lanes that are to wait for a later batch, although they have something to send. Counts what is merged."""
        waiting = sum(load.frames for load in loads)
        self.flow.waiting, self.flow.most = waiting, max(waiting, self.flow.most)
        interval, why = self._interval(loads, now) if loads else (INTERVAL, "")
        if not why:
            return set()
        top = 0.0 if why == "hidden" else max(load.weight for load in loads)  # whoever looks again wants all of them
        free = max(self._last, (self._since or now) - INTERVAL)
        missed = int((now - free) / INTERVAL + 0.5) - 1
        late = set()
        for load in loads:
            pause = min(LATEST, interval * top / load.weight)
            # Half an interval of grace, or a lane would always just miss the batch that it is due with.
            if now - self._lanes.get(load.lane, float("-inf")) < pause - interval / 2:
                late.add(load.lane)
        if missed > 0 or late:
            self.flow.merged += max(missed, 0) + len(late)
            self.flow.why = why
        return late

    def sent(self, seq: int, lanes: Sequence[str], now: float, *, late: bool = False) -> None:
        """A batch went out with these lanes. late: others had to wait."""
        self._credit.sent(seq, now)
        self._last = now
        self._since = now if late else None
        for lane in lanes:
            self._lanes[lane] = now
        self.flow.batches += 1

    def close(self) -> None:
        """The widget is gone."""
        self._budget.leave(id(self))

    def _interval(self, loads: Sequence[Load], now: float) -> tuple[float, str]:
        """Seconds between two batches as things are, and what presses; "" if nothing does."""
        if self.hidden(now):
            return HIDDEN_INTERVAL, "hidden"
        top = max(load.weight for load in loads)
        shared = self._budget.interval(id(self), top, now)
        credit, why = self._credit.interval(now)
        if credit >= shared:
            return credit, why
        return shared, "shared"
