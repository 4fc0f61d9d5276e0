"""When a stream that was lost is asked for again, and how long to wait before: a policy, and what it decides by.

Pure: time and chance are passed in. Who sends the requests is `sources.attempts`; how a stream goes on where it was is `resume`.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar, Final, Literal, get_args

from .errors import UsageError
from .resume import Strategy

How = Literal["unsent", "asked", "status", "unanswered", "broken", "ended", "final"]
"""How an attempt ended: the request never got through; the server asked for another one; it answered with a trouble of its own;
no answer came; the stream broke; it ended well; it can only fail again, or was told to be over."""
Jitter = Literal["full", "equal", "none"]

LOST: Final = 3.0
"""Seconds until a stream that was lost is asked for again, if nobody says otherwise; what browsers do."""
NOT_BEGUN: Final = 0.5
"""Seconds until a request that came to nothing is sent again, if nobody says otherwise; what the providers' own packages do."""
LEAST: Final = 0.1
"""Seconds that are waited in any case, unless somebody chose less: a server that says ``retry: 0`` did not mean a loop without end."""
UNTOUCHED: Final = 2
"""So often a request that must not be processed twice is repeated, though it was certainly not processed."""


def _is_seconds(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf")


@dataclass(frozen=True)
class Loss:
    """How an attempt ended, and what is known then.

    repeatable: the request may be sent twice (GET, HEAD), also if it was processed. events: that have come over all attempts.
    inviting: the server has sent an id or a retry field, as one does that is made for being asked
    again. finished: the stream has said that it is at its end, or that it failed. promised: it promises an end and has not come to it.
    resumes: a strategy has a request that goes on where the stream was lost. retry: the stream's reconnection time, seconds. after:
    the seconds that the server asks to wait (Retry-After).
    """

    how: How
    repeatable: bool
    _: KW_ONLY
    events: int = 0
    inviting: bool = False
    finished: bool = False
    promised: bool = False
    resumes: bool = False
    retry: float | None = None
    after: float | None = None


@dataclass(frozen=True)
class Reconnect:
    """When a stream that was lost is asked for again. Give it as ``sw.stream(…, reconnect=…)``, or one of the names "off", "lan", "mobile".

    **A GET** follows the rules of `EventSource` (WHATWG HTML, 9.2): after a break it is sent again with ``Last-Event-ID``, no sooner
    than the stream's own ``retry`` says; 204, another status than 200 and another type than a stream's end it for good (unless the server
    asks for another attempt, as below, which HTTP lets it do and `EventSource` does not hear). So does an end
    that the stream itself announced (``[DONE]``, ``response.completed``, a finish reason …): a model's answer that is complete is
    never asked for again. Unlike a browser, it does not take a clean end for a loss unless the stream has shown by an id or a
    ``retry`` that it is made for that: a server that answers and closes would be asked for ever.

    **A POST** starts something, and mostly something that costs: sent again, it would generate and bill again. So it is repeated only
    if it cannot have been processed (no connection came about), or if the server asked for it (429, 503 or 529 with ``Retry-After``, or
    ``x-should-retry: true``), and at most twice. All else is your choice: ``before_first_event_only=True`` also repeats it after a
    break, a timeout or a status of 5xx as long as no event has come; ``False`` even afterwards, and then what had come is dropped,
    since another answer begins. A strategy of ``resume`` repeats nothing: it asks for the rest of what was begun.

    delay: seconds before the first attempt; None: the stream's ``retry``, else 3 s, and 0.5 s where nothing had begun. Never less than
        the server asks for.
    attempts: so many in a row; an event that is new starts the count again. A wrong address must not be asked for ever.
    backoff: each wait may be so many times longer than the one before, since a server that is down needs fewer requests, not more.
    jitter: "full": anywhere between ``delay`` and that longest wait, because clients that were cut off together would come back
        together; "equal": in its upper half; "none": the longest.
    cap: seconds that backoff does not go beyond; longer waits only a server can ask for.
    budget: seconds that waits in a row may take together; one that would go beyond it is not begun, and the stream counts as lost.
    before_first_event_only: True: never once an event has come. False: then too. None: as the method wants it, see above.
    resume: how a stream goes on where it was: `LastEventId` (of a GET with ids by itself), `OpenAIBackground`, `LangGraph`,
        `GeminiInteractions`, or a function from `ResumeState` to an `httpx.Request`, or to None where there is no going on.
    after_end: whether a GET that ended well is asked for again: True, False, or None for what is said above.
    without_ids: whether a GET whose events have no ids is asked for again after some have come; they may then come again.
    """

    delay: float | None = None
    attempts: int = 5
    backoff: float = 2.0
    jitter: Jitter = "full"
    _: KW_ONLY
    cap: float = 30.0
    budget: float | None = 120.0
    before_first_event_only: bool | None = None
    resume: Strategy | None = None
    after_end: bool | None = None
    without_ids: bool = True

    off: ClassVar[Reconnect]
    """Never."""
    lan: ClassVar[Reconnect]
    """For a server nearby, which is back at once or not at all: soon, and not for long."""
    mobile: ClassVar[Reconnect]
    """For a network that comes and goes: patiently, for up to ten minutes."""

    def __post_init__(self) -> None:
        for name in ("delay", "cap", "budget"):
            value = getattr(self, name)
            if not (_is_seconds(value) or (value is None and name != "cap")):
                raise UsageError(f"{name} must be seconds, not {value!r}.")
        if type(self.attempts) is not int or self.attempts < 0:
            raise UsageError(f"attempts must be a whole number, not {self.attempts!r}.")
        if not _is_seconds(self.backoff) or self.backoff < 1:
            raise UsageError(f"backoff must be a factor of 1 or more, not {self.backoff!r}.")
        if self.jitter not in get_args(Jitter):
            raise UsageError.unknown("jitter", str(self.jitter), get_args(Jitter))
        if self.resume is not None and not callable(self.resume):
            raise UsageError(
                f"resume must be a strategy or a function, not a {type(self.resume).__name__}.", hint="For instance sw.OpenAIBackground()."
            )
        if isinstance(self.resume, type):
            raise UsageError(f"resume must be a strategy, not its class: {self.resume.__name__}().")

    def wait(self, loss: Loss, tries: int, waited: float, chance: float) -> float | None:
        """Seconds to wait before another attempt; None: there is to be none.

        tries: attempts since the last new event, the first request not counted. waited: seconds spent waiting in that time. chance: a
        random number from 0 to 1.
        """
        if tries >= self.limit(loss) or not self._allows(loss):
            return None
        seconds = self._seconds(loss, tries, chance)
        return None if self.budget is not None and waited + seconds > self.budget else seconds

    def limit(self, loss: Loss) -> int:
        """How many attempts there may be in a row."""
        chosen = loss.repeatable or loss.resumes or self.before_first_event_only is not None
        return self.attempts if chosen else min(self.attempts, UNTOUCHED)

    def _allows(self, loss: Loss) -> bool:
        if loss.how == "final" or loss.finished or (self.before_first_event_only and loss.events):
            return False
        if loss.how in ("unsent", "asked"):
            return True
        if loss.how == "status":  # for EventSource it is final
            return self.before_first_event_only is not None
        if loss.how == "ended" and not loss.promised:
            asked = loss.inviting if self.after_end is None else self.after_end
            return asked and loss.repeatable and self.resume is None
        if loss.resumes:
            return True
        if loss.repeatable:
            return not loss.events or self.without_ids
        return self.before_first_event_only is not None

    def _seconds(self, loss: Loss, tries: int, chance: float) -> float:
        usual = LOST if loss.events or loss.how in ("broken", "ended") else NOT_BEGUN
        theirs = None if loss.retry is None else max(loss.retry, LEAST)
        base = self.delay if self.delay is not None else usual if theirs is None else theirs
        longest = base
        for _ in range(tries if base < self.cap else 0):  # step by step, since a power can be larger than any number
            longest = min(self.cap, longest * self.backoff)
        least = {"full": base, "equal": max(base, longest / 2), "none": longest}[self.jitter]
        return max(least + (longest - least) * chance, loss.retry or 0.0, loss.after or 0.0)


Reconnect.off = Reconnect(attempts=0)
Reconnect.lan = Reconnect(delay=0.25, attempts=4, cap=2.0, budget=10.0)
Reconnect.mobile = Reconnect(delay=1.0, attempts=20, cap=60.0, budget=600.0)


class _Usual(Reconnect):
    """What `sw.stream` does if nobody says anything: only what cannot be a surprise.

    A stream is taken up again only where it goes on exactly (a GET with ids, after a break), a clean end is the end, and a request that
    never got through is repeated twice, so that a wrong port is told within two seconds.
    """

    def limit(self, loss: Loss) -> int:
        return super().limit(loss) if loss.events else min(self.attempts, UNTOUCHED)


USUAL: Final = _Usual(after_end=False, without_ids=False)
_NAMES: Final = {"off": Reconnect.off, "lan": Reconnect.lan, "mobile": Reconnect.mobile, "auto": USUAL}


def policy_of(value: Any) -> Reconnect:
    """The policy that ``reconnect=`` names: one, a name, or None for "off". Raises UsageError for anything else."""
    if value is None:
        return Reconnect.off
    if isinstance(value, Reconnect):
        return value
    if isinstance(value, str):
        if value not in _NAMES:
            raise UsageError.unknown("reconnect policy", value, _NAMES)
        return _NAMES[value]
    raise UsageError(
        f"reconnect must be a Reconnect, a name or None, not a {type(value).__name__}.", hint="For instance sw.Reconnect(delay=5.0)."
    )
