"""The office's door: one-time links from the chat, and the sessions that they open. No passwords.

Only hashes are kept: who reads the database can open nothing. What somebody may do is asked
anew at every request, so that a role that ended opens nothing either.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import audits
from storage.ids import NewId
from storage.tables import web_links, web_sessions

LINK_LASTS = timedelta(minutes=15)
"""From the message to the tap; a link that lies about opens nothing."""

SESSION_LASTS = timedelta(hours=12)
"""A long working day."""

KEPT = timedelta(days=30)
"""Used links and ended sessions stay so long, then are swept when the next link is made."""


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def make_link(tx: AsyncConnection, person_id: int, *, now: datetime, ids: NewId) -> str:
    """A token that lets this person in once within `LINK_LASTS`; it is nowhere but in the answer.

    Links made before and not used yet are no good any more.
    """
    await _sweep(tx, now)
    await tx.execute(
        update(web_links)
        .where(web_links.c.person_id == person_id, web_links.c.used_at.is_(None))
        .values(used_at=now)
    )
    token = secrets.token_urlsafe(24)
    await tx.execute(
        insert(web_links).values(
            digest=_digest(token), person_id=person_id, made_at=now, expires_at=now + LINK_LASTS
        )
    )
    await audits.record(tx, "web.link", f"person:{person_id}", by=person_id, now=now, ids=ids)
    return token


async def _sweep(tx: AsyncConnection, now: datetime) -> None:
    for table in (web_links, web_sessions):
        await tx.execute(delete(table).where(table.c.expires_at < now - KEPT))


async def is_good(tx: AsyncConnection, token: str, *, now: datetime) -> bool:
    """Whether this link would let somebody in now. Looking does not use it up."""
    found = await tx.scalar(
        select(web_links.c.person_id).where(
            web_links.c.digest == _digest(token),
            web_links.c.used_at.is_(None),
            web_links.c.expires_at > now,
        )
    )
    return found is not None


async def enter(tx: AsyncConnection, token: str, *, now: datetime, ids: NewId) -> str | None:
    """Use a link up; the token of the session that it opens, None when it opens nothing."""
    row = (
        await tx.execute(
            update(web_links)
            .where(
                web_links.c.digest == _digest(token),
                web_links.c.used_at.is_(None),
                web_links.c.expires_at > now,
            )
            .values(used_at=now)
            .returning(web_links.c.person_id)
        )
    ).first()
    if row is None:
        return None
    session = secrets.token_urlsafe(32)
    await tx.execute(
        insert(web_sessions).values(
            digest=_digest(session),
            person_id=row.person_id,
            made_at=now,
            expires_at=now + SESSION_LASTS,
        )
    )
    subject = f"person:{row.person_id}"
    await audits.record(tx, "web.enter", subject, by=row.person_id, now=now, ids=ids)
    return session


async def who_is(tx: AsyncConnection, session: str, *, now: datetime) -> int | None:
    """The person of an open session, None when it is over, ended or unknown."""
    found: int | None = await tx.scalar(
        select(web_sessions.c.person_id).where(
            web_sessions.c.digest == _digest(session),
            web_sessions.c.ended_at.is_(None),
            web_sessions.c.expires_at > now,
        )
    )
    return found


async def leave(tx: AsyncConnection, session: str, *, now: datetime) -> None:
    """End one session."""
    await tx.execute(
        update(web_sessions)
        .where(web_sessions.c.digest == _digest(session), web_sessions.c.ended_at.is_(None))
        .values(ended_at=now)
    )


async def shut_out(tx: AsyncConnection, person_id: int, *, now: datetime, ids: NewId) -> int:
    """End every session and link of a person (a phone was lost); returns how many sessions."""
    await tx.execute(
        update(web_links)
        .where(web_links.c.person_id == person_id, web_links.c.used_at.is_(None))
        .values(used_at=now)
    )
    ended = await tx.execute(
        update(web_sessions)
        .where(
            web_sessions.c.person_id == person_id,
            web_sessions.c.ended_at.is_(None),
            web_sessions.c.expires_at > now,
        )
        .values(ended_at=now)
    )
    await audits.record(tx, "web.shut_out", f"person:{person_id}", by=None, now=now, ids=ids)
    return ended.rowcount
