"""Certificates for servers of the tests, signed by an authority made for one run."""

from __future__ import annotations

from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)


class Certificates:
    """``ca`` is the authority's certificate; ``key`` and ``chain`` are those of 127.0.0.1."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        issued = authority.issue_cert("127.0.0.1")
        self.ca, self.key, self.chain = (
            folder / name for name in ("ca.pem", "key.pem", "chain.pem")
        )
        self.both = folder / "both.pem"
        authority.cert_pem.write_to_path(self.ca)
        self.key.write_bytes(_pkcs8(issued.private_key_pem.bytes()))
        self.key.chmod(0o600)
        self.chain.write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
        self.both.write_bytes(self.key.read_bytes() + self.chain.read_bytes())


def _pkcs8(pem: bytes) -> bytes:
    """The form of a key that Kafka reads."""
    key = load_pem_private_key(pem, None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
