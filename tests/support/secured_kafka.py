"""An Apache Kafka with a listener for each way in which a province may secure it."""

from __future__ import annotations

from pathlib import Path

from certificates import Certificates

from motcua_events.kafka import KafkaSecurity, Protocol
from motcua_local.kafka import ApacheKafka
from motcua_local.running.ports import free_port

USER, PASSWORD = "motcua", "two words; and a sign!"
SCRAM = ("SCRAM-SHA-256", "SCRAM-SHA-512")
LISTENERS: tuple[Protocol, ...] = ("SSL", "SASL_SSL", "SASL_PLAINTEXT")
_LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule required"
_SCRAM_LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


class SecuredKafka:
    """The broker, its certificates, and the address of each of its listeners."""

    def __init__(self, folder: Path, cache: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.certificates = Certificates(folder)
        self.ports = {protocol: free_port() for protocol in LISTENERS}
        storage = [word for each in SCRAM for word in ("--add-scram", _scram(each))]
        self.broker = ApacheKafka(folder, cache, storage=storage)
        self.broker.properties |= self._listeners() | self._tls() | _logins()

    def bootstrap(self, protocol: Protocol) -> str:
        """The address of a listener."""
        return f"127.0.0.1:{self.ports[protocol]}"

    def security(self, protocol: Protocol, **other: object) -> KafkaSecurity:
        """What fits a listener, with something changed."""
        fits = KafkaSecurity(protocol)
        told: dict[str, object] = {"ca_file": self.certificates.ca} if fits.encrypted else {}
        if fits.with_login:
            told |= {"mechanism": "SCRAM-SHA-512", "username": USER, "password": PASSWORD}
        return KafkaSecurity(protocol, **(told | other))  # type: ignore[arg-type]

    def _listeners(self) -> dict[str, str]:
        own = f"PLAINTEXT://{self.broker.bootstrap}"
        secured = ",".join(f"{name}://127.0.0.1:{port}" for name, port in self.ports.items())
        names = ",".join(f"{name}:{name}" for name in ("PLAINTEXT", *LISTENERS))
        return {
            "listeners": f"{own},{secured},CONTROLLER://127.0.0.1:{(controller := free_port())}",
            "advertised.listeners": f"{own},{secured}",
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listener.security.protocol.map": f"{names},CONTROLLER:PLAINTEXT",
        }

    def _tls(self) -> dict[str, str]:
        return {"ssl.keystore.type": "PEM", "ssl.keystore.location": str(self.certificates.both)}


def _logins() -> dict[str, str]:
    found = {"sasl.enabled.mechanisms": ",".join(("PLAIN", *SCRAM))}
    for listener in ("sasl_ssl", "sasl_plaintext"):
        prefix = f"listener.name.{listener}"
        found[f"{prefix}.plain.sasl.jaas.config"] = f'{_LOGIN} user_{USER}="{PASSWORD}";'
        found |= {f"{prefix}.{each.lower()}.sasl.jaas.config": _SCRAM_LOGIN for each in SCRAM}
    return found


def _scram(mechanism: str) -> str:
    return f'{mechanism}=[name="{USER}",password="{PASSWORD}"]'
