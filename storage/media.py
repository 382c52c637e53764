"""Photos and files: kept under the hash of their bytes, and a row each that says what they are.

The original is evidence and stays as it came. What anyone sees is a copy without position,
time or any other trace of the device (`storage/pictures.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import looks
from storage.bulk import insert_many
from storage.pictures import PICTURES, TooManyPixels, look_at, sniff
from storage.tables import media

PHOTO_LIMIT_BYTES = 20 << 20
"""Telegram lets bots download files of up to 20 MB (core.telegram.org/bots/api, getFile)."""

AT_ONCE = 2
"""How many pictures are unpacked at the same time: each may take 240 MB."""


class MediaRefused(Exception):
    """The file is not kept: empty, too large, or a picture that unpacks to too many pixels."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a kept file is. `shown_sha256` is None for what is never shown: no picture, or broken."""

    sha256: str
    content_type: str
    size_bytes: int
    shown_sha256: str | None = None
    thumb_sha256: str | None = None
    width_px: int | None = None
    height_px: int | None = None
    taken_at: datetime | None = None
    lat: float | None = None
    lon: float | None = None
    looks_hash: str | None = None


class MediaStore:
    """A folder of files named by the SHA-256 of their bytes, in folders of two letters."""

    def __init__(self, folder: Path, *, limit_bytes: int = PHOTO_LIMIT_BYTES) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._places = asyncio.Semaphore(AT_ONCE)

    async def keep(self, content: bytes) -> Facts:
        """Keep a file and, of a picture, the copies that may be shown. The same bytes are kept once.

        Raises:
            MediaRefused: it cannot be kept, now or ever.
        """
        async with self._places:
            return await asyncio.to_thread(self._keep, content)

    async def read(self, sha256: str) -> bytes:
        """The bytes of a kept file. Raises FileNotFoundError when there is none of this hash."""
        return await asyncio.to_thread(self.path(sha256).read_bytes)

    def path(self, sha256: str) -> Path:
        """Where the file of this hash is. Raises ValueError for what is no hash."""
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise ValueError("not a SHA-256 in hex")
        return self._folder / sha256[:2] / sha256[2:4] / sha256

    def _keep(self, content: bytes) -> Facts:
        if not content:
            raise MediaRefused("the file is empty")
        if len(content) > self._limit_bytes:
            raise MediaRefused(f"{len(content)} bytes are more than {self._limit_bytes}")
        kind = sniff(content)
        try:
            picture = look_at(content) if kind in PICTURES else None
        except TooManyPixels as bomb:
            raise MediaRefused(str(bomb)) from bomb
        if picture is None:
            whole = "application/octet-stream" if kind in PICTURES else kind
            return Facts(sha256=self._write(content), content_type=whole, size_bytes=len(content))
        return Facts(
            sha256=self._write(content),
            content_type=kind,
            size_bytes=len(content),
            shown_sha256=self._write(picture.shown),
            thumb_sha256=self._write(picture.thumb),
            width_px=picture.width_px,
            height_px=picture.height_px,
            taken_at=picture.taken_at,
            lat=picture.lat,
            lon=picture.lon,
            looks_hash=picture.looks_hash,
        )

    def _write(self, content: bytes) -> str:
        """Write whole or not at all: a name appears only once its bytes are on the disk."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.path(sha256)
        if path.exists():
            return sha256
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)
            raise
        _sync_folder(path.parent)
        return sha256


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# --- rows --------------------------------------------------------------------------------------


class Wanted(msgspec.Struct, frozen=True):
    """A file to download: our id for it, and the channel's handle."""

    id: int
    channel: str
    account: str
    ref: str
    person_id: int | None
    at: datetime
    attempts: int = 0


class MediaRow(msgspec.Struct, frozen=True, kw_only=True):
    """A file we know of. `state` is wanted, kept or failed."""

    id: int
    channel: str
    account: str
    ref: str
    person_id: int | None
    state: str
    attempts: int
    not_before: datetime
    sha256: str | None
    shown_sha256: str | None
    thumb_sha256: str | None
    content_type: str | None
    size_bytes: int | None
    width_px: int | None
    height_px: int | None
    taken_at: datetime | None
    lat: float | None
    lon: float | None
    looks_hash: str | None
    error: str | None
    added_at: datetime


async def want(tx: AsyncConnection, rows: Sequence[Wanted]) -> None:
    """Have these files downloaded."""
    await insert_many(
        tx,
        media,
        [
            {
                "id": row.id,
                "channel": row.channel,
                "account": row.account,
                "ref": row.ref,
                "person_id": row.person_id,
                "state": "wanted",
                "attempts": row.attempts,
                "not_before": row.at,
                "added_at": row.at,
            }
            for row in rows
        ],
    )


async def due(tx: AsyncConnection, *, now: datetime, limit: int = 20) -> list[Wanted]:
    """Files to download now, the longest due first."""
    rows = await tx.execute(
        select(media)
        .where(media.c.state == literal_column("'wanted'"), media.c.not_before <= now)
        .order_by(media.c.not_before, media.c.id)
        .limit(limit)
    )
    return [
        Wanted(row.id, row.channel, row.account, row.ref, row.person_id, row.added_at, row.attempts)
        for row in rows
    ]


async def kept(tx: AsyncConnection, media_id: int, facts: Facts) -> None:
    """The file is on our disk."""
    values = msgspec.structs.asdict(facts) | {"state": "kept", "error": None}
    await tx.execute(update(media).where(media.c.id == media_id).values(values))
    if facts.looks_hash is not None:
        await looks.remember(tx, [(media_id, facts.looks_hash)])


async def failed(
    tx: AsyncConnection, media_id: int, *, error: str, given_up: bool, not_before: datetime
) -> None:
    """The file could not be had: tried again from `not_before` on, or never when `given_up`."""
    await tx.execute(
        update(media)
        .where(media.c.id == media_id, media.c.state == "wanted")
        .values(
            state="failed" if given_up else "wanted",
            attempts=media.c.attempts + 1,
            not_before=not_before,
            error=error,
        )
    )


async def get(tx: AsyncConnection, media_id: int) -> MediaRow | None:
    """What is known of one file."""
    row = (await tx.execute(select(media).where(media.c.id == media_id))).one_or_none()
    return None if row is None else MediaRow(**row._mapping)


async def get_many(tx: AsyncConnection, media_ids: Sequence[int]) -> dict[int, MediaRow]:
    """What is known of these files; unknown ids are left out."""
    rows = await tx.execute(select(media).where(media.c.id.in_(sorted(set(media_ids)))))
    return {row.id: MediaRow(**row._mapping) for row in rows}


async def same_bytes(tx: AsyncConnection, sha256: str) -> list[MediaRow]:
    """Every file with these very bytes, oldest first: a photo that was sent before."""
    rows = await tx.execute(
        select(media).where(media.c.sha256 == sha256).order_by(media.c.added_at, media.c.id)
    )
    return [MediaRow(**row._mapping) for row in rows]
