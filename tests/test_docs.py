"""The documentation builds strictly, plays its recordings, and asks nothing of anybody."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder)]
    # What MkDocs and its theme say about their own future is no fault of a page.
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"})
    assert made.returncode == 0, made.stdout + made.stderr
    return folder


def pages(site: Path) -> dict[str, str]:
    found = {str(path.relative_to(site)): path.read_text("utf-8") for path in site.rglob("*.html") if path.parent.name != "live"}
    assert len(found) > 20
    return found


def test_every_recording_that_a_page_plays_is_there(site: Path) -> None:
    frames = [(name, src) for name, text in pages(site).items() for src in re.findall(r'<iframe[^>]* src="([^"]+)"', text)]
    assert len(frames) > 5
    missing = [(name, src) for name, src in frames if not (site / name).parent.joinpath(src).resolve().is_file()]
    assert missing == []


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    loads = (
        r'<(?:script|img|iframe|source)\b[^>]*\bsrc(?:set)?="(?:https?:|//)'
        r'|<link\b(?=[^>]*rel="(?:stylesheet|preconnect|icon)")[^>]*href="(?:https?:|//)'
    )
    assert [name for name, text in pages(site).items() if re.search(loads, text)] == []


def test_every_public_name_is_in_the_reference(site: Path) -> None:
    import sse_widget as sw

    text = "".join(path.read_text("utf-8") for path in (site / "reference").glob("*.html"))
    names = [name for name in sw.__all__ if not name.startswith("_")]
    assert len(names) > 20
    assert [name for name in names if not re.search(rf'<h\d id="(?:[\w.]+\.)?{name}"', text)] == []
