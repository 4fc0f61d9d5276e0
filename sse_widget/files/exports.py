"""What a recording can be kept as, as methods of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any


class Exports:
    """Mixed into `Recording`. Each method imports what it needs: who only watches a stream needs none of it."""

    def save(self: Any, path: Any) -> Path:
        """Write the recording into a file, as JSON lines (docs/recording-format.md), which `sse_widget.load` reads back.

        path: its name, by custom ``….ssejsonl``; one that ends in ``.gz`` is compressed. While the stream goes on, so does the file: it
        is complete when the run has ended, and a crash costs no more than its last tenth of a second. Secrets are masked.

        Returns the path. Raises RecordingError if it cannot be written.
        """
        from .save import save

        return save(self, path)

    def summary(self: Any) -> str:
        """Where the time went, a sentence a line: the wait, the thinking, the answer, the end, and what was found."""
        from .summary import summary

        return "\n".join(summary(self))

    def to_pandas(self: Any) -> Any:
        """A `pandas.DataFrame` with one row per event.

        Columns: index (int), frame (int: its number among all frames), time (float, s since the request was sent), gap (float, s since
        the event before; NaN for the first), type, label (its type, or the kind that its JSON names), id, size (int, bytes on the wire),
        chunk (int: the recording's entry that completed it), channel ("text", "reasoning", "tool", "refusal", "error", "usage", "step"
        or "meta"), delta (the text that it added), data. Raises UsageError without pandas.
        """
        from .table import to_pandas

        return to_pandas(self)

    def to_polars(self: Any) -> Any:
        """A `polars.DataFrame` with the columns of `to_pandas`; the first gap is null. Raises UsageError without polars."""
        from .table import to_polars

        return to_polars(self)

    def __arrow_c_stream__(self: Any, requested_schema: Any = None) -> Any:
        """The table of `to_pandas` by Arrow's C stream interface, so that DuckDB and others take a recording as it is. Raises UsageError
        without pyarrow or polars. https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html"""
        from .table import to_arrow

        return to_arrow(self).__arrow_c_stream__(requested_schema)

    def to_csv(self: Any, path: Any) -> Path:
        """Write the table of `to_pandas` as CSV. A cell that a spreadsheet would run as a formula gets an apostrophe in front.

        Returns the path. Raises RecordingError if it cannot be written.
        """
        from .table import to_csv

        return to_csv(self, path)

    def to_jsonl(self: Any, path: Any) -> Path:
        """Write the table of `to_pandas` as JSON lines, an event a line.

        Returns the path. Raises RecordingError if it cannot be written.
        """
        from .table import to_jsonl

        return to_jsonl(self, path)

    def to_har(self: Any, path: Any) -> Path:
        """Write a HAR 1.2 file with Chromium's ``_eventSourceMessages``, each event with its time, as browsers' tools show it.

        Returns the path. Raises RecordingError if it cannot be written.
        """
        from .export import to_har

        return to_har(self, path)

    def to_html(self: Any, path: Any) -> Path:
        """Write one HTML file that shows the recording as the widget does, plays and scrubs it, in any browser, without a network.

        The whole front end is in it, about 0.4 MB, beside the events. Returns the path. Raises RecordingError if it cannot be written.
        """
        from .page import to_html

        return to_html(self, path)

    def to_markdown(self: Any) -> str:
        """The merged output as Markdown: a line of what it took, the thinking as a quotation, tool calls as code, the answer."""
        from .export import to_markdown

        return to_markdown(self)
