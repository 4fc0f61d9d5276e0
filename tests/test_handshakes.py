"""`sources/handshakes.py` and the certificates of `sources/warming.py`. Real handshakes that fail are in `make matrix ARGS=http`."""

from __future__ import annotations

import ssl
from pathlib import Path

import certifi
import pytest

import sse_widget as sw
from sse_widget.sources.handshakes import explain_tls, is_tls
from sse_widget.sources.warming import tls

from .support import closed_port


@pytest.mark.parametrize(
    ("said", "why", "hint"),
    [
        (
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate (_ssl.c:1006)",
            "certificate verify failed: unable to get local issuer certificate",
            "SSL_CERT_FILE",
        ),
        (
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1006)",
            "certificate verify failed: self-signed certificate",
            "SSL_CERT_FILE",
        ),
        (
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1006)",
            "certificate verify failed: certificate has expired",
            "clock",
        ),
        (
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch, certificate is not valid for 'a'. (_ssl.c:1)",
            "certificate verify failed: Hostname mismatch, certificate is not valid for 'a'.",
            "host name",
        ),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)", "wrong version number", "http://"),
        ("[SSL] record layer failure (_ssl.c:1006)", "record layer failure", "http://"),
        ("[SSL: SSLV3_ALERT_HANDSHAKE_FAILURE] sslv3 alert handshake failure (_ssl.c:1006)", "sslv3 alert handshake failure", "cipher"),
        ("EOF occurred in violation of protocol (_ssl.c:1006)", "EOF occurred in violation of protocol", "https:// against http://"),
    ],
)
def test_what_openssl_says(said: str, why: str, hint: str) -> None:
    assert is_tls(said)
    told, advice = explain_tls(said)
    assert told == why
    assert hint in advice


def test_what_is_no_matter_of_tls() -> None:
    assert not is_tls("All connection attempts failed")


def test_certificates_of_the_environment_are_heard_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A person sets them in a cell, after a first stream that failed for the lack of them."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    usual = tls()
    assert tls() is usual
    first = Path(certifi.where()).read_text("utf-8").partition("-----END CERTIFICATE-----\n")
    named = tmp_path / "ca.pem"
    named.write_text("".join(first[:2]), "utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(named))
    assert tls() is not usual
    assert len(tls().get_ca_certs()) == 1 < len(usual.get_ca_certs())


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_cannot_be_read_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content, "utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises((OSError, ssl.SSLError)):
        ssl.create_default_context(cafile=str(path))
    with pytest.raises(sw.ConnectError, match="SSL_CERT_FILE") as caught:
        sw.stream(f"https://127.0.0.1:{closed_port()}/", reconnect="off").wait(60)
    assert str(path) in caught.value.message
