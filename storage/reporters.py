"""Who reported a case, kept apart from it: named in the clear, sealed only encrypted.

A sealed reporter is opened by `open_seal`, which leaves a trace, or by `whom_to_tell`, which
only addresses a message. Finding one's own cases needs no opening: a keyed hash is compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Select, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.ids import NewId
from storage.tables import case_steps, cases, media, seal_openings, sealed_reporters


class Sealing(Protocol):
    """What keeps a reporter's identity (`storage/secrets.py`)."""

    def seal_person(self, person_id: int) -> bytes:
        """The id, encrypted; different each time."""
        ...

    def blind_index(self, person_id: int) -> str:
        """A keyed hash of the id; the same each time, and useless without the key."""
        ...

    def open_person(self, sealed: bytes) -> int:
        """The id in what `seal_person` gave. Raises ValueError when it was tampered with."""
        ...


async def seal(
    tx: AsyncConnection,
    case_id: int,
    person_id: int,
    shown: Sequence[tuple[int, str]],
    *,
    sealing: Sealing,
) -> None:
    """Keep who reported a case so that only `sealing` leads back; photos forget who sent them."""
    await tx.execute(
        insert(sealed_reporters).values(
            case_id=case_id,
            sealed=sealing.seal_person(person_id),
            blind_index=sealing.blind_index(person_id),
        )
    )
    await forget_senders(tx, [media_id for media_id, _ in shown])


async def forget_senders(tx: AsyncConnection, media_ids: Sequence[int]) -> None:
    """Cut the tie between photos and whoever sent them."""
    await tx.execute(update(media).where(media.c.id.in_(media_ids)).values(person_id=None))


def sealed_cases_of(person_id: int, sealing: Sealing) -> Select[Any]:
    """A query for the ids of cases that this person reported under seal."""
    return select(sealed_reporters.c.case_id).where(
        sealed_reporters.c.blind_index == sealing.blind_index(person_id)
    )


async def is_reporter(
    tx: AsyncConnection, case_id: int, person_id: int, *, sealing: Sealing
) -> bool:
    """Whether this person reported the case, found without opening any seal."""
    found = await tx.scalar(
        select(cases.c.id).where(
            cases.c.id == case_id,
            or_(
                cases.c.reporter_id == person_id,
                cases.c.id.in_(sealed_cases_of(person_id, sealing)),
            ),
        )
    )
    return found is not None


async def is_sealed(tx: AsyncConnection, case_id: int) -> bool:
    """Whether the reporter asked not to be named."""
    found = await tx.scalar(
        select(sealed_reporters.c.case_id).where(sealed_reporters.c.case_id == case_id)
    )
    return found is not None


async def reporter_of(tx: AsyncConnection, case_id: int) -> int | None:
    """The person id of a reporter who gave their name; None for a sealed or erased one."""
    found: int | None = await tx.scalar(select(cases.c.reporter_id).where(cases.c.id == case_id))
    return found


async def whom_to_tell(tx: AsyncConnection, case_id: int, *, sealing: Sealing) -> int | None:
    """The person to send word of the case to. For the outbox only: never shown to anybody."""
    sealed = await _sealed_row(tx, case_id)
    return sealing.open_person(sealed) if sealed is not None else await reporter_of(tx, case_id)


async def _sealed_row(tx: AsyncConnection, case_id: int) -> bytes | None:
    found: bytes | None = await tx.scalar(
        select(sealed_reporters.c.sealed).where(sealed_reporters.c.case_id == case_id)
    )
    return found


async def open_seal(
    tx: AsyncConnection,
    case_id: int,
    *,
    by: int,
    why: str,
    sealing: Sealing,
    now: datetime,
    ids: NewId,
) -> int | None:
    """Who reported a sealed case. The caller checked the right; the opening is kept with its reason.

    Returns:
        The person id, or None when the case has no sealed reporter (nothing is then kept).

    Raises:
        ValueError: no reason given, or the sealed row was tampered with.
    """
    if not why.strip():
        raise ValueError("a seal is opened for a reason")
    sealed = await _sealed_row(tx, case_id)
    if sealed is None:
        return None
    await tx.execute(
        insert(seal_openings).values(
            id=ids(), case_id=case_id, opened_by=by, opened_at=now, why=why
        )
    )
    return sealing.open_person(sealed)


async def forget_steps(tx: AsyncConnection, person_id: int) -> None:
    """Take a citizen's id off every timeline; what was done stays. For whoever wants to be forgotten."""
    await tx.execute(
        update(case_steps).where(case_steps.c.by_person_id == person_id).values(by_person_id=None)
    )


async def openings(tx: AsyncConnection, case_id: int) -> list[tuple[datetime, int, str]]:
    """Who opened a seal: (when, person id, why), oldest first. The reporter may ask for it."""
    rows = await tx.execute(
        select(seal_openings.c.opened_at, seal_openings.c.opened_by, seal_openings.c.why)
        .where(seal_openings.c.case_id == case_id)
        .order_by(seal_openings.c.opened_at, seal_openings.c.id)
    )
    return [(at, by, why) for at, by, why in rows]
