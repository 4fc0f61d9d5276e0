"""nginx and tinyproxy, as Debian has them, started on free ports with everything they write in a folder of their own."""

from __future__ import annotations

import contextlib
import getpass
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from ...support import PATIENCE, closed_port

NEEDED = ("nginx", "tinyproxy")
_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/sbin")
"""Where Debian has nginx, which is not on everybody's PATH."""


def program(name: str) -> str | None:
    """Its path, or None if it is not installed."""
    found = shutil.which(name)
    return found or next((path for folder in _FOLDERS if (path := shutil.which(name, path=folder))), None)


def missing() -> list[str]:
    """What is needed and not installed."""
    return [name for name in NEEDED if program(name) is None]


@contextlib.contextmanager
def started(command: list[str], port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server, as soon as it listens on ``port``. Raises RuntimeError with the end of its log if it does not come to that."""
    with log.open("ab") as written:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=written, stderr=written)
    try:
        deadline = time.monotonic() + PATIENCE
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} does not start: {log.read_text('utf-8', 'replace')[-2000:]}")
            time.sleep(0.02)  # it does not say when it is ready
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _listens(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


class Nginx:
    """A reverse proxy before ``upstream`` ("host:port"). Each way of proxying is a path; what follows it is passed on.

    plain, tls, expired, wrong, other: URLs of its servers: without TLS; with it, and HTTP/2; with certificates that are none; and without
    TLS again, which is another origin.
    """

    def __init__(self, folder: Path, upstream: str, certificates: dict[str, tuple[Path, Path]]) -> None:
        self.folder = folder
        self.ports = {name: closed_port() for name in ("plain", "tls", "expired", "wrong", "other")}
        self.plain, self.other = (f"http://127.0.0.1:{self.ports[name]}" for name in ("plain", "other"))
        self.tls, self.expired, self.wrong = (f"https://127.0.0.1:{self.ports[name]}" for name in ("tls", "expired", "wrong"))
        for name in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
            (folder / name).mkdir()
        self.config = folder / "nginx.conf"
        self.config.write_text(self._config(upstream, certificates), "utf-8")

    @contextlib.contextmanager
    def running(self) -> Iterator[Nginx]:
        command = [program("nginx") or "nginx", "-p", str(self.folder), "-c", str(self.config), "-e", str(self.folder / "error.log")]
        with started(command, self.ports["plain"], self.folder / "output.log") as process:
            self._process = process
            yield self

    def reload(self) -> int:
        """Have it read its configuration again, and its workers end once nobody needs them. How many it has told that so far."""
        before = self.retired
        self._process.send_signal(signal.SIGHUP)
        return before

    @property
    def retired(self) -> int:
        """Workers that have been told to end."""
        return (self.folder / "error.log").read_text("utf-8", "replace").count("gracefully shutting down")

    def _config(self, upstream: str, certificates: dict[str, tuple[Path, Path]]) -> str:
        to = f"proxy_pass http://{upstream}/;"
        nowhere = f"proxy_pass http://127.0.0.1:{closed_port()}/;"
        small = "proxy_buffering on; proxy_buffer_size 4k; proxy_buffers 2 4k; proxy_busy_buffers_size 4k;"
        ways = {
            "/on/": f"{to} proxy_buffering on; proxy_http_version 1.0;",  # as it is if nobody says anything
            "/small-buffers/": f"{to} {small} proxy_http_version 1.0;",
            "/on-chunked/": f"{to} proxy_buffering on;",
            "/off/": f"{to} proxy_buffering off;",
            "/impatient/": f"{to} proxy_buffering off; proxy_read_timeout 1s;",
            "/down/": nowhere,
            "/gzip/": f"{to} proxy_buffering off; gzip on; gzip_types *; gzip_min_length 0; gzip_proxied any;",
            "/gzip-on/": f"{to} proxy_buffering on; proxy_http_version 1.0; gzip on; gzip_types *; gzip_min_length 0; gzip_proxied any;",
            "/small/": f"{to} client_max_body_size 1k;",
            "/one/": f"{to} proxy_buffering off; limit_conn all 1; limit_conn_status 503; error_page 503 @busy;",
            "/basic/": f'{to} proxy_buffering off; auth_basic "matrix"; auth_basic_user_file {self.folder}/users;',
            **{f"~ ^/redirect/{code}/(?<rest>.*)$": f"return {code} /off/$rest;" for code in _REDIRECTS},
            **{f"~ ^/elsewhere/{code}/(?<rest>.*)$": f"return {code} {self.other}/off/$rest;" for code in _REDIRECTS},
            "~ ^/to-tls/(?<rest>.*)$": f"return 308 {self.tls}/off/$rest;",
        }
        (self.folder / "users").write_text("reader:{PLAIN}pass-of-the-reader\n", "utf-8")
        locations = "\n".join(f"    location {path} {{ {what} }}" for path, what in ways.items())
        locations += '\n    location @busy { add_header Retry-After 1 always; return 503 "busy\\n"; }'
        servers = [f"  server {{ listen 127.0.0.1:{self.ports[name]};\n{locations}\n  }}" for name in ("plain", "other")]
        for name in ("tls", "expired", "wrong"):
            certificate, key = certificates[name]
            servers.append(
                f"  server {{ listen 127.0.0.1:{self.ports[name]} ssl http2; ssl_certificate {certificate}; ssl_certificate_key {key};\n"
                f"{locations}\n  }}"
            )
        temp = "\n".join(
            f"  {name}_temp_path {self.folder}/{'body' if name == 'client_body' else name};"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        return (
            f"daemon off;\nworker_processes 1;\nuser {getpass.getuser()};\npid {self.folder}/nginx.pid;\n"
            f"error_log {self.folder}/error.log info;\nevents {{ worker_connections 256; }}\nhttp {{\n"
            f"  access_log {self.folder}/access.log;\n{temp}\n  limit_conn_zone $binary_remote_addr zone=all:1m;\n"
            "  proxy_http_version 1.1;\n  proxy_read_timeout 600s;\n  proxy_set_header Host $http_host;\n" + "\n".join(servers) + "\n}\n"
        )


_REDIRECTS = (301, 302, 303, 307, 308)


class Tinyproxy:
    """A forward proxy. url: its address, with what it wants to be told if it wants that; bare: without."""

    def __init__(self, folder: Path, *, auth: str = "") -> None:
        self.port = closed_port()
        self.bare = f"http://127.0.0.1:{self.port}"
        self.url = f"http://{auth}@127.0.0.1:{self.port}" if auth else self.bare
        self.log = folder / f"tinyproxy-{self.port}.log"
        self.log.touch()
        self.config = folder / f"tinyproxy-{self.port}.conf"
        lines = [f"Port {self.port}", "Listen 127.0.0.1", "Timeout 600", "Allow 127.0.0.1", "MaxClients 50", "LogLevel Connect"]
        lines += [f"BasicAuth {auth.replace(':', ' ')}"] if auth else []
        self.config.write_text("\n".join([*lines, ""]), "utf-8")

    @contextlib.contextmanager
    def running(self) -> Iterator[Tinyproxy]:
        with started([program("tinyproxy") or "tinyproxy", "-d", "-c", str(self.config)], self.port, self.log):
            yield self

    def asked(self) -> list[str]:
        """The requests it has had, from its log: "GET http://… HTTP/1.1", "CONNECT …"."""
        lines = self.log.read_text("utf-8", "replace").splitlines()
        return [line.rpartition("): ")[2] for line in lines if "Request (file descriptor" in line]
