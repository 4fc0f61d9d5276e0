"""A client of our own on a notebook's kernel: asks for values beside Lab, without touching the notebook or the page."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.session import Session

EXPRESSION = "__import__('json').dumps({})"


class KernelError(Exception):
    """The code raised in the kernel; the message says what."""


class Kernel:
    """Evaluates code in a running kernel, silently: no output, no history, no cell as far as IPython's hooks can tell.

    It speaks Jupyter's wire protocol on a plain socket, because jupyter_client's own client runs an event loop, as Playwright does here.
    """

    def __init__(self, connection_file: Path) -> None:
        about = json.loads(connection_file.read_text("utf-8"))
        self._session = Session(key=about["key"].encode(), signature_scheme=about["signature_scheme"])
        self._context = zmq.Context()
        self._shell = self._context.socket(zmq.DEALER)
        self._shell.linger = 0
        self._shell.connect(f"{about['transport']}://{about['ip']}:{about['shell_port']}")

    def evaluate(self, expression: str, timeout: float = 60) -> Any:
        """The value of an expression that JSON can say; while a cell runs, this waits for its end.

        timeout: seconds. Raises KernelError if the expression raises, TimeoutError.
        """
        return self._request("", expression, timeout)

    def execute(self, code: str, timeout: float = 60) -> None:
        """Run statements. timeout: seconds. Raises KernelError if they raise, TimeoutError."""
        self._request(code, "None", timeout)

    def close(self) -> None:
        """Close the connection; the kernel goes on."""
        self._shell.close()
        self._context.term()

    def _request(self, code: str, expression: str, timeout: float) -> Any:
        asked = {
            "code": code,
            "silent": True,
            "store_history": False,
            "user_expressions": {"value": EXPRESSION.format(expression)},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        request = self._session.send(self._shell, "execute_request", asked)
        assert request is not None
        while self._shell.poll(round(timeout * 1000)):
            _, reply = self._session.recv(self._shell, mode=0)
            # The reply to a request that timed out earlier may still be on its way.
            if reply is not None and reply["parent_header"]["msg_id"] == request["header"]["msg_id"]:
                return value_of(reply["content"])
        raise TimeoutError(f"The kernel did not answer within {timeout} s.")


def value_of(content: dict[str, Any]) -> Any:
    value = content.get("user_expressions", {}).get("value", content)
    if value["status"] != "ok":
        raise KernelError(f"{value.get('ename')}: {value.get('evalue')}")
    return json.loads(ast.literal_eval(value["data"]["text/plain"]))
