"""What a session takes in beside streams, and what it can be kept as, as methods of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..run import Run
    from .totals import Totals


class Keeping:
    """Mixed into `Session`. Each method imports what it needs: who only watches streams needs none of it."""

    def add(self: Any, recording: Any, *, at: Any = 0.0, name: str | None = None) -> Run:
        """Put a finished recording beside the runs, as a lane of its own.

        recording: a `Recording`, a run, or the path of a file that `load` reads. at: where its time 0 stands, in seconds on the session's
        clock, or "recorded": by the wall clock, the first one that is added so standing at 0. name: shown on the page; its own by default.

        Returns the `Run`, which has ended before it has begun. Raises UsageError for a recording that is still being written, and
        RecordingError for a file that cannot be read.
        """
        from .adding import add

        return add(self, recording, at=at, name=name)

    def replay(self: Any, recording: Any, speed: float = 1.0, **options: Any) -> Run:
        """Play a recording again as a lane, from now on; the arguments are those of `sse_widget.replay`."""
        from .. import replay

        return replay(recording, speed, session=self, **options)

    def metrics(self: Any) -> Totals:
        """What all runs come to together so far; definitions in `sse_widget.sessions.totals`. Of one run: `Run.metrics`."""
        from .totals import totals

        with self.lock:
            return totals(self.runs)

    def save(self: Any, path: Any) -> Path:
        """Write the session into one file, as JSON lines (docs/recording-format.md), which `sse_widget.load` reads back as a session.

        path: its name, by custom ``….ssejsonl``; one that ends in ``.gz`` is compressed. While runs go on, so does the file, also with runs
        that are started later: it is complete when all have ended, and a crash costs no more than its last tenth of a second. Secrets are
        masked.

        Returns the path. Raises RecordingError if it cannot be written.
        """
        from .file import save

        return save(self, path)

    def to_pandas(self: Any) -> Any:
        """A `pandas.DataFrame` with one row per run.

        Columns: run, name, tag, role, model, dialect, status, error; start (float, s on the session's clock); first_byte, first_token,
        first_answer, last_token, end, thinking (float, s since the run's request); events, bytes, tokens (int) and tokens_source
        ("usage": as the provider counts, or "chunks": events with content); tokens_per_s (float); gap_p50, gap_p95, gap_p99, gap_max
        (float, s); reconnects (int); finish_reason; tool_calls (int); reasoning, text; then what ``session.columns`` adds. Numbers that
        are not known are NaN. Raises UsageError without pandas.
        """
        from .table import to_pandas

        return to_pandas(self)

    def to_polars(self: Any) -> Any:
        """A `polars.DataFrame` with the columns of `to_pandas`; what is not known is null. Raises UsageError without polars."""
        from .table import to_polars

        return to_polars(self)

    def to_html(self: Any, path: Any) -> Path:
        """Write one HTML file that shows the session as the widget does, with all that has come so far, in any browser, without a network.

        Returns the path. Raises RecordingError if it cannot be written.
        """
        from ..files.page import to_html

        return to_html(self, path)
