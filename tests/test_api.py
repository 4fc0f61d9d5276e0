"""The public names."""

from __future__ import annotations

import sse_widget as sw


def test_all_names_exist_and_are_sorted() -> None:
    assert sw.__all__ == sorted(sw.__all__)
    assert all(hasattr(sw, name) for name in sw.__all__)


def test_the_version_is_that_of_the_package() -> None:
    assert sw.__version__.count(".") == 2


def test_every_public_thing_says_what_it_is() -> None:
    assert [name for name in sw.__all__ if not getattr(sw, name).__doc__] == []
