"""Settings from the environment."""

from __future__ import annotations

import pytest

from motcua_service.settings import ServiceSettings, load, read


class Settings(ServiceSettings):
    port: int = 8103


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.setenv("MOTCUA_DATABASE_URL", "postgresql://localhost/feedback")
    monkeypatch.setenv("MOTCUA_KAFKA_BOOTSTRAP", "localhost:9092")
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    return monkeypatch


def test_defaults_are_for_the_embedded_servers():
    settings = read(Settings)
    assert (settings.host, settings.port, settings.partitions) == ("127.0.0.1", 8103, 6)
    assert (settings.kafka_durable, settings.otlp_endpoint) == (False, None)
    assert settings.backfill_grace == 30


@pytest.mark.parametrize("name", ["MOTCUA_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"])
def test_the_collector_may_be_named_in_either_way(environment, name):
    environment.setenv(name, "http://localhost:4318")
    assert read(Settings).otlp_endpoint == "http://localhost:4318"


def test_a_secret_may_be_a_file(environment, tmp_path):
    environment.delenv("MOTCUA_DATABASE_URL")
    (tmp_path / "motcua_database_url").write_text("postgresql://secret/db")
    environment.setenv("MOTCUA_SECRETS_DIR", str(tmp_path))
    assert read(Settings).database_url == "postgresql://secret/db"


def test_what_is_missing_or_wrong_ends_the_start_with_readable_lines(environment, capsys):
    environment.delenv("MOTCUA_DATABASE_URL")
    environment.setenv("MOTCUA_PARTITIONS", "none")
    with pytest.raises(SystemExit) as ended:
        load(Settings)
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert "MOTCUA_DATABASE_URL: " in told
    assert "MOTCUA_PARTITIONS: " in told
    assert "Traceback" not in told


def test_a_wrong_value_is_not_shown(environment, capsys):
    environment.setenv("MOTCUA_DATABASE_URL", "mysql://user:password@host/db")
    with pytest.raises(SystemExit):
        load(Settings)
    assert "password" not in capsys.readouterr().err
