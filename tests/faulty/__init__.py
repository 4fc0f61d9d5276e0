"""A server that does everything to a stream that networks, proxies and servers do: one fault a path, as often as it is asked.

It writes raw bytes, since no HTTP library would. ``/reset?words=12&at=6&seed=3`` says twelve words in twelve events of OpenAI's chat
format, and resets the connection after the sixth; `said` knows the words. A connection is open until the client has closed it, and
`FaultyServer.idle` waits for that, so that a test sees a connection that was forgotten.

``python -m tests.faulty`` serves from a process of its own, prints its port and ends with its standard input.
"""

from __future__ import annotations

from . import answering, breaking
from .server import FaultyServer
from .talk import FAULTS, said

__all__ = ["FAULTS", "FaultyServer", "answering", "breaking", "said"]
