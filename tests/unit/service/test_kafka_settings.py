"""TLS and login for Kafka, from the environment: what fits together, and what a mistake says."""

from __future__ import annotations

import ssl

import pytest
from certificates import Certificates

from motcua_events.kafka import KafkaConfig, KafkaSecurity
from motcua_service.settings import ServiceSettings, load, read

LOGIN = {"SASL_MECHANISM": "SCRAM-SHA-512", "USERNAME": "motcua", "PASSWORD": "open sesame"}


class Settings(ServiceSettings):
    port: int = 8103


@pytest.fixture
def environment(monkeypatch):
    monkeypatch.setenv("MOTCUA_DATABASE_URL", "postgresql://localhost/feedback")
    monkeypatch.setenv("MOTCUA_KAFKA_BOOTSTRAP", "localhost:9092")

    def told(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"MOTCUA_KAFKA_{name}", str(value))

    return told


def refused(capsys) -> dict[str, str]:
    """What the end of the start says, by variable."""
    with pytest.raises(SystemExit):
        load(Settings)
    return dict(line.split(": ", 1) for line in capsys.readouterr().err.splitlines())


def test_nothing_told_is_in_the_clear(environment):
    assert read(Settings).kafka_security == KafkaSecurity()
    assert KafkaConfig("localhost:9092").common["security_protocol"] == "PLAINTEXT"


def test_tls_and_login_reach_every_client(environment, tmp_path):
    ca = Certificates(tmp_path).ca
    environment(SECURITY_PROTOCOL="SASL_SSL", CA_FILE=str(ca), **LOGIN)
    told = KafkaConfig("localhost:9092", security=read(Settings).kafka_security).common
    context = told.pop("ssl_context")
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert len(context.get_ca_certs()) == 1
    assert told == {
        "bootstrap_servers": "localhost:9092", "client_id": "motcua",
        "security_protocol": "SASL_SSL", "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "motcua", "sasl_plain_password": "open sesame",
    }  # fmt: skip


def test_without_a_file_the_systems_authorities_are_trusted(environment):
    environment(SECURITY_PROTOCOL="SSL")
    told = read(Settings).kafka_security.settings
    assert isinstance(told["ssl_context"], ssl.SSLContext)
    assert "sasl_mechanism" not in told


def test_a_password_may_be_a_file_and_is_never_shown(environment, monkeypatch, tmp_path):
    environment(SECURITY_PROTOCOL="SASL_PLAINTEXT", SASL_MECHANISM="PLAIN", USERNAME="motcua")
    (tmp_path / "motcua_kafka_password").write_text("open sesame")
    monkeypatch.setenv("MOTCUA_SECRETS_DIR", str(tmp_path))
    settings = read(Settings)
    assert settings.kafka_security.password == "open sesame"
    assert "sesame" not in repr(settings) + repr(settings.kafka_security)
    assert "sesame" not in repr(KafkaConfig("localhost:9092", security=settings.kafka_security))


@pytest.mark.parametrize("protocol", ["SASL_SSL", "SASL_PLAINTEXT"])
def test_a_login_is_told_whole(environment, capsys, protocol):
    environment(SECURITY_PROTOCOL=protocol)
    names = ("SASL_MECHANISM", "USERNAME", "PASSWORD")
    assert refused(capsys) == {f"MOTCUA_KAFKA_{n}": f"is needed for {protocol}" for n in names}


def test_what_does_not_belong_to_the_protocol_is_refused(environment, capsys, tmp_path):
    environment(SECURITY_PROTOCOL="PLAINTEXT", CA_FILE=str(Certificates(tmp_path).ca), **LOGIN)
    told = refused(capsys)
    assert set(told) == {f"MOTCUA_KAFKA_{name}" for name in ("CA_FILE", *LOGIN)}
    assert told["MOTCUA_KAFKA_CA_FILE"] == (
        "needs MOTCUA_KAFKA_SECURITY_PROTOCOL to be SSL or SASL_SSL; it is PLAINTEXT"
    )
    assert "sesame" not in str(told)


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_a_file_without_certificates_is_refused_at_the_start(
    environment, capsys, tmp_path, content
):
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    environment(SECURITY_PROTOCOL="SSL", CA_FILE=str(file))
    assert refused(capsys) == {
        "MOTCUA_KAFKA_CA_FILE": "must be a readable file with certificates (PEM)"
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECURITY_PROTOCOL", "TLS"),
        ("SASL_MECHANISM", "GSSAPI"),
        ("USERNAME", ""),
        ("PASSWORD", ""),
    ],
)
def test_a_wrong_word_is_named(environment, capsys, name, value):
    environment(SECURITY_PROTOCOL="SASL_PLAINTEXT", **LOGIN)
    environment(**{name: value})
    assert set(refused(capsys)) == {f"MOTCUA_KAFKA_{name}"}
