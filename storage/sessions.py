"""Half-filled forms: one open form for each person and room, and parked ones ("để sau").

The room is "" in private, on whatever channel, and "telegram:bot:chat" in a group.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Row, Select, Table, delete, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import direct
from storage.bulk import delete_many, insert_many, key_params, key_table, update_many
from storage.tables import briefs, drafts, sessions

PRIVATE = ""
"""The room of a person's form outside groups."""


class SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """An open form. `answers` is JSON that only the conversation reads; the brief is asked for apart."""

    person_id: int
    room: str
    id: int
    flow: str
    answers: str
    asked: str = ""
    subject: str = ""
    opened_at: datetime
    updated_at: datetime


class OpenedRow(SessionRow, frozen=True, kw_only=True):
    """An open form with its brief: long JSON that never changes, so that it is not read at every turn."""

    brief: str


class DraftRow(msgspec.Struct, frozen=True, kw_only=True):
    """A form set aside to be filled later. `id` is the id of the session it was."""

    id: int
    person_id: int
    room: str
    flow: str
    brief: str
    answers: str
    asked: str = ""
    subject: str = ""
    opened_at: datetime
    parked_at: datetime


_KEY = ("person_id", "room")
_WHOLE = tuple(column.name for column in sessions.columns if column.name not in _KEY)


async def load_rooms(
    tx: AsyncConnection, keys: Iterable[tuple[int, str]]
) -> dict[tuple[int, str], SessionRow]:
    """The open forms of these (person, room) pairs; pairs without one are left out."""
    names = SessionRow.__struct_fields__
    rows = await _of_rooms(tx, sessions, names, keys)
    found = (SessionRow(**dict(zip(names, row, strict=True))) for row in rows)
    return {(session.person_id, session.room): session for session in found}


async def briefs_of(
    tx: AsyncConnection, keys: Iterable[tuple[int, str]]
) -> dict[tuple[int, str], str]:
    """What the open forms of these (person, room) pairs were told when they were opened."""
    rows = await _of_rooms(tx, briefs, ("person_id", "room", "brief"), keys)
    return {(person_id, room): brief for person_id, room, brief in rows}


async def _of_rooms(
    tx: AsyncConnection, table: Table, names: tuple[str, ...], keys: Iterable[tuple[int, str]]
) -> Sequence[Sequence[Any]]:
    wanted = sorted(set(keys))
    if not wanted:
        return ()
    params = key_params(tx, [table.c[name] for name in _KEY], wanted)
    return await direct.rows(tx, _of_rooms_statement(table, tx.dialect.name, names), params)


@lru_cache(maxsize=4)
def _of_rooms_statement(table: Table, dialect_name: str, names: tuple[str, ...]) -> Select[Any]:
    keys = key_table(dialect_name, [table.c[name] for name in _KEY])
    same = (keys.c.person_id == table.c.person_id) & (keys.c.room == table.c.room)
    return select(*(table.c[name] for name in names)).select_from(keys).join(table, same)


async def save(
    tx: AsyncConnection,
    *,
    opened: Sequence[OpenedRow] = (),
    moved: Sequence[SessionRow] = (),
    ended: Iterable[tuple[int, str]] = (),
) -> None:
    """Keep what a batch did to forms, with one statement for each kind of change.

    Args:
        opened: new forms; each takes the place of what was open in its room.
        moved: forms open before; only the answers, the question and the time are written.
        ended: (person, room) pairs whose form was filed or given up.
    """
    await _end(tx, ended)
    await insert_many(tx, sessions, opened, update=_WHOLE)
    await insert_many(tx, briefs, opened, update=("brief",))
    await update_many(tx, sessions, moved, columns=("answers", "asked", "updated_at"))


async def _end(tx: AsyncConnection, rooms: Iterable[tuple[int, str]]) -> None:
    rooms = list(rooms)
    await delete_many(tx, sessions, _KEY, rooms)
    await delete_many(tx, briefs, _KEY, rooms)


def as_draft(form: OpenedRow, now: datetime) -> DraftRow:
    """An open form as it is set aside."""
    values = msgspec.structs.asdict(form)
    del values["updated_at"]
    return DraftRow(**values, parked_at=now)


async def park(tx: AsyncConnection, parked: Sequence[OpenedRow], *, now: datetime) -> None:
    """Set open forms aside; their rooms are free afterwards."""
    rows = [as_draft(session, now) for session in parked]
    updated = tuple(name for name in DraftRow.__struct_fields__ if name != "id")
    await insert_many(tx, drafts, rows, update=updated)
    await _end(tx, [(session.person_id, session.room) for session in parked])


