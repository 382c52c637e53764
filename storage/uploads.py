"""Pictures and files on their way out: what a platform holds of ours already, and addresses it may fetch from."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.bulk import insert_many
from storage.tables import media, shown_links, uploads


class Upload(msgspec.Struct, frozen=True):
    """What the platform calls a file of ours, and under which field it wants it named."""

    field: str
    ref: str


async def find_upload(
    tx: AsyncConnection, channel: str, account: str, sha256: str, *, since: datetime
) -> Upload | None:
    """The upload of these bytes made after `since`, None when it must be made (again)."""
    row = (
        await tx.execute(
            select(uploads.c.field, uploads.c.ref).where(
                uploads.c.channel == channel,
                uploads.c.account == account,
                uploads.c.sha256 == sha256,
                uploads.c.made_at > since,
            )
        )
    ).one_or_none()
    return None if row is None else Upload(row.field, row.ref)


async def keep_upload(
    tx: AsyncConnection, channel: str, account: str, sha256: str, made: Upload, *, now: datetime
) -> None:
    """Remember an upload, to use it again for others."""
    row = {"channel": channel, "account": account, "sha256": sha256}
    row |= {"field": made.field, "ref": made.ref}
    changed = ("field", "ref", "made_at")
    await insert_many(tx, uploads, [{**row, "made_at": now}], update=changed)


async def forget_upload(tx: AsyncConnection, channel: str, account: str, sha256: str) -> None:
    """The platform does not know it any more."""
    await tx.execute(
        delete(uploads).where(
            uploads.c.channel == channel, uploads.c.account == account, uploads.c.sha256 == sha256
        )
    )


async def is_shown_copy(tx: AsyncConnection, sha256: str) -> bool:
    """Whether these bytes are the copy of a picture that anyone may see (no position, no time)."""
    found = await tx.execute(select(media.c.id).where(media.c.shown_sha256 == sha256).limit(1))
    return found.first() is not None


async def is_kept_file(tx: AsyncConnection, sha256: str) -> bool:
    """Whether these bytes are kept as they came and have no copy to be shown in their place."""
    found = await tx.execute(
        select(media.c.id)
        .where(media.c.sha256 == sha256, media.c.state == "kept", media.c.shown_sha256.is_(None))
        .limit(1)
    )
    return found.first() is not None


async def publish(tx: AsyncConnection, digest: str, sha256: str, *, until: datetime) -> None:
    """Let whoever knows the address with this digest fetch a shown copy or a file until then."""
    row = {"digest": digest, "sha256": sha256, "expires_at": until}
    await insert_many(tx, shown_links, [row], ignore_conflicts=True)


async def published(tx: AsyncConnection, digest: str, *, now: datetime) -> str | None:
    """The SHA-256 of what this address shows; None when there is no such address, or no more."""
    found = await tx.execute(
        select(shown_links.c.sha256).where(
            shown_links.c.digest == digest, shown_links.c.expires_at > now
        )
    )
    return found.scalar_one_or_none()


async def forget_links(tx: AsyncConnection, before: datetime) -> None:
    """Delete addresses that ended before `before`."""
    await tx.execute(delete(shown_links).where(shown_links.c.expires_at < before))
