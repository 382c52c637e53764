"""Two persons who turn out to be one, and a person who wants to be forgotten.

Every column that names a person is in one of the lists below; a test reads tables.py and
says which are missing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import msgspec
from sqlalchemy import Table, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import sessions as forms
from storage.bulk import insert_many
from storage.tables import (
    accounts,
    audits,
    briefs,
    calendar_links,
    case_blocks,
    case_steps,
    cases,
    chat_groups,
    digests,
    drafts,
    extension_requests,
    habits,
    handovers,
    inbox,
    invites,
    media,
    memberships,
    nag_wishes,
    nudges,
    obligation_steps,
    obligations,
    office_settings,
    outbox,
    persons,
    reports,
    requests,
    seal_openings,
    sealed_reporters,
    sessions,
    stray_words,
    web_links,
    web_sessions,
)


class Seal(Protocol):
    """What `storage.secrets.Secrets` does for reporters who asked not to be named."""

    def seal_person(self, person_id: int) -> bytes:
        """The person's id, readable with the key only."""
        ...

    def blind_index(self, person_id: int) -> str:
        """A keyed hash that finds a person's own cases without opening them."""
        ...


MOVED: tuple[tuple[Table, str], ...] = (
    (accounts, "person_id"),
    (invites, "person_id"),
    (invites, "made_by"),
    (chat_groups, "registered_by"),
    (drafts, "person_id"),
    (outbox, "person_id"),
    (office_settings, "set_by"),
    (obligations, "assignee_id"),
    (obligation_steps, "by_person_id"),
    (extension_requests, "asked_by"),
    (extension_requests, "decided_by"),
    (handovers, "from_person_id"),
    (handovers, "to_person_id"),
    (requests, "asked_by"),
    (reports, "filed_by"),
    (reports, "reviewed_by"),
    (media, "person_id"),
    (cases, "reporter_id"),
    (cases, "handler_person_id"),
    (case_steps, "by_person_id"),
    (case_blocks, "blocked_by"),
    (case_blocks, "lifted_by"),
    (stray_words, "person_id"),
    (web_links, "person_id"),
    (web_sessions, "person_id"),
)
"""Simply written over with the person kept."""

MOVED_BY_HAND: tuple[tuple[Table, str], ...] = (
    (memberships, "person_id"),
    (nudges, "person_id"),
    (nag_wishes, "person_id"),
    (habits, "person_id"),
    (digests, "person_id"),
    (sessions, "person_id"),
    (briefs, "person_id"),
)
"""Unique for a person, so what both have must be settled."""

LEFT: tuple[tuple[Table, str], ...] = (
    (audits, "person_id"),
    (seal_openings, "opened_by"),
)
"""Traces say who did it under which name; `persons.merged_into` leads on."""


async def merge(
    tx: AsyncConnection, keep: int, drop: int, *, now: datetime, seal: Seal | None = None
) -> None:
    """Make two persons one: `keep` gets all that `drop` had.

    The form that `keep` has open stays open; the other's is parked. With `seal`, cases
    reported unnamed move too; without it they can no longer be found by their reporter.

    Raises:
        ValueError: they are the same person.
    """
    if keep == drop:
        raise ValueError("a person cannot be merged with themselves")
    await tx.execute(
        select(persons.c.id)
        .where(persons.c.id.in_((keep, drop)))
        .order_by(persons.c.id)
        .with_for_update(key_share=True)
    )
    await _end_handovers_between(tx, keep, drop, now)
    for table, name in MOVED:
        column = table.c[name]
        await tx.execute(update(table).where(column == drop).values({name: keep}))
    await _merge_memberships(tx, keep, drop)
    for table in (nudges, habits, digests):
        await _merge_rows(tx, table, keep, drop)
    await _merge_wishes(tx, keep, drop)
    await _forget_calendar(tx, drop)
    await _merge_sessions(tx, keep, drop, now)
    if seal is not None:
        await _move_sealed(tx, keep, drop, seal)
    await _merge_words(tx, keep, drop)


async def _merge_memberships(tx: AsyncConnection, keep: int, drop: int) -> None:
    rows = await tx.execute(
        delete(memberships).where(memberships.c.person_id == drop).returning(memberships)
    )
    theirs = [{**row._mapping, "person_id": keep} for row in rows]
    living = [row for row in theirs if row["until"] is None]
    ended = [row for row in theirs if row["until"] is not None]
    key = ("person_id", "unit_id", "role")
    # a role that one of the two still has goes on
    await insert_many(tx, memberships, living, update=("until",), key=key)
    await insert_many(tx, memberships, ended, ignore_conflicts=True, key=key)


async def _merge_rows(tx: AsyncConnection, table: Table, keep: int, drop: int) -> None:
    """What both have, the person kept has already been told or is known by."""
    rows = await tx.execute(delete(table).where(table.c.person_id == drop).returning(table))
    theirs = [{**row._mapping, "person_id": keep} for row in rows]
    await insert_many(tx, table, theirs, ignore_conflicts=True)


async def _merge_wishes(tx: AsyncConnection, keep: int, drop: int) -> None:
    """Who asked for silence under either name keeps it."""
    rows = await tx.execute(
        delete(nag_wishes).where(nag_wishes.c.person_id.in_((keep, drop))).returning(nag_wishes)
    )
    both = [row._mapping for row in rows]
    later = {
        name: max((row[name] for row in both if row[name] is not None), default=None)
        for name in ("muted_at", "snoozed_at", "snoozed_until")
    }
    await insert_many(tx, nag_wishes, [{"person_id": keep, **later}] if both else [])


