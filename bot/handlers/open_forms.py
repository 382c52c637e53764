"""The open forms of a batch: sessions as the store keeps them and as the conversation goes on with them."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desks.base import Desk
from bot.flows.form import Session
from storage import sessions
from storage.sessions import OpenedRow, SessionRow

log = logging.getLogger(__name__)

Room = tuple[int, str]
"""A person and where they speak: "" in private."""

BRIEFS_KEPT = 2048
"""Of more open forms the briefs that were kept first are forgotten, and read again. Some 10 kB each."""


class Briefs:
    """The briefs of open forms by the id of their session: long, never changed, wanted at every turn.

    What is not remembered here (after a restart, or when another process opened the form) is
    read from the store once. Ids are never used twice.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[int, Any] = OrderedDict()

    def get(self, session_id: int) -> Any:
        """The brief, None when it is not remembered."""
        return self._kept.get(session_id)

    def keep(self, session_id: int, brief: Any) -> None:
        """Remember a brief."""
        while len(self._kept) >= BRIEFS_KEPT:
            self._kept.popitem(last=False)
        self._kept[session_id] = brief


@dataclass
class OpenForms:
    """Who has which form open. `rows` is what is stored, `forms` what it has come to since."""

    desks: Mapping[str, Desk]
    briefs: Briefs
    rows: dict[Room, SessionRow | None] = field(default_factory=dict)
    forms: dict[Room, Session | None] = field(default_factory=dict)

    def get(self, room: Room) -> Session | None:
        """The form that is open in a room."""
        return self.forms.get(room)

    async def load(
        self,
        tx: AsyncConnection,
        known: Mapping[Room, SessionRow | None],
        rooms: Collection[Room],
    ) -> None:
        """Begin with the rows that are known already, and load those of `rooms`."""
        self.rows.update(known)
        found = await sessions.load_rooms(tx, rooms)
        self.rows.update({room: found.get(room) for room in rooms})
        rows = {room: row for room, row in self.rows.items() if row is not None}
        briefs = await self._briefs(tx, rows)
        for room, row in rows.items():
            self.forms[room] = from_row(row, briefs[room]) if room in briefs else None

    async def _briefs(
        self, tx: AsyncConnection, rows: Mapping[Room, SessionRow]
    ) -> dict[Room, Any]:
        """The briefs of these forms; those that no longer fit their flow are left out."""
        found = {room: self.briefs.get(row.id) for room, row in rows.items()}
        unread = [room for room, brief in found.items() if brief is None]
        for room, text in (await sessions.briefs_of(tx, unread)).items():
            row = rows[room]
            found[room] = read_brief(self.desks, row.flow, text)
            # what is kept may push out another's that is wanted now: it was taken before
            self.briefs.keep(row.id, found[room])
        return {room: brief for room, brief in found.items() if brief is not None}

    async def save(self, tx: AsyncConnection, now: datetime) -> None:
        """Store what became of the forms since they were loaded, or saved before."""
        opened, moved, ended = [], [], []
        for room, form in self.forms.items():
            row = self.rows.get(room)
            if form is None:
                if row is not None:
                    ended.append(room)
                    self.rows[room] = None
                continue
            if row is None or row.id != form.id:
                opened.append(opened_row(form, now))
                self.rows[room] = opened[-1]
                self.briefs.keep(form.id, form.brief)
                continue
            changed = moved_row(form, row, now)
            if changed is not row:
                moved.append(changed)
            self.rows[room] = changed
        await sessions.save(tx, opened=opened, moved=moved, ended=ended)


def opened_row(session: Session, at: datetime) -> OpenedRow:
    """A session as it is stored when it is opened, or set aside."""
    return OpenedRow(
        id=session.id,
        person_id=session.person_id,
        room=session.room,
        flow=session.flow,
        brief=msgspec.json.encode(session.brief).decode(),
        answers=msgspec.json.encode(session.answers).decode(),
        asked=session.asked,
        subject=session.subject,
        opened_at=at,
        updated_at=at,
    )


def moved_row(session: Session, row: SessionRow, at: datetime) -> SessionRow:
    """The stored form with what the session came to; `row` itself when nothing changed."""
    answers = msgspec.json.encode(session.answers).decode()
    if row.answers == answers and row.asked == session.asked:
        return row
    return msgspec.structs.replace(row, answers=answers, asked=session.asked, updated_at=at)


def read_brief(desks: Mapping[str, Desk], flow: str, text: str) -> Any | None:
    """A stored brief; None when its flow is gone or it no longer fits (the form changed under it)."""
    desk = desks.get(flow)
    if desk is None:
        return None
    try:
        return msgspec.json.decode(text, type=desk.flow.brief)
    except msgspec.ValidationError:
        log.warning("a session of %s no longer fits its flow", flow)
        return None


def from_row(row: SessionRow, brief: Any) -> Session:
    """A stored session with its brief."""
    return Session(
        id=row.id,
        person_id=row.person_id,
        room=row.room,
        flow=row.flow,
        brief=brief,
        answers=msgspec.json.decode(row.answers),
        asked=row.asked,
        subject=row.subject,
    )
