"""`answers.py`: what a server said instead of a stream. (How connections fail is in test_http.)"""

from __future__ import annotations

import json
from typing import Any

import pytest

from sse_widget.sources.answers import explain_body, explain_status, provider_message

SHAPES: list[tuple[Any, str | None]] = [
    ({"error": {"message": "No.", "type": "t", "code": "c", "param": None}}, "No."),
    ({"type": "error", "error": {"type": "t", "message": "No."}}, "No."),
    ({"error": {"code": 400, "message": "No.", "status": "S", "details": []}}, "No."),
    ([{"error": {"code": 400, "message": "No."}}], "No."),
    ({"error": "No."}, "No."),
    ({"error": "invalid", "error_description": "No."}, "invalid: No."),
    ({"detail": "No."}, "No."),
    ({"detail": [{"loc": ["body"], "msg": "No.", "type": "x"}, {"msg": "Never."}]}, "No.; Never."),
    ({"detail": [{"loc": ["body"]}]}, "{'loc': ['body']}"),
    ({"detail": {"message": "No."}}, "No."),
    ({"message": "No."}, "No."),
    ({"code": 1, "message": "No.", "type": "t"}, "No."),
    ({"object": "error", "code": 400, "message": "No.", "type": "t"}, "No."),
    ({"object": "error", "message": {"detail": [{"msg": "No."}]}}, "No."),
    ({"message": "Failed.", "error": {"message": "No."}}, "No."),
    ({"error": {"error": {"message": "No."}}}, "No."),
    ({"errors": [{"code": "x", "message": "No."}], "trace": "t"}, "No."),
    ({"fault": {"faultstring": "No."}}, "No."),
    ({"title": "Bad", "detail": "No."}, "No."),
    ({"error": {"code": 1}}, None),
    ({"error": None, "message": ""}, None),
    ({"a": 1}, None),
    ([], None),
    ("x", None),
    ({"error": {"error": {"error": {"error": {"error": {"message": "too deep"}}}}}}, None),
]


def test_a_message_that_no_page_could_be_sent() -> None:
    body = json.dumps({"error": {"message": "N\ud83do."}})
    assert explain_status(400, body, {})[0] == "The server answered 400 Bad Request: N\ufffdo."


def test_a_body_that_is_nothing_but_brackets() -> None:
    body = "[" * 60_000
    assert explain_status(400, body, {})[0] == "The server answered 400 Bad Request."
    assert explain_body("application/json", body)[0] == "The server sent application/json, not an event stream."


@pytest.mark.parametrize(("data", "message"), SHAPES)
def test_the_message_in_an_error_body(data: Any, message: str | None) -> None:
    assert provider_message(data) == message
    title = "The server answered 400 Bad Request"
    assert explain_status(400, json.dumps(data), {})[0] == (f"{title}: {message}" if message else f"{title}.")


@pytest.mark.parametrize(
    "body", ['data: {"error":{"message":"No."}}\n\n', 'event: error\ndata:{"message":"No."}\r\n\r\ndata: [DONE]\r\n\r\n']
)
def test_an_error_that_comes_as_a_stream(body: str) -> None:
    assert explain_status(429, body, {})[0] == "The server answered 429 Too Many Requests: No."


COMPLETE: list[tuple[Any, str]] = [
    ({"choices": [{"message": {"content": "a"}}]}, '"stream": true'),
    ({"choices": [{"text": "a"}]}, '"stream": true'),
    ({"object": "response", "output": []}, '"stream": true'),
    ({"type": "message", "content": []}, '"stream": true'),
    ({"id": "x", "message": {"role": "assistant", "content": [{"text": "a"}]}, "finish_reason": "COMPLETE"}, '"stream": true'),
    ({"message": {"content": "a"}, "done": True}, '"stream": true'),
    ({"candidates": [{"content": {}}]}, ":streamGenerateContent"),
]


@pytest.mark.parametrize(("data", "hint"), COMPLETE)
def test_a_complete_answer(data: Any, hint: str) -> None:
    message, said = explain_body("application/json", json.dumps(data))
    assert message == "The server sent a complete answer, not a stream."
    assert hint in said


def test_json_of_another_kind_is_no_error() -> None:
    assert (
        explain_body("application/json", '{"title": "My page", "msg": "hi"}')[0] == "The server sent JSON (application/json), not a stream."
    )
    assert explain_body("application/json", '{"error": "No."}')[0] == "The server answered with an error: No."
