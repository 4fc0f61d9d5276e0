"""Build hook: the front end is built into the package before a wheel or an sdist is made."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLE = tuple(f"sse_widget/static/{name}" for name in ("widget.js", "widget.css", "charts.js", "code.js", "keep.js", "math.js", "rule.js"))
MISSING = "The front end is not built: install Node.js 20 or newer and build again, or run `make build`, which brings its own."


class FrontEnd(BuildHookInterface[Any]):
    """Builds the bundle where it is not up to date, and refuses to pack a package without one."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before the files are packed; an editable install is left alone, since `make` builds its bundle."""
        root = Path(self.root)
        bundle = [root / name for name in BUNDLE]
        if version == "editable" or up_to_date(root, bundle):
            return
        npm = shutil.which("npm")
        if not npm or not (root / "js/package.json").exists():
            self.app.abort(MISSING)
            return
        for arguments in ["ci"], ["run", "build"]:
            if subprocess.run([npm, *arguments], cwd=root / "js").returncode:
                self.app.abort(f"The front end could not be built: `npm {' '.join(arguments)}` failed in js/.")


def up_to_date(root: Path, bundle: list[Path]) -> bool:
    """Whether the bundle is there and no source is newer; in an unpacked sdist, where times say nothing, whether it is there."""
    if not all(file.exists() for file in bundle):
        return False
    built = min(file.stat().st_mtime for file in bundle)
    return (root / "PKG-INFO").exists() or all(file.stat().st_mtime <= built for file in (root / "js/src").rglob("*"))
