"""The database by TLS: all that it takes stands in the URL, for migrations and the pool alike."""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio
from certificates import Certificates
from tls_front import tls_front

from motcua_events import MIGRATIONS
from motcua_service import db
from motcua_service.settings import ServiceSettings

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def address(postgres_url, tmp_path):
    """A URL of the database without its query, and the file of who signed its certificate."""
    certificates, parts = Certificates(tmp_path), urlsplit(postgres_url)
    async with tls_front(postgres_url, certificates) as front:
        yield f"postgresql://{parts.username}:x@{front}{parts.path}", certificates.ca


def settings(url: str) -> ServiceSettings:
    return ServiceSettings(database_url=url, kafka_bootstrap="localhost:9092", port=0)


async def test_a_verified_connection_migrates_and_serves(address):
    url, ca = address
    url = f"{url}?sslmode=verify-full&sslrootcert={ca}"
    await db.migrate(url, [MIGRATIONS, db.SERVICE])
    pool = await db.create_pool(settings(url))
    try:
        assert await pool.fetchval("select count(*) from events") == 0
    finally:
        await db.close(pool)


async def test_another_authority_is_not_trusted(address, tmp_path):
    url, _ = address
    (tmp_path / "other").mkdir()
    other = Certificates(tmp_path / "other").ca
    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncpg.connect(f"{url}?sslmode=verify-full&sslrootcert={other}")


async def test_the_server_of_these_tests_takes_nothing_but_tls(address):
    url, _ = address
    with pytest.raises((OSError, asyncpg.PostgresConnectionError)):
        await asyncpg.connect(f"{url}?sslmode=disable", timeout=5)
