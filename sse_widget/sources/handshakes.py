"""Why a TLS handshake failed, in words, and what to do. OpenSSL's own words are for those who know it."""

from __future__ import annotations

import re
from typing import Final

_UNKNOWN: Final = (
    "If it is signed by a private authority, name that one's file: in the environment (SSL_CERT_FILE=ca.pem), or by a client of your own, "
    'client=httpx.AsyncClient(verify=ssl.create_default_context(cafile="ca.pem")).'
)
_PLAIN: Final = "Check https:// against http://: this port seems to be without TLS."
_HINTS: Final = (
    # What OpenSSL says (3.0 to 3.5), in part, in lower case; what to do.
    ("expired", "It must be renewed at the server. If it was, look at this machine's clock."),
    ("not yet valid", "Look at this machine's clock, and at the server's certificate."),
    ("not valid for", "Use the host name that the certificate is for. If it is the right one, something else answers there."),
    ("unable to get", _UNKNOWN),
    ("self-signed", _UNKNOWN),
    ("self signed", _UNKNOWN),
    ("wrong version number", _PLAIN),
    ("record layer failure", _PLAIN),
    ("packet length too long", _PLAIN),
    ("certificate required", "The server wants a certificate of yours: client=httpx.AsyncClient(verify=…), with load_cert_chain."),
    ("handshake failure", "The two have no version or cipher in common, or the server wants a certificate of yours."),
    ("protocol version", "The two have no version of TLS in common: the server's may be too old, or yours."),
)
_USUAL: Final = "Check https:// against http://, and the certificate."
_CODE: Final = re.compile(r"^\[[^\]]*\] ?")
_PLACE: Final = re.compile(r" ?\(_ssl\.c:\d+\)")


def is_tls(said: str) -> bool:
    """Whether a failure to connect is one of TLS. said: what the HTTP library has to say."""
    lowered = said.lower()
    return "certificate" in lowered or "ssl" in lowered or "tls" in lowered


def explain_tls(said: str) -> tuple[str, str]:
    """The end of a sentence, "The secure connection failed: …", and what to do."""
    lowered = said.lower()
    hint = next((ours for theirs, ours in _HINTS if theirs in lowered), _USUAL)
    return _PLACE.sub("", _CODE.sub("", said)).strip(), hint
