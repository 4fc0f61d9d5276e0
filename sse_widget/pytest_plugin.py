"""For pytest: streams that are recorded once and served from their file afterwards, chunk by chunk, with their times.

    def test_weather(stream_recording):
        with stream_recording("weather", "https://api.example.com") as url:
            answer = my_client(base_url=url).ask("Naples?")
        expect(stream_recording.last).event("message_stop", within=5.0).text_contains("sunny")

The first time (or with ``--record-streams``) the requests go to the real address and are written next to the test, in
``recordings/<name>.ssejsonl``; after that nothing leaves the machine. With ``--no-record-streams`` a missing file is a failure.
"""

from __future__ import annotations

from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """The two switches."""
    group = parser.getgroup("sse_widget")
    group.addoption("--record-streams", action="store_true", help="record every stream anew, from its real address")
    group.addoption("--no-record-streams", action="store_true", help="fail where a recording is missing, instead of recording it")


@pytest.fixture
def stream_recording(request: pytest.FixtureRequest) -> Any:
    """Recordings next to the test: ``with stream_recording("name", "https://real.address") as url: …``, see `sse_widget.taping.Tape`."""
    from .taping import Tape  # who has this package installed for something else waits for none of it

    return Tape(
        request.path.parent / "recordings",
        anew=bool(request.config.getoption("--record-streams")),
        never=bool(request.config.getoption("--no-record-streams")),
    )
