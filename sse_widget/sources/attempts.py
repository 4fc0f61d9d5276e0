"""The requests of one run, one after another, as its policy says: what ended the last one, whether there is another, and when.

What is told on the way are marks of the recording: "wait" (why, and how long), "reconnect" (what is asked now).
"""

from __future__ import annotations

import asyncio
import random
import time
from asyncio import sleep
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple

import httpx

from ..errors import IdleTimeoutError, NotAStreamError, RedirectError, SourceError, SSEWidgetError, StatusError
from ..framing import media_type
from ..reconnect import How, Loss, Reconnect
from ..recording import Recording
from ..resume import LastEventId, ResumeState, Standing, Strategy, name_of
from .answers import explain_connection
from .base import Broken
from .secrets import learn_request

if TYPE_CHECKING:
    from .http import HttpSource

ASKING = (429, 503, 529)
"""Statuses that ask for another attempt, if they say after how long."""
TROUBLE = (408, 425, 500, 502, 503, 504, 529)
"""Statuses after which it is worth trying again, if somebody wants that."""
SAFE = ("GET", "HEAD")


class Failure(NamedTuple):
    """Why an attempt is over. words: for a person, without secrets. error: what the run fails with if nothing has come."""

    how: How
    words: str
    error: Exception
    after: float | None = None


