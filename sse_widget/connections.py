"""Fold: our marks → what became of the connections: which requests were made, what was lost, and how it went on.

A break is a fact about the stream like a stall, so it is told like one: when, why, how long, and from where it went on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from .findings import Finding, counted, seconds
from .wire import Frame

_MOST = 20
"""Losses that are told one by one."""
_ATTEMPTS = 100
"""Requests that are kept for the page; of a stream that is taken up for days the first and the last ones say enough."""


@dataclass
class _Loss:
    """A time without a connection. frames: of its first mark and of the one that ended it; end: s, None while it lasts."""

    time: float
    why: str
    events: int
    frames: tuple[int, int]
    tries: int = 0
    how: str = ""
    after: str = ""
    anew: bool = False
    end: float | None = None
    repeated: int = 0
    missing: int = 0


class Connections:
    """Learns the marks of one stream in order."""

    def __init__(self) -> None:
        self.attempts: list[dict[str, Any]] = []
        """Requests, redirects included: url, status (None: no answer), time (s), note."""
        self.lost = 0
        """How often a connection was lost, or did not come about, and another was tried."""
        self.waited = 0.0
        """Seconds without a connection, the last loss included once it is over."""
        self.pending: dict[str, Any] | None = None
        """The attempt that is waited for: at (s), attempt (its number in a row), of (so many at most), why (a sentence)."""
        self.asked = 0.0
        """When the last request was sent, s: no silence of its server's is older."""
        self.words: dict[int, str] = {}
        """What the marks say of a loss and of what was done then, by their frames; of the first ones."""
        self._losses: list[_Loss] = []
        self._loss: _Loss | None = None

    def mark(self, index: int, frame: Frame, events: int) -> dict[str, Any]:
        """Learn of a mark of ours. index: of its frame. events: that have come. Returns what the mark says."""
        info: dict[str, Any] = json.loads(frame.data)
        name, time = frame.type, frame.time
        if name in ("request", "reconnect"):
            self.asked = time
            number = f", {_ordinal(int(info.get('attempt', 0)) + 1)} attempt" if name == "reconnect" else ""
            self._attempt(str(info.get("url", "")), time, str(info.get("method", "")) + number)
        elif name == "redirect":
            self._answered(info.get("status"))
            self._attempt(str(info.get("url", "")), time, "redirected")
        elif name == "open":
            self._answered(info.get("status"))
        if name in ("wait", "reconnect") and len(self.words) < _ATTEMPTS:
            self.words[index] = _words(name, info)
        self.pending = None
        if name == "wait":
            due = {"at": round(time + float(info.get("seconds", 0)), 3), "attempt": info.get("attempt"), "of": info.get("of")}
            self.pending = {**due, "why": str(info.get("why", ""))}
            if self._loss is None:
                self._loss = _Loss(time, str(info.get("why", "")), events, (index, index))
                self.lost += 1
            self._loss.tries = max(self._loss.tries, int(info.get("attempt", 0)))
        elif name == "reconnect" and self._loss is not None:
            self._loss.how, self._loss.after, self._loss.anew = str(info.get("how", "")), str(info.get("after", "")), bool(info.get("anew"))
        elif name == "open" and self._loss is not None and info.get("status") == 200:
            loss, self._loss = self._loss, None
            loss.end, loss.frames = time, (loss.frames[0], index)
            self.waited += time - loss.time
            self._losses.append(loss)
        return info

    @property
    def is_lost(self) -> bool:
        """Whether there is no connection now."""
        return self._loss is not None

    @property
    def last_wait(self) -> float:
        """Seconds that the last loss took."""
        last = self._losses[-1] if self._losses else None
        return last.end - last.time if last is not None and last.end is not None else 0.0

    def repeated(self) -> None:
        """An event came again over this connection."""
        if self._losses:
            self._losses[-1].repeated += 1

    def missing(self, count: int) -> None:
        """So many events were left out between the last connection and this one."""
        if self._losses:
            self._losses[-1].missing = count

    def findings(self, now: float | None = None) -> list[Finding]:
        """What is to be said of the losses that are over, and, if ``now`` is given (s), of the one that lasts."""
        found = [_told(loss) for loss in self._losses[:_MOST]]
        rest = self._losses[_MOST:]
        if rest:
            total = seconds(sum((loss.end or loss.time) - loss.time for loss in rest))
            message = f"The connection was lost {counted(len(rest), 'more time')}, for {total} in all."
            found.append(Finding("reconnect", "info", message, time=rest[0].time))
        loss = self._loss
        if loss is not None and now is not None:
            message = f"There has been no connection since {seconds(loss.time)} ({loss.why.rstrip('.')}); it is tried again."
            found.append(Finding("reconnect", "warning", message, loss.frames, loss.time, max(0.0, now - loss.time)))
        return found

    def _attempt(self, url: str, time: float, note: str) -> None:
        if len(self.attempts) >= _ATTEMPTS:
            del self.attempts[_ATTEMPTS // 2]
        self.attempts.append({"url": url, "status": None, "time": time, "note": note})

    def _answered(self, status: int | None) -> None:
        if self.attempts:
            self.attempts[-1] = {**self.attempts[-1], "status": status}  # another dict: the page compares


def _told(loss: _Loss) -> Finding:
    assert loss.end is not None
    took = loss.end - loss.time
    why = loss.why.rstrip(".")
    tries = f", at the {_ordinal(loss.tries)} attempt" if loss.tries > 1 else ""
    if not loss.events:
        message = f"No stream came at first ({why}); the request was sent again and got one {seconds(took)} later{tries}."
        return Finding("reconnect", "info", message, loss.frames, loss.time, took)
    if loss.anew:
        went_on = f"the request was sent again {seconds(took)} later{tries}: the answer begins anew, and what had come before is dropped"
    elif loss.how == "again":
        went_on = (
            f"the request was sent again {seconds(took)} later{tries}; the events have no ids, so some may have come twice or not at all"
        )
    else:
        went_on = f"it was resumed {seconds(took)} later" + (f" from event {loss.after}" if loss.after else "") + tries
    message = f"The connection was lost after {seconds(loss.time)} ({why}); {went_on}."
    if loss.repeated:
        message += f" {counted(loss.repeated, 'event')} came again, and {'is' if loss.repeated == 1 else 'are'} not read twice."
    if loss.missing:
        message += f" By their numbers {counted(loss.missing, 'event')} never came."
    exact = loss.how != "again" and not loss.missing
    return Finding("reconnect", "info" if exact else "warning", message, loss.frames, loss.time, took)


def _words(name: str, info: dict[str, Any]) -> str:
    """What a mark says, for the tip of the timeline."""
    if name == "wait":
        why, wait = str(info.get("why", "")).rstrip("."), seconds(float(info.get("seconds", 0)))
        return f"no connection: {why}; reconnecting in {wait} (attempt {info.get('attempt')} of {info.get('of')})"
    after = f", from event {info['after']}" if info.get("after") else ""
    again = "the same request, once more" if info.get("how") == "again" else f"asked for the rest{after}"
    return f"{again}; the answer begins anew" if info.get("anew") else again


def _ordinal(number: int) -> str:
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
