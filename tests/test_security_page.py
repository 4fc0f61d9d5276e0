"""`SECURITY.md` names tests; they exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_every_test_that_it_names_is_there() -> None:
    page = (ROOT / "SECURITY.md").read_text("utf-8")
    defined = {name for path in ROOT.glob("tests/**/*.py") for name in re.findall(r"def (test_\w+)", path.read_text("utf-8"))}
    files = re.findall(r"`(tests/[\w*/.]+)`", page)
    tests = re.findall(r"`(test_\w+)`", page)
    assert len(files) > 5
    assert [name for name in files if not list(ROOT.glob(name))] == []
    assert [name for name in tests if name not in defined] == []
