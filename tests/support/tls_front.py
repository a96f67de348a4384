"""A PostgreSQL that speaks TLS: a front that ends TLS before a server on a local socket."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from certificates import Certificates

SSL_REQUEST = bytes.fromhex("0000000804d2162f")


@asynccontextmanager
async def tls_front(url: str, certificates: Certificates) -> AsyncIterator[str]:
    """The address (host and port) under which the server at ``url`` is reached by TLS only."""
    folder = parse_qs(urlsplit(url).query)["host"][0]
    socket = next(path for path in Path(folder).glob(".s.PGSQL.*") if path.suffix != ".lock")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificates.chain, certificates.key)

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.readexactly(len(SSL_REQUEST)) != SSL_REQUEST:
            writer.close()
            return
        writer.write(b"S")
        await writer.drain()
        await writer.start_tls(context)
        there, back = await asyncio.open_unix_connection(socket)
        await asyncio.gather(_pass(reader, back), _pass(there, writer), return_exceptions=True)

    server = await asyncio.start_server(client, "127.0.0.1", 0)
    yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()