async def _end_handovers_between(tx: AsyncConnection, one: int, other: int, now: datetime) -> None:
    """Nobody hands a report over to themselves: what one of the two still offered the other is void."""
    await tx.execute(
        update(handovers)
        .where(
            handovers.c.from_person_id.in_((one, other)),
            handovers.c.to_person_id.in_((one, other)),
            handovers.c.answered_at.is_(None),
        )
        .values(answered_at=now, accepted=False)
    )


async def _forget_calendar(tx: AsyncConnection, person_id: int) -> None:
    """The secret address of this person's calendar opens nothing any more."""
    await tx.execute(
        delete(calendar_links).where(
            calendar_links.c.kind == "person", calendar_links.c.subject_id == person_id
        )
    )


async def _merge_sessions(tx: AsyncConnection, keep: int, drop: int, now: datetime) -> None:
    taken = select(sessions.c.room).where(sessions.c.person_id == keep)
    rooms = set(await tx.scalars(taken))
    theirs = [
        msgspec.structs.replace(each, person_id=keep) for each in await forms.take_out(tx, drop)
    ]
    await forms.save(tx, opened=[each for each in theirs if each.room not in rooms])
    for each in theirs:
        if each.room in rooms:
            # parking frees the room, in which the kept person's own form stands
            await insert_many(tx, drafts, [forms.as_draft(each, now)], ignore_conflicts=True)


async def _move_sealed(tx: AsyncConnection, keep: int, drop: int, seal: Seal) -> None:
    await tx.execute(
        update(sealed_reporters)
        .where(sealed_reporters.c.blind_index == seal.blind_index(drop))
        .values(sealed=seal.seal_person(keep), blind_index=seal.blind_index(keep))
    )
    await tx.execute(
        update(case_blocks)
        .where(case_blocks.c.person_key == seal.blind_index(drop))
        .values(person_key=seal.blind_index(keep))
    )


async def _merge_words(tx: AsyncConnection, keep: int, drop: int) -> None:
    theirs = (await tx.execute(select(persons).where(persons.c.id == drop))).one()
    await tx.execute(
        update(persons)
        .where(persons.c.id == keep)
        .values(
            name=func.coalesce(func.nullif(persons.c.name, ""), theirs.name),
            phone=func.coalesce(persons.c.phone, theirs.phone),
            told_phone=func.coalesce(persons.c.told_phone, theirs.told_phone),
            told_phone_at=func.coalesce(persons.c.told_phone_at, theirs.told_phone_at),
            consented_at=func.coalesce(persons.c.consented_at, theirs.consented_at),
        )
    )
    await tx.execute(
        update(persons)
        .where(persons.c.id == drop)
        .values(name="", phone=None, told_phone=None, told_phone_at=None, merged_into=keep)
    )


_GONE = (
    accounts,
    memberships,
    sessions,
    briefs,
    drafts,
    stray_words,
    invites,
    web_links,
    web_sessions,
    habits,
    nag_wishes,
    digests,
)
"""Tables that forget an erased person whole."""


async def erase(
    tx: AsyncConnection, person_id: int, *, now: datetime, seal: Seal | None = None
) -> None:
    """Forget who this person is (Luật Bảo vệ dữ liệu cá nhân 2025, the right to erasure).

    Gone: name, phone, chats, roles, open and parked forms, words kept for learning, habits and
    wishes about reminders, unsent messages and the text of sent ones, the tie to cases they
    reported. What they had taken on goes back to their unit's first person. Reports they filed for
    a unit stay: they are the unit's, and name an erased person.
    """
    await _empty_inbox(tx, person_id)
    for table in _GONE:
        await tx.execute(delete(table).where(table.c.person_id == person_id))
    await _forget_calendar(tx, person_id)
    await _leave_duties(tx, person_id, now)
    await tx.execute(update(cases).where(cases.c.reporter_id == person_id).values(reporter_id=None))
    await tx.execute(update(media).where(media.c.person_id == person_id).values(person_id=None))
    mine = outbox.c.person_id == person_id
    await tx.execute(
        update(outbox).where(mine, outbox.c.state.in_(("waiting", "held"))).values(state="dropped")
    )
    await tx.execute(update(outbox).where(mine).values(body="", chat="", error=None))
    if seal is not None:
        index = seal.blind_index(person_id)
        await tx.execute(delete(sealed_reporters).where(sealed_reporters.c.blind_index == index))
        await tx.execute(delete(case_blocks).where(case_blocks.c.person_key == index))
    await tx.execute(
        update(persons)
        .where(persons.c.id == person_id)
        .values(
            name="",
            phone=None,
            told_phone=None,
            told_phone_at=None,
            consented_at=None,
            erased_at=now,
        )
    )


async def _leave_duties(tx: AsyncConnection, person_id: int, now: datetime) -> None:
    await tx.execute(
        update(obligations).where(obligations.c.assignee_id == person_id).values(assignee_id=None)
    )
    await tx.execute(
        update(handovers)
        .where(
            or_(handovers.c.from_person_id == person_id, handovers.c.to_person_id == person_id),
            handovers.c.answered_at.is_(None),
        )
        .values(answered_at=now, accepted=False)
    )


async def _empty_inbox(tx: AsyncConnection, person_id: int) -> None:
    """What came from their chats; the message ids stay, so that a copy is not worked on again."""
    ours = accounts.c.person_id == person_id
    addresses = (await tx.execute(select(accounts).where(ours))).all()
    for account in addresses:
        await tx.execute(
            update(inbox)
            .where(
                inbox.c.channel == account.channel,
                inbox.c.account == account.account,
                inbox.c.sender == account.address,
            )
            .values(sender="", body="", error=None)
        )
