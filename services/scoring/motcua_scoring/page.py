"""The live page at /: plain files from the folder ``pages``, nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse

FOLDER = Path(__file__).with_name("pages")
_FILES = {"page.js": "text/javascript", "page.css": "text/css"}
_HEADERS = {
    "cache-control": "no-cache",
    "content-security-policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
}

router = APIRouter(include_in_schema=False)


@router.get("/")
async def index() -> FileResponse:
    """The page."""
    return FileResponse(FOLDER / "index.html", media_type="text/html", headers=_HEADERS)


@router.get("/page.js")
async def script() -> FileResponse:
    """Its script."""
    return _file("page.js")


@router.get("/page.css")
async def style() -> FileResponse:
    """Its style."""
    return _file("page.css")


def _file(name: str) -> FileResponse:
    return FileResponse(FOLDER / name, media_type=_FILES[name], headers=_HEADERS)
