"""The fixture ``stream_recording`` in a pytest of its own: recorded once, served from the file afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

import sse_widget as sw
from sse_widget.taping import Tape

pytest_plugins = ["pytester"]

TEST = """
from itertools import pairwise
import httpx, pytest
from sse_widget import RecordingError, expect

ASKED = {{"model": "tools", "stream": True, "rate": 0, "messages": [{{"role": "user", "content": "Hi"}}]}}

def test_tools(stream_recording):
    with stream_recording("tools", "{url}/v1") as url:
        headers = {{"Authorization": "Bearer sk-very-secret-key"}}
        answer = httpx.post(url + "/chat/completions", json=ASKED, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["x-request-id"].startswith("req_demo_")
    expect(stream_recording.last).tool_call("get_weather", city="Naples").finish_reason("tool_calls")

def test_times(stream_recording):
    with stream_recording("plain", "{url}") as url:
        with httpx.stream("GET", url + "/plain?rate=20") as response:
            for _ in response.iter_bytes():
                pass
    times = [event.time for event in stream_recording.last.events]
    assert min(after - before for before, after in pairwise(times)) > 0.005

def test_status(stream_recording):
    with stream_recording("error", "{url}") as url:
        assert httpx.get(url + "/status/429").status_code == 429
    assert stream_recording.last.response["status"] == 429
"""

OTHERS = """
def test_another_request(stream_recording):
    with pytest.raises(RecordingError, match="asks for GET /v1/models, but tools.ssejsonl is a recording of POST /v1/chat/completions"):
        with stream_recording("tools", "{url}/v1") as url:
            assert httpx.get(url + "/models").status_code == 410

def test_more_requests(stream_recording):
    with pytest.raises(RecordingError, match="makes 2 requests, but tools-2.ssejsonl is not there"):
        with stream_recording("tools", "{url}/v1") as url:
            for _ in range(2):
                httpx.post(url + "/chat/completions", json={{}})
"""


def test_it_records_once_and_serves_the_file_afterwards(pytester: pytest.Pytester) -> None:
    def run(*options: str) -> pytest.RunResult:
        # In a process of its own: what pytester imports and forgets in this one would come in twice.
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", *options)

    with sw.demo.serve() as server:
        pytester.makepyfile(test_it=TEST.format(url=server.url))
        missing = run("--no-record-streams", "-k", "tools")
        missing.assert_outcomes(failed=1, deselected=2)
        missing.stdout.fnmatch_lines(["*RecordingError: *tools.ssejsonl is missing.*--no-record-streams*"])
        assert not server.log

        run().assert_outcomes(passed=3)
        paths = [record.path for record in server.log]
        assert paths == ["/v1/chat/completions", "/plain", "/status/429"]
        assert server.log[0].header("authorization") == "Bearer sk-very-secret-key"
        tools, error = (pytester.path / "recordings" / f"{name}.ssejsonl" for name in ("tools", "error"))
        assert "sk-very-secret-key" not in tools.read_text("utf-8")
        assert len(sw.load(tools).read().tool_calls) == 2
        assert json.loads(error.read_text("utf-8").splitlines()[1])["response"]["status"] == 429

        run("--record-streams", "-k", "tools").assert_outcomes(passed=1, deselected=2)
        assert len(server.log) == 4
        pytester.makepyfile(test_it=(TEST + OTHERS).format(url=server.url))
    run("--no-record-streams").assert_outcomes(passed=5)  # and there is no server any more


def test_a_server_that_cannot_be_reached_is_named(tmp_path: Path) -> None:
    tape = Tape(tmp_path)
    with pytest.raises(sw.RecordingError, match=r"127\.0\.0\.1:9 cannot be reached"), tape("x", "http://127.0.0.1:9") as url:
        assert httpx.get(url).status_code == 410
    with pytest.raises(sw.UsageError, match="cannot be the name of a file"):
        tape("../x", "http://127.0.0.1:9")
    with pytest.raises(sw.UsageError, match="Nothing was asked for"):
        _ = tape.last
