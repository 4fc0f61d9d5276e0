"""What becomes of messages that are lost, one case at a time; `test_fuzz_pages` tries them all."""

from __future__ import annotations

from contextlib import closing

from .pages import Kernel, Message, Page
from .streams import STREAMS

STREAM = STREAMS["chat, CRLF, a byte order mark and comments"]


def shown_to(kernel: Kernel, count: int) -> list[Page]:
    """So many pages of a kernel, each with the state."""
    pages = [Page() for _ in range(count)]
    widget = kernel.session.widget
    for number, page in enumerate(pages):
        page.receive(kernel.ask() if number else kernel.sent[0], kernel.now)
    assert widget.comm is kernel.comm
    return pages


def test_what_a_snapshot_showed_and_what_was_taken_back_before_the_next_batch() -> None:
    with closing(Kernel()) as kernel:
        run = kernel.add(STREAM)
        (page,) = shown_to(kernel, 1)
        kernel.step(1.0)
        page.receive(kernel.sent[-1], kernel.now)
        run.pause()
        reloaded = Page()
        reloaded.receive(kernel.ask(), kernel.now)
        assert reloaded.shows()[run.id]["state"]["status"] == "paused"
        run.resume()
        before = len(kernel.sent)
        kernel.step(1.0)
        for message in kernel.sent[before:]:
            reloaded.receive(message, kernel.now)
        assert reloaded.shows()[run.id]["state"]["status"] == "waiting"


def test_a_page_that_lacks_the_end_is_answered_however_late_it_asks() -> None:
    """After three empty batches nobody looks any more, but a page with a stream that goes on does."""
    with closing(Kernel()) as kernel:
        run = kernel.add(STREAM)
        (page,) = shown_to(kernel, 1)
        kernel.feed(run, 10**6)
        for _ in range(60):
            kernel.step(1.0)
        assert page.live
        lost = len(kernel.sent)
        for _ in range(10):
            kernel.step(1.0)
        assert len(kernel.sent) == lost
        page.tick(kernel.now)
        for command in page.said:
            kernel.hear(command)
        kernel.step(0.1)
        assert len(kernel.sent) == lost + 1
        page.receive(kernel.sent[-1], kernel.now)
        assert page.waiting


def test_the_word_of_one_page_is_not_that_of_another() -> None:
    with closing(Kernel()) as kernel:
        run = kernel.add(STREAM)
        one, other = shown_to(kernel, 2)
        kernel.feed(run, 10**6)
        empty: list[Message] = []
        for _ in range(30):
            before = len(kernel.sent)
            kernel.step(1.0)
            for message in kernel.sent[before:]:
                one.receive(message, kernel.now)
                empty += [message] if not message["data"]["state"]["batch"]["lanes"] else []
            one.tick(kernel.now)
            for command in one.said:
                kernel.hear(command)
            one.said.clear()
        assert len(empty) == 1
        other.receive(empty[0], kernel.now)
        assert other.waiting


def test_the_pages_are_looked_at() -> None:
    """A page that lacks one message without knowing it is noticed, so that the tests above mean something."""
    with closing(Kernel()) as kernel:
        run = kernel.add(STREAM)
        (page,) = shown_to(kernel, 1)
        for _ in range(5):
            kernel.feed(run, 100)
            kernel.step(0.1)
        *most, last = kernel.sent[1:]
        for message in most:
            page.receive(message, kernel.now)
        assert page.shows()[run.id]["frames"] != kernel.truth()[run.id]["frames"]
        page.receive(last, kernel.now)
        assert page.shows()[run.id]["frames"] == kernel.truth()[run.id]["frames"]
