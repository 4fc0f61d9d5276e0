"""`doctor.py`: it tells what it finds, anywhere, and no secret."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

import sse_widget as sw
from sse_widget.doctor import PACKAGES
from sse_widget.view import hearing, kernel


def test_it_prints_what_matters() -> None:
    told = repr(sw.doctor())
    for heading in ("Versions", "Clock", "Kernel", "The server's limits", "Our overhead"):
        assert re.search(rf"^{heading}$", told, re.MULTILINE)
    for name in PACKAGES:
        assert re.search(rf"^  {name} +\S", told, re.MULTILINE)
    assert re.search(r"per event +[0-9.]+ µs of CPU", told)
    assert "Python, no kernel" in told
    assert max(map(len, told.splitlines())) < 140


def test_values_of_the_environment_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "shell", lambda: SimpleNamespace(kernel=SimpleNamespace(shell_stream=None)))
    monkeypatch.setenv("HTTPS_PROXY", "http://user:canary@proxy")
    told = repr(sw.doctor())
    assert "HTTPS_PROXY" in told
    assert "canary" not in told


def test_how_stop_goes_is_told_in_a_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "shell", lambda: SimpleNamespace(kernel=SimpleNamespace(shell_stream=None)))
    ear = hearing.Ear()
    monkeypatch.setattr(hearing, "ear", ear)
    ear.count(hearing.LOOP)
    facts = sw.doctor().facts["Kernel"]
    assert facts["Stop on the page"].startswith("in its turn")
    assert facts["Stops so far"] == "1 by the kernel's loop"
    assert facts["subshells"].startswith("it has none")


def test_limits_are_looked_up_where_the_server_has_them_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    limits = sw.doctor().facts["The server's limits"]
    assert limits["messages"] == "1,000/s over 3 s (the default)"
    section = {"ZMQChannelsWebsocketConnection": {"iopub_msg_rate_limit": 5000, "rate_limit_window": 1.0}, "token": "canary"}
    (tmp_path / "jupyter_server_config.json").write_text(json.dumps(section), "utf-8")
    (tmp_path / "jupyter_server_config.py").write_text("c.token = 'canary'", "utf-8")
    limits = sw.doctor().facts["The server's limits"]
    assert limits["messages"] == "5,000/s over 1 s (jupyter_server_config.json)"
    assert "jupyter_server_config.py" in limits["not read"]
    assert "canary" not in str(limits)


def test_what_is_no_json_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path))
    (tmp_path / "jupyter_server_config.json").write_text("[", "utf-8")
    assert "default" in sw.doctor().facts["The server's limits"]["messages"]
