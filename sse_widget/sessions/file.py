"""A session as JSON lines: those of its recordings, each with the ``lane`` that it belongs to, after a line about the session.

    {"format": "ssesession", "version": 1, "software": …, "date": …, "started": …, "session": "5f1c2a90", "name": "Pizza"}
    {"format": "ssejsonl", "version": 1, …, "run": "b7d40e11", "lane": "b7d40e11", "start": 0.01, "rule": {…}}
    {"t": 0.34, "chunk": "data: {…}\n\n", "lane": "b7d40e11"}
    {"board": {…}}
    {"over": {"runs": 2}}

The lines of several runs stand in between each other, as they were written: a file that was torn off has all that came of every run.
docs/recording-format.md has every member.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ..errors import RecordingError
from ..files import lines
from ..files.lines import BadLine
from ..files.load import LONGEST, Reader, numbered
from ..files.save import Growing, Written, begun
from ..rereading import AS_DETECTED

if TYPE_CHECKING:
    from ..recording import Recording
    from ..run import Run
    from ..session import Session

FORMAT, VERSION = "ssesession", 1
LARGEST = 16 * 2**20
"""Bytes of one run of a loaded session that stay in memory; the rest goes where that of a live stream would go."""


# --- writing -------------------------------------------------------------------------------------------------------------
def save(session: Session, path: Any) -> Path:
    """See `Session.save`."""
    file = begun(path, "session", lambda target: SessionFile(session, target))
    if not file.closed:
        session.files.append(file)
        session.wake()
    return file.path


class SessionFile(Growing):
    """An open file, and how much of each run it has."""

    what = "session"

    def __init__(self, session: Session, path: Path) -> None:
        super().__init__(path, whole=session.is_over)
        self._session = session
        self._written: dict[str, Written] = {}
        self._board = ""
        self._out.line(
            {
                "format": FORMAT,
                "version": VERSION,
                "software": lines.software(),
                "date": datetime.fromtimestamp(session.started, timezone.utc).isoformat(timespec="milliseconds"),
                "started": session.started,
                "session": session.id,
                "name": covered(session, session.name),
            }
        )

    def write(self, most: int) -> bool:
        """Write up to ``most`` entries of each run, and the end if all is there. True if more are waiting. Raises OSError."""
        over = self._session.is_sealed  # asked first: after it nothing is appended
        more = False
        for run in list(self._session.runs):
            if run.is_derived:
                continue
            if run.id not in self._written:
                self._written[run.id] = Written(run.recording, lambda line, id=run.id: self._out.line({**line, "lane": id}), **about(run))  # type: ignore[misc]
            more = self._written[run.id].write(most) or more
        if more:
            return True
        self._put_board()
        if over and all(written.whole for written in self._written.values()):
            self._out.line({"over": {"runs": len(self._written)}})
            self._out.close()
        else:
            self._out.flush()
        return False

    def _put_board(self) -> None:
        """What the board keeps, whenever that has changed; the last such line counts."""
        to_file = getattr(self._session.board, "to_file", None)
        if to_file is None:
            return
        kept = to_file()
        if not kept:
            return
        line = {"board": covered(self._session, kept)}
        text = json.dumps(line, default=str, sort_keys=True)
        if text != self._board:
            self._board = text
            self._out.line(line)

    def recordings(self) -> list[Recording]:
        """As `Growing.recordings`."""
        return [run.recording for run in self._session.runs]

    def pump(self, now: float) -> float | None:
        """As `Growing.pump`; one that is closed leaves the session."""
        if self.closed and self in self._session.files:
            self._session.files.remove(self)
        return super().pump(now)


def about(run: Run) -> dict[str, Any]:
    """What the file tells of a run beside its recording. A function (`parse`) cannot be kept."""
    rule = {name: value for name, value in run.rule.items() if name != "parse" and value != AS_DETECTED[name]}
    told = {"start": round(run.start, 6), "role": run.role, "tag": run.tag, "parent": run.parent, "rule": rule}
    return {name: value for name, value in told.items() if value or name == "start"}


def covered(session: Session, value: Any) -> Any:
    """JSON data without any secret that a run of the session knows of."""
    for redactor in {id(run.source.redactor): run.source.redactor for run in list(session.runs)}.values():
        value = redactor.covered(value)
    return value


# --- reading -------------------------------------------------------------------------------------------------------------
def read(name: str, file: IO[bytes], entry: int | None) -> Session | Recording:
    """The session of a file, or with ``entry`` the recording of that run. Raises RecordingError, with what could be read."""
    reader = SessionReader(name)
    reader.read(file)
    if entry is None:
        return reader.session()
    recordings = reader.recordings()
    if not 0 <= entry < len(recordings):
        raise RecordingError(f"{name} has no run {entry}: it holds {len(recordings)}, counted from 0.")
    return recordings[entry]


class SessionReader:
    """Reads one session's file."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._head: dict[str, Any] = {}
        self._readers: dict[str, Reader] = {}
        self._about: dict[str, dict[str, Any]] = {}
        self._board: Any = None
        self._over = False
        self._line = 0

    def read(self, file: IO[bytes]) -> None:
        """Take in all lines. Raises RecordingError for one that cannot be understood; one that was torn off is the end."""
        torn = False
        for self._line, text in numbered(file):
            if not text.strip():
                continue
            try:
                if len(text) > LONGEST:
                    raise BadLine(f"is longer than {LONGEST // 2**20} MiB")
                try:
                    line = lines.parse(text)
                except BadLine:
                    if text.endswith(b"\n"):
                        raise
                    torn = True  # a crash tears the last line; nobody has lost more by it than it held
                    break
                self._take(line)
            except BadLine as error:
                raise self._bad(str(error)) from None
        for reader in self._readers.values():
            reader.close("" if reader.ended else f"the file {'ends in the middle of a line' if torn else 'has no end'}")

    def _take(self, line: dict[str, Any]) -> None:
        if not self._head:
            self._begin(line)
        elif self._over:
            raise BadLine("comes after the end")
        elif "over" in line:
            told = line["over"]
            if isinstance(told, dict) and isinstance(told.get("runs"), int) and told["runs"] != len(self._readers):
                raise BadLine(f"tells of {told['runs']:,} runs, but there were {len(self._readers):,}: lines are missing")
            self._over = True
        elif "board" in line and "lane" not in line:
            if not isinstance(line["board"], dict):
                raise BadLine("has a board that is none")
            self._board = line["board"]
        else:
            self._lane(line)

    def _begin(self, line: dict[str, Any]) -> None:
        version = line.get("version")
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise BadLine("has no version")
        if version > VERSION:
            raise BadLine(f"is a session of version {version}; this sse_widget reads up to version {VERSION}. A newer one can read it")
        lines.number(line, "started")
        for name in ("session", "name"):
            if not isinstance(line.get(name, ""), str):
                raise BadLine(f"has a {name} that is no text")
        self._head = line

    def _lane(self, line: dict[str, Any]) -> None:
        id = line.pop("lane", None)
        if not isinstance(id, str) or not id:
            raise BadLine("belongs to no lane")
        reader = self._readers.get(id)
        if reader is None:
            if line.get("format") != lines.FORMAT:
                raise BadLine("belongs to a lane that has not begun")
            lines.number(line, "start")
            for name in ("role", "tag", "parent"):
                if not isinstance(line.get(name, ""), str):
                    raise BadLine(f"has a {name} that is no text")
            reader = self._readers[id] = Reader(self._name, LARGEST)
            self._about[id] = line
        reader.take(line)

    def recordings(self) -> list[Recording]:
        """Those of the runs, in order."""
        return [reader.recording for reader in self._readers.values()]

    def session(self) -> Session:
        """The session, with every run that has come so far."""
        from ..compare.keeping import session_of
        from .adding import add

        session = session_of(self._board, self._head.get("name") or None)
        session.id = self._head.get("session") or session.id
        session.started = float(self._head.get("started", session.started))
        session.kept = self._board
        end = 0.0
        for id, reader in self._readers.items():
            told, recording = self._about[id], reader.recording
            run = add(session, recording, at=float(told["start"]), rule=told.get("rule"), id=id)
            run.role, run.tag, run.parent = (told.get(name, "") for name in ("role", "tag", "parent"))
            end = max(end, float(told["start"]) + reader.last)
        # What is started in it from now on comes after what was.
        shift = max(0.0, end - session.now())
        with session.lock:  # a stream that is split may be opening its lanes
            session.t0 -= shift
            for run in session.runs:
                run.recording.place(run.recording.t0 - shift)
        session.restore(self._board)
        return session

    def _bad(self, why: str) -> RecordingError:
        for reader in self._readers.values():
            reader.close("" if reader.ended else f"line {self._line} {why}")
        found = self.session() if self._readers else None
        count = len(self._readers)
        kept = f"error.recording is a session with what came before it, of {count} run{'' if count == 1 else 's'}." if count else ""
        return RecordingError(f"{self._name}, line {self._line}: it {why}.", hint=kept, line=self._line, recording=found)
