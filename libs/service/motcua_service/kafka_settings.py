"""How a service reaches Kafka, from the environment: address, kind, TLS and login."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings

from motcua_events.kafka import KafkaSecurity, Mechanism, Protocol


class KafkaSettings(BaseSettings):
    """The part of a service's settings that is about Kafka. What contradicts is refused."""

    kafka_bootstrap: Annotated[str, Field(min_length=3)]
    kafka_durable: bool = False
    """True for Apache Kafka: idempotent producer, consumer groups."""

    kafka_security_protocol: Protocol = "PLAINTEXT"
    """The listener's: SSL and SASL_SSL use TLS, SASL_SSL and SASL_PLAINTEXT log in."""

    kafka_ca_file: Annotated[Path | None, Field(validate_default=True)] = None
    """Certificates (PEM) of whoever signed the brokers'; None trusts what the system trusts."""

    kafka_sasl_mechanism: Annotated[Mechanism | None, Field(validate_default=True)] = None
    kafka_username: Annotated[str | None, Field(validate_default=True, min_length=1)] = None
    kafka_password: Annotated[SecretStr | None, Field(validate_default=True, min_length=1)] = None

    @field_validator("kafka_ca_file")
    @classmethod
    def _only_with_tls(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        protocol: Protocol | None = info.data.get("kafka_security_protocol")
        if file is None or protocol is None:
            return file
        if not KafkaSecurity(protocol).encrypted:
            raise _not_with(protocol, "SSL or SASL_SSL")
        try:
            ssl.create_default_context(cafile=file)
        except OSError:
            raise PydanticCustomError(
                "certificates", "must be a readable file with certificates (PEM)"
            ) from None
        return file

    @field_validator("kafka_sasl_mechanism", "kafka_username", "kafka_password")
    @classmethod
    def _only_with_login(cls, value: object, info: ValidationInfo) -> object:
        protocol: Protocol | None = info.data.get("kafka_security_protocol")
        if protocol is None:
            return value
        with_login = KafkaSecurity(protocol).with_login
        if with_login and value is None:
            raise PydanticCustomError("needed", "is needed for {protocol}", {"protocol": protocol})
        if value is not None and not with_login:
            raise _not_with(protocol, "SASL_SSL or SASL_PLAINTEXT")
        return value

    @property
    def kafka_security(self) -> KafkaSecurity:
        """TLS and login, as the clients are told."""
        password = self.kafka_password
        return KafkaSecurity(
            protocol=self.kafka_security_protocol,
            ca_file=self.kafka_ca_file,
            mechanism=self.kafka_sasl_mechanism,
            username=self.kafka_username,
            password=None if password is None else password.get_secret_value(),
        )


def _not_with(protocol: Protocol, others: str) -> PydanticCustomError:
    return PydanticCustomError(
        "not_with",
        "needs MOTCUA_KAFKA_SECURITY_PROTOCOL to be {others}; it is {protocol}",
        {"protocol": protocol, "others": others},
    )
