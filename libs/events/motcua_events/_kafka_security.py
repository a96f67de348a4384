"""How connections to Kafka are secured: TLS, and a login by SASL."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


@dataclass(frozen=True, slots=True)
class KafkaSecurity:
    """Kafka's own words: ``protocol`` is the listener's; SASL needs mechanism, user and password.

    ``ca_file`` holds the certificates (PEM) that sign the brokers'; None trusts the system's.
    Brokers' names are checked against their certificates. The password is not shown.
    """

    protocol: Protocol = "PLAINTEXT"
    ca_file: Path | None = None
    mechanism: Mechanism | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def encrypted(self) -> bool:
        """Whether connections use TLS."""
        return self.protocol in ("SSL", "SASL_SSL")

    @property
    def with_login(self) -> bool:
        """Whether clients log in."""
        return self.protocol in ("SASL_PLAINTEXT", "SASL_SSL")

    @property
    def settings(self) -> dict[str, Any]:
        """What every aiokafka client is told. Raises OSError or SSLError for an unfit CA file."""
        told: dict[str, Any] = {"security_protocol": self.protocol}
        if self.encrypted:
            told["ssl_context"] = ssl.create_default_context(cafile=self.ca_file)
        if self.with_login:
            told |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return told


IN_THE_CLEAR = KafkaSecurity()
"""Neither TLS nor a login: for a broker on the same machine."""
