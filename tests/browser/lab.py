"""A real JupyterLab for the browser tests: one server, with nothing of the user's own settings and no question asked of anyone."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

# What a person would have answered or switched off long ago: no news, no toasts, no saving behind a test's back.
SETTINGS: dict[str, dict[str, object]] = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True},
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
}
OPTIONS = [
    "--no-browser",
    "--allow-root",
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port_retries=0",
    "--IdentityProvider.token=",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
    "--LabApp.expose_app_in_browser=True",  # window.jupyterapp, by which notebook.py runs Lab's own commands
]
CHROMIUM_FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Lab:
    """A running JupyterLab server.

    url: its address, without a slash at the end. root: the folder it serves. runtime: where kernels leave their connection files.
    log: the file that holds what the server printed.
    """

    def __init__(self, home: Path) -> None:
        """home: an empty folder for the notebooks, the settings and the log."""
        self.root = home / "notebooks"
        self.runtime = home / "runtime"
        self.log = home / "lab.log"
        self.root.mkdir()
        write_settings(home / "settings")
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        folders = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime", "IPYTHONDIR": "ipython"}
        lab_folders = {"JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces"}
        environment = os.environ | {name: str(home / folder) for name, folder in (folders | lab_folders).items()}
        command = [sys.executable, "-m", "jupyterlab", *OPTIONS, f"--ServerApp.port={port}", f"--ServerApp.root_dir={self.root}"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=home, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def wait(self, timeout: float = 240) -> None:
        """Return when the server answers. timeout: seconds. Raises RuntimeError with its log if it ended or did not answer in time."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if httpx.get(f"{self.url}/api/status", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)  # nobody listens yet, and there is nothing to await that would say so
        raise RuntimeError(f"JupyterLab does not answer:\n{self.log.read_text(errors='replace')}")

    def stop(self) -> None:
        """End the server and its kernels."""
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def write_settings(folder: Path) -> None:
    for plugin, settings in SETTINGS.items():
        file = folder / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings), "utf-8")


def free_port() -> int:
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        port: int = it.getsockname()[1]
        return port


def browser_path() -> str:
    """The Chromium to test in: the one that `make test` found or installed, else one on the PATH.

    Raises RuntimeError where there is none: the browser tests are never skipped.
    """
    found = Path(sys.prefix) / "browser"
    if found.exists():
        return found.read_text("utf-8")
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        raise RuntimeError("There is no browser to test in: `make test` finds or installs one.")
    return path


def browser_flags() -> list[str]:
    """Chromium refuses to run as root, as it does in containers, unless its sandbox is off."""
    return [*CHROMIUM_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
