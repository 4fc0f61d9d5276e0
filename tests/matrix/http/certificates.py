"""A certificate authority of our own, and what it signs: a good certificate, one that has expired, one for another host."""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_USES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
DAY = datetime.timedelta(days=1)


class Authority:
    """Writes its own certificate to ``folder``/ca.pem, and what it signs beside it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._now = datetime.datetime.now(datetime.timezone.utc)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("Matrix CA")
        key = self._key.public_key()
        signs = {"key_cert_sign": True, "crl_sign": True}
        usage = x509.KeyUsage(**{**dict.fromkeys(_USES, False), **signs})
        built = (
            self._builder(self._name, key, self._now + 10 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )
        self.path = self._write("ca", built.sign(self._key, hashes.SHA256()))

    def sign(self, name: str, *, hosts: tuple[str, ...] = ("localhost",), address: str = "127.0.0.1", until: int = 5) -> tuple[Path, Path]:
        """A certificate and its key, as files. until: days from now; negative: it has expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = [x509.DNSName(host) for host in hosts]
        if address:
            names.append(x509.IPAddress(ipaddress.ip_address(address)))
        ours = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        built = (
            self._builder(_name(hosts[0]), key.public_key(), self._now + until * DAY)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ours), critical=False)
        )
        private = self._folder / f"{name}.key"
        private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return self._write(name, built.sign(self._key, hashes.SHA256())), private

    def _builder(self, name: x509.Name, key: ec.EllipticCurvePublicKey, end: datetime.datetime) -> x509.CertificateBuilder:
        start = self._now - 10 * DAY
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(self._name).public_key(key)
        return builder.serial_number(x509.random_serial_number()).not_valid_before(start).not_valid_after(end)

    def _write(self, name: str, certificate: x509.Certificate) -> Path:
        path = self._folder / f"{name}.pem"
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return path


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