async def drafts_of(tx: AsyncConnection, person_id: int, room: str = PRIVATE) -> list[DraftRow]:
    """The forms this person set aside in this room, newest first."""
    rows = await tx.execute(
        select(drafts)
        .where(drafts.c.person_id == person_id, drafts.c.room == room)
        .order_by(drafts.c.parked_at.desc(), drafts.c.id.desc())
    )
    return [_draft(row) for row in rows]


async def take_draft(
    tx: AsyncConnection, draft_id: int, *, now: datetime, person_id: int | None = None
) -> OpenedRow | None:
    """Take a parked form out again, to be saved as `opened`; None when it is gone.

    With `person_id` only that person's own draft is taken.
    """
    found = delete(drafts).where(drafts.c.id == draft_id)
    if person_id is not None:
        found = found.where(drafts.c.person_id == person_id)
    row = (await tx.execute(found.returning(drafts))).one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)
    del values["parked_at"]
    return OpenedRow(**values, updated_at=now)


async def forget_drafts_before(tx: AsyncConnection, before: datetime) -> None:
    """Throw away forms that were parked before `before`."""
    await tx.execute(delete(drafts).where(drafts.c.parked_at < before))


async def idle_since(tx: AsyncConnection, before: datetime, limit: int = 100) -> list[OpenedRow]:
    """Open forms nobody touched since `before`, longest idle first."""
    rows = await tx.execute(
        select(sessions, briefs.c.brief)
        .join(briefs, _SAME)
        .where(sessions.c.updated_at < before)
        .order_by(sessions.c.updated_at)
        .limit(limit)
    )
    return [OpenedRow(**row._mapping) for row in rows]


_SAME = (sessions.c.person_id == briefs.c.person_id) & (sessions.c.room == briefs.c.room)


async def take_out(tx: AsyncConnection, person_id: int) -> list[OpenedRow]:
    """Take all open forms away from a person, to be saved as somebody else's."""
    found = select(sessions, briefs.c.brief).join(briefs, _SAME)
    rows = await tx.execute(found.where(sessions.c.person_id == person_id))
    taken = [OpenedRow(**row._mapping) for row in rows]
    await _end(tx, [(form.person_id, form.room) for form in taken])
    return taken


def _draft(row: Row[tuple[object, ...]]) -> DraftRow:
    return DraftRow(**row._mapping)


# --- what was begun ------------------------------------------------------------------------------


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """A form that somebody has begun about a subject, open or set aside (`parked`)."""

    person_id: int
    room: str
    subject: str
    flow: str
    brief: str
    answers: str
    parked: bool


async def begun(
    tx: AsyncConnection, person_ids: Iterable[int], subjects: Iterable[str]
) -> dict[tuple[int, str], Begun]:
    """By (person, subject) the form that is open or set aside about it, in private; open ones first."""
    people = [(each,) for each in sorted(set(person_ids))]
    wanted = set(subjects)
    if not people or not wanted:
        return {}
    found: dict[tuple[int, str], Begun] = {}
    for table, parked in ((drafts, True), (sessions, False)):
        statement = _begun_statement(table, tx.dialect.name)
        params = key_params(tx, [table.c.person_id], people)
        begun_forms = await direct.rows(tx, statement, params)
        for person_id, room, subject, flow, brief, answers in begun_forms:
            found[(person_id, subject)] = Begun(
                person_id=person_id,
                room=room,
                subject=subject,
                flow=flow,
                brief=brief,
                answers=answers,
                parked=parked,
            )
    return {key: one for key, one in found.items() if key[1] in wanted}


@lru_cache(maxsize=4)
def _begun_statement(table: Table, dialect_name: str) -> Select[Any]:
    keys = key_table(dialect_name, [table.c.person_id])
    begun_forms = keys.join(table, table.c.person_id == keys.c.person_id)
    brief = drafts.c.brief
    if table is sessions:
        begun_forms, brief = begun_forms.join(briefs, _SAME), briefs.c.brief
    return (
        select(table.c.person_id, table.c.room, table.c.subject, table.c.flow,
               brief, table.c.answers)
        .select_from(begun_forms)
        .where(table.c.room == literal_column("''"),
               table.c.subject.like(literal_column("'obligation:%'")))
    )  # fmt: skip