class Attempts:
    """Sends requests until a stream is whole, or the policy has enough. One for each run.

    policy: when there is another. look: tells how far the stream has come. chance: gives numbers from 0 to 1.
    """

    def __init__(
        self,
        source: HttpSource,
        recording: Recording,
        policy: Reconnect,
        look: Callable[[], Awaitable[Standing]],
        *,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._source = source
        self._recording = recording
        self._policy = policy
        self._look = look
        self._chance = chance
        self._tries = 0
        self._waited = 0.0
        self._new = 0
        self._lost = ""  # what the first of the failures in a row was
        self._head: Mapping[str, str] = {}  # headers of the first answer that was a stream
        self._exchange: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._given_up: str | None = None

    def lose(self, words: str) -> bool:
        """Take the connection that is open for lost, because nothing comes over it. From any thread. False if there never was any.

        Between two connections there is nothing to be lost: what comes next is being decided.
        """
        exchange, loop = self._exchange, self._loop
        if loop is None:
            return False
        if exchange is None or exchange.done():
            return True

        def cancel() -> None:
            if exchange is self._exchange and not exchange.done():
                self._given_up = words
                exchange.cancel()

        loop.call_soon_threadsafe(cancel)
        return True

    async def run(self, client: httpx.AsyncClient, first: httpx.Request) -> None:
        """Read the stream that ``first`` asks for, by as many requests as it takes."""
        recording, source, policy, request = self._recording, self._source, self._policy, first
        self._loop = asyncio.get_running_loop()
        anew = False  # the answer that comes is another one, and its events are no progress of the first
        while True:
            failure = await self._one(client, request, first)
            if not self._head and source.answer is not None and source.answer.status_code == 200:
                self._head = source.answer.headers
            standing = await self._look() if policy.attempts else Standing()
            if standing.new > self._new and not anew:
                self._tries, self._waited, self._lost = 0, 0.0, ""
            self._new = standing.new
            words = failure.words if failure is not None else "the server ended the response"
            self._lost = self._lost or words
            following, how = self._following(first, standing)
            if following is None:
                return self._over(failure, standing)
            loss = self._loss(first, standing, failure, resumes=how != "again")
            seconds = policy.wait(loss, self._tries, self._waited, self._chance())
            if seconds is None:
                return self._over(failure, standing)
            if origin(following.url) != origin(first.url) and source.tells_secrets(following):
                return self._over(failure, standing, refused=_elsewhere(following))
            self._tries += 1
            self._waited += seconds
            recording.mark("wait", seconds=round(seconds, 3), why=words, attempt=self._tries, of=policy.limit(loss))
            async with source.place.lent() if source.place is not None else nullcontext():  # nobody is to wait for who waits
                await sleep(seconds)
            client.cookies.set_cookie_header(following)  # by them a load balancer finds the one server that knows the stream
            learn_request(source.redactor, following)
            # A whole answer begins anew: what has come of the one before is no part of it.
            anew = how == "again" and standing.events > 0 and (loss.promised or not loss.repeatable)
            after = "" if how == "again" else source.redactor.text(_last(standing))
            told = {"attempt": self._tries, "method": following.method, "url": source.shown(following)}
            recording.mark("reconnect", None, **told, how=how, after=after, anew=anew)
            request = following

    async def _one(self, client: httpx.AsyncClient, request: httpx.Request, first: httpx.Request) -> Failure | None:
        """One request. What came of it; None if the response ended as it should."""
        source = self._source
        source.answer = None
        # A task of its own, so that one connection can be given up without giving up the run.
        exchange = self._exchange = asyncio.ensure_future(
            source.exchange(client, request, self._recording, at_home=origin(request.url) == origin(first.url))
        )
        try:
            await exchange
        except asyncio.CancelledError:
            words = self._given_up
            if words is None:
                raise
            self._given_up = None
            error = IdleTimeoutError(words, hint="idle_timeout=… sets this limit. What came before is kept.")
            return Failure("broken" if self._is_answered else "unanswered", words, error)
        except Broken as error:
            return Failure("broken", source.redactor.text(str(error)), error)
        except StatusError as error:
            return self._status(error, source.answer)
        except (NotAStreamError, RedirectError) as error:
            return Failure("final", error.message, error)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise
        except httpx.TransportError as error:
            said = explain_connection(error, source.label, source.redactor)
            said.__cause__ = source.redactor.cause(None if isinstance(error, httpx.LocalProtocolError) else error)
            return Failure(_how(error, said), said.message, said)
        finally:
            self._exchange = None
            if exchange.done() and not exchange.cancelled():
                exchange.exception()  # who was stopped in the very moment in which it failed does not ask any more
        return None

    @property
    def _is_answered(self) -> bool:
        return self._source.answer is not None

    def _status(self, error: StatusError, answer: httpx.Response | None) -> Failure:
        headers = answer.headers if answer is not None else httpx.Headers()
        after, wish = retry_after(headers), headers.get("x-should-retry", "").lower()
        how: How = "status" if error.status in TROUBLE else "final"
        if wish == "true" or (error.status in ASKING and after is not None):
            how = "asked"
        if wish == "false":
            how = "final"
        return Failure(how, error.message, error, after)

    def _following(self, first: httpx.Request, standing: Standing) -> tuple[httpx.Request | None, str]:
        """The next request, if there may be one, and how it goes on: the name of a strategy, or "again" for the same once more."""
        strategy: Strategy | None = self._policy.resume
        if strategy is None and first.method in SAFE and standing.last_event_id:
            strategy = LastEventId()
        if strategy is not None and (standing.events or self._head) and not standing.finished:
            state = ResumeState(**vars(standing), request=first, response=self._head, attempt=self._tries + 1)
            try:
                request = strategy(state)
            except Exception as error:  # what a user's function raises is told as what it is
                redactor = self._source.redactor
                raise SourceError(
                    f"resume raised {type(error).__name__}: {redactor.text(str(error))}", hint="What came before is kept."
                ) from redactor.cause(error)
            if request is not None:
                request.extensions = {**first.extensions, **request.extensions}  # its timeouts
                return request, name_of(strategy)
        return (first if self._source.repeatable else None), "again"

    def _loss(self, first: httpx.Request, standing: Standing, failure: Failure | None, *, resumes: bool) -> Loss:
        return Loss(
            "ended" if failure is None else failure.how,
            first.method in SAFE,
            events=standing.events,
            inviting=(bool(standing.last_event_id) or standing.retry is not None) and self._is_event_stream(),
            finished=standing.finished,
            promised=standing.promises_end and not standing.finished,
            resumes=resumes,
            retry=standing.retry,
            after=failure.after if failure is not None else None,
        )

    def _is_event_stream(self) -> bool:
        return media_type(self._head.get("content-type")) == "text/event-stream"

    def _over(self, failure: Failure | None, standing: Standing, *, refused: str = "") -> None:
        """There is no other attempt. Returns if the stream is whole, or as whole as the server has it; else raises what went wrong.

        refused: why the next request was not sent, or "".
        """
        if failure is None and not refused:
            return
        if failure is not None and isinstance(failure.error, IdleTimeoutError) and standing.finished:
            return  # all was said, and the server has only not hung up
        if failure is not None and standing.events:
            if isinstance(failure.error, StatusError) and failure.error.status == 204:
                return  # the server's word for "no more" (WHATWG HTML, 9.2.3)
            if not self._tries and not refused:
                raise failure.error
        tried = f" It was tried {self._tries + 1} times." if self._tries else ""
        if failure is not None and not standing.events:
            if isinstance(failure.error, SSEWidgetError):
                failure.error.hint = (failure.error.hint + tried).strip()
            raise failure.error
        last = refused or (failure.words if failure is not None else "")
        words = self._lost.rstrip(".")
        if last and last != self._lost:
            words += f"; and it could not be taken up again: {last.rstrip('.')}"
        raise Broken(f"{words}.{tried}")


def _elsewhere(request: httpx.Request) -> str:
    """No server may have credentials sent elsewhere by naming the place where a stream goes on."""
    url = request.url
    return f"it goes on at another origin, {url.scheme}://{url.netloc.decode('ascii')}, and credentials are not sent there"


def _last(standing: Standing) -> str:
    """The event that a resumed stream is asked to follow on."""
    return standing.last_event_id or standing.event_id or ("" if standing.sequence is None else str(standing.sequence))


def retry_after(headers: Mapping[str, str], now: Callable[[], float] = time.time) -> float | None:
    """The seconds that a server asks to wait: ``retry-after-ms`` (OpenAI, Azure), or ``Retry-After`` in seconds or as a date, which counts
    from the server's own ``Date``, since clocks differ. None if it says nothing that can be understood."""
    try:
        if "retry-after-ms" in headers:
            return _sane(float(headers["retry-after-ms"]) / 1000)
        text = headers.get("retry-after", "").strip()
        if not text:
            return None
        if text[0].isdigit():
            return _sane(float(text))
        base = parsedate_to_datetime(headers["date"]).timestamp() if "date" in headers else now()
        return _sane(parsedate_to_datetime(text).timestamp() - base)
    except (ValueError, TypeError, OverflowError):
        return None


def _sane(seconds: float) -> float | None:
    return max(0.0, seconds) if seconds == seconds and seconds < float("inf") else None


def _how(error: httpx.TransportError, said: SSEWidgetError) -> How:
    """Whether a request that got no answer may have been processed, and whether another could do better."""
    if isinstance(error, httpx.ConnectError):
        lowered = str(error).lower()
        hopeless = "certificate" in lowered or "ssl" in lowered or ("no host" in said.message and "temporary" not in lowered)
        return "final" if hopeless else "unsent"
    if isinstance(error, (httpx.ConnectTimeout, httpx.PoolTimeout)):
        return "unsent"
    return "final" if isinstance(error, (httpx.LocalProtocolError, httpx.ProxyError)) else "unanswered"


def origin(url: httpx.URL) -> tuple[str, str, int | None]:
    """Scheme, host and port: who is talked to."""
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)
