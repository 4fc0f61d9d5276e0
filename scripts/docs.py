"""Hooks of `mkdocs.yml`: pages that stand elsewhere in the repository, and recordings that play in the page.

A line `{live: chat}` in a page becomes the bundled recording of that name, as the file that `recording.to_html` writes. A line
`{function: replay}` becomes what mkdocstrings makes of a function; it cannot see one that has the name of a module.
"""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # mkdocs runs hooks from wherever it is installed

ELSEWHERE = {"security.md": "SECURITY.md", "speed.md": "benchmarks/RESULTS.md"}
LIVE = re.compile(r"^\{live: ([\w-]+)\}$", re.MULTILINE)
FUNCTION = re.compile(r"^\{function: (\w+)\}$", re.MULTILINE)
_LINKS = {"](docs/": "](", "](SECURITY.md": "](security.md", "](benchmarks/RESULTS.md": "](speed.md"}


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that stand elsewhere, and one HTML file for each recording that a page plays."""
    from mkdocs.structure.files import File

    import sse_widget as sw

    for name, place in ELSEWHERE.items():
        files.append(File.generated(config, name, content=relinked((ROOT / place).read_text("utf-8"))))
    recordings = sw.demo.recordings()
    for name in sorted({name for page in Path(config.docs_dir).rglob("*.md") for name in LIVE.findall(page.read_text("utf-8"))}):
        if name not in recordings:
            raise SystemExit(f"There is no bundled recording {name!r}; there are {', '.join(recordings)}.")
        folder = Path(config.config_file_path).parent / ".docs_cache" / "live"
        folder.mkdir(parents=True, exist_ok=True)
        recordings[name].to_html(folder / f"{name}.html")
        files.append(File.generated(config, f"live/{name}.html", abs_src_path=str(folder / f"{name}.html")))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Put the frames in which recordings play; `loading=lazy`, since each is a front end of its own."""
    up = "../" * page.file.src_uri.count("/")
    markdown = FUNCTION.sub(lambda found: described(found[1]), markdown)
    return LIVE.sub(
        lambda found: (
            f'<iframe class="live" src="{up}live/{found[1]}.html" title="A stream that plays: {found[1]}" loading="lazy"></iframe>'
        ),
        markdown,
    )


def described(name: str) -> str:
    """A function of the package, as Markdown."""
    import sse_widget as sw

    function = getattr(sw, name)
    signature = inspect.signature(function)
    lines: list[str] = []
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and "*," not in lines:
            lines.append("*,")
        lines.append(re.sub(r": '([^']*)'", r": \1", str(parameter)) + ",")
    body = "".join(f"    {line}\n" for line in lines)
    return f"### {name}\n\n```python\n{name}(\n{body}) -> {signature.return_annotation}\n```\n\n{inspect.getdoc(function)}\n"


def relinked(text: str) -> str:
    """Links as they are from the site's root."""
    for old, new in _LINKS.items():
        text = text.replace(old, new)
    return text
