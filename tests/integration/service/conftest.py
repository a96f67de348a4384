"""A migrated database for the shared parts."""

from __future__ import annotations

import asyncpg
import pytest_asyncio

from motcua_events import MIGRATIONS
from motcua_service import db


@pytest_asyncio.fixture
async def pool(postgres_url):
    await db.migrate(postgres_url, [MIGRATIONS, db.SERVICE])
    async with asyncpg.create_pool(postgres_url, min_size=1, max_size=5) as made:
        yield made
