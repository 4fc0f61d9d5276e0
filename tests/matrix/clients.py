"""Stop frees a thread that is blocked in somebody else's client, and the server sees the connection close: boto3, requests, urllib3 …"""

from __future__ import annotations

import argparse
import binascii
import json
import struct
import subprocess
import threading
import time
from pathlib import Path

from ..support import Connection, RawServer
from .table import Table
from .venvs import ROOT, environment

PINS = ("boto3==1.44.5", "botocore==1.44.5", "python-dateutil==2.9.0.post0", "requests==2.34.2")
PATIENCE = 60.0

CLIENTS = {
    "boto3, converse_stream": """
import boto3
client = boto3.client("bedrock-runtime", region_name="us-east-1", endpoint_url=url, aws_access_key_id="x", aws_secret_access_key="y")
source = client.converse_stream(modelId="m", messages=[{"role": "user", "content": [{"text": "hi"}]}])["stream"]
""",
    "requests, iter_lines": """
import requests
source = requests.get(url, stream=True).iter_lines(chunk_size=1, decode_unicode=True)
""",
    "requests, in a generator": """
import requests
def read():
    with requests.get(url, stream=True) as response:
        for line in response.iter_lines(chunk_size=1):
            yield line.decode()
source = read()
""",
    "urllib3": """
import urllib3
def read():
    for chunk in urllib3.request("GET", url, preload_content=False).stream(16):
        yield chunk.decode()
source = read()
""",
    "urllib.request": """
import urllib.request
source = (line.decode() for line in urllib.request.urlopen(url))
""",
    "http.client": """
import http.client, urllib.parse
connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc)
connection.request("GET", "/")
source = (line.decode() for line in connection.getresponse())
""",
    "httpx, in a generator": """
import httpx
def read():
    with httpx.stream("GET", url, timeout=None) as response:
        yield from response.iter_lines()
source = read()
""",
    "httpx, before the first byte": """
import httpx
def read():
    with httpx.stream("GET", url + "/silent", timeout=None) as response:
        yield from response.iter_lines()
source = read()
""",
    "requests, before the first byte": """
import requests
def read():
    yield from requests.get(url + "/silent", stream=True).iter_lines()
source = read()
""",
}

PROGRAM = """
import sys
url = sys.argv[1]
import sse_widget as sw
{client}
run = sw.stream(source)
if "silent" not in {client!r}:
    next(iter(run))
print("reading", flush=True)
sys.stdin.readline()
run.stop()
print("stopped", flush=True)
run._reader.join(60)
print(run.status, run._reader.is_alive(), flush=True)
"""


def part(options: argparse.Namespace) -> Table:
    """ms until the server sees the close, the thread having been blocked in a read of a stream that says nothing more."""
    column = "ms"
    table = Table("Stop and other clients: ms until the server sees the close", ["client", column])
    python = environment("clients", *PINS)
    for name, client in CLIENTS.items():
        if options.only not in name:
            continue
        try:
            text = f"{_try(python, client):.0f}"
            table.put(name, column, text)
        except (AssertionError, TimeoutError, OSError) as error:
            table.fail(name, column, text := str(error))
        print(f"   {name}: {text}", flush=True)
    return table


def _try(python: Path, client: str) -> float:
    asked, closed = threading.Event(), threading.Event()
    when = [0.0]

    def serve(connection: Connection) -> None:
        path = connection.head.split(" ")[1]
        if "silent" not in path:
            aws = "converse" in path
            connection.start(content_type="application/vnd.amazon.eventstream" if aws else "text/plain")
            connection.chunk(_aws_event() if aws else b"a first line of text\n")
        asked.set()
        assert connection.closed_by_client(PATIENCE)
        when[0] = time.monotonic()
        closed.set()

    with RawServer() as raw:
        command = [str(python), "-c", PROGRAM.format(client=client), raw.serve(serve)]
        environ = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                assert process.stdout.readline() == "reading\n", "it did not begin, see above"
                assert asked.wait(PATIENCE)
                at = time.monotonic()
                process.stdin.write("\n")
                process.stdin.flush()
                assert closed.wait(PATIENCE), "the server did not see the connection close"
                said = process.stdout.read()
                assert said == "stopped\nstopped False\n", f"the thread was not freed: {said!r}"
            finally:
                process.kill()
    return (when[0] - at) * 1000


def _aws_event() -> bytes:
    """One event of ``application/vnd.amazon.eventstream``, with a piece of text."""
    headers = {":event-type": "contentBlockDelta", ":content-type": "application/json", ":message-type": "event"}
    packed = b"".join(
        bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode() for name, value in headers.items()
    )
    payload = json.dumps({"delta": {"text": "Hi"}, "contentBlockIndex": 0}).encode()
    prelude = struct.pack(">II", 16 + len(packed) + len(payload), len(packed))
    body = prelude + struct.pack(">I", binascii.crc32(prelude)) + packed + payload
    return body + struct.pack(">I", binascii.crc32(body))
