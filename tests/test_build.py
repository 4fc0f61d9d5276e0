"""The build hook: what is packed, and what is said where there is nothing to pack."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BUNDLE = [f"sse_widget/static/{name}" for name in ("charts.js", "code.js", "keep.js", "math.js", "rule.js", "widget.css", "widget.js")]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project's Python half in a folder of its own, with no front end in it, neither source nor bundle."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "sse_widget", folder / "sse_widget", ignore=shutil.ignore_patterns("static", "__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "hatch_build.py", ".gitignore"):
        shutil.copy(ROOT / name, folder)
    return folder


def add_bundle(project: Path) -> None:
    for name in BUNDLE:
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(f"/* {name} */")


def build(project: Path, target: str) -> subprocess.CompletedProcess[str]:
    """Build where no Node.js is to be found."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target]
    return subprocess.run(command, cwd=project, env={**os.environ, "PATH": str(project)}, capture_output=True, text=True, check=False)


def test_the_wheel_of_an_unpacked_sdist_carries_the_bundle(project: Path, tmp_path: Path) -> None:
    add_bundle(project)
    assert build(project, "sdist").returncode == 0
    (sdist,) = (project / "dist").glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    unpacked = tmp_path / sdist.name.removesuffix(".tar.gz")
    # A build from an sdist must not look at times: an unpacker may set them to anything.
    (unpacked / "js/src").mkdir(parents=True)
    (unpacked / "js/src/newer.ts").touch()

    made = build(unpacked, "wheel")
    assert made.returncode == 0, made.stderr
    (wheel,) = (unpacked / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert sorted(name for name in names if name.startswith("sse_widget/static/")) == BUNDLE
    assert "sse_widget/py.typed" in names


@pytest.mark.parametrize("target", ["wheel", "sdist"])
def test_without_bundle_and_node_a_sentence_says_what_to_do(project: Path, target: str) -> None:
    made = build(project, target)
    said = made.stdout + made.stderr
    assert made.returncode != 0
    assert "The front end is not built: install Node.js 20 or newer" in said
    assert "Traceback" not in said


def test_a_bundle_older_than_its_source_is_not_packed(project: Path) -> None:
    add_bundle(project)
    for name in BUNDLE:
        os.utime(project / name, (0, 0))
    (project / "js/src").mkdir(parents=True)
    (project / "js/src/store.ts").touch()
    made = build(project, "wheel")
    assert made.returncode != 0
    assert "The front end is not built" in made.stdout + made.stderr
