"""Words that opened nothing, kept so that nobody's words are lost and the lexicon can learn."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.ids import NewId
from storage.tables import stray_words


async def keep(
    tx: AsyncConnection, person_id: int, words: str, asked: str, *, now: datetime, ids: NewId
) -> None:
    """Keep what a person typed; `asked` is the question it did not answer, "" when none was open."""
    await tx.execute(
        insert(stray_words).values(id=ids(), person_id=person_id, words=words, asked=asked, at=now)
    )
