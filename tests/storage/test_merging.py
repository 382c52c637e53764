"""Two persons become one, a person is forgotten: nothing is left behind or lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import inbox, nag_people, outbox, people, phones, sessions
from storage.engine import Store
from storage.ids import NumberedIds
from storage.inbox import InboxRow
from storage.merging import LEFT, MOVED, MOVED_BY_HAND, erase, merge
from storage.outbox import OutboxRow
from storage.people import Arrival
from storage.secrets import Seal
from storage.sessions import OpenedRow
from storage.tables import (
    calendar_links,
    cases,
    habits,
    handovers,
    memberships,
    metadata,
    obligations,
    persons,
    sealed_reporters,
)

SEAL = Seal(Fernet.generate_key().decode())
PERSON_WORDS = ("person_id", "_by", "reporter_id", "assignee_id")


def test_every_column_that_names_a_person_is_provided_for() -> None:
    listed = {f"{table.name}.{name}" for table, name in (*MOVED, *MOVED_BY_HAND, *LEFT)}
    naming = {
        f"{column.table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if any(key.column.table is persons for key in column.foreign_keys)
        or (column.name.endswith(PERSON_WORDS) and str(column.type) == "BIGINT")
    }
    assert naming == listed


def _form(person_id: int, now: datetime, room: str = "") -> OpenedRow:
    return OpenedRow(
        person_id=person_id,
        room=room,
        id=person_id * 10 + len(room),
        flow="report",
        brief="{}",
        answers="{}",
        opened_at=now,
        updated_at=now,
    )


def _message(row_id: int, now: datetime, state: str = "waiting") -> OutboxRow:
    return OutboxRow(
        id=row_id,
        channel="zalo",
        account="oa",
        chat="200",
        person_id=8,
        body="{}",
        purpose="reply",
        priority=0,
        state=state,
        not_before=now,
        made_at=now,
    )


async def _case(
    tx: AsyncConnection, case_id: int, now: datetime, *, named: int | None = None, sealed: int = 0
) -> None:
    case = {"id": case_id, "code": f"PA-{case_id}", "commune_id": 1, "violation_key": "x"}
    case |= {"words": "y", "state": "open", "opened_at": now, "changed_at": now}
    await tx.execute(insert(cases).values(**case, reporter_id=named))
    if sealed:
        row = {"sealed": SEAL.seal_person(sealed), "blind_index": SEAL.blind_index(sealed)}
        await tx.execute(insert(sealed_reporters).values(case_id=case_id, **row))


@pytest.fixture
async def two(
    store: Store, now: datetime, ids: NumberedIds, add_unit: Any, add_person: Any
) -> None:
    """Person 7 and person 8, who both head unit 1; 8 has a Zalo chat, forms and cases."""
    async with store.begin() as tx:
        await add_unit(tx, 1)
        await add_unit(tx, 2, parent="/1/")
        await add_person(tx, 7)
        await add_person(tx, 8, name="Minh", phone="0900", consented_at=now)
        for person_id, unit_id in ((7, 1), (8, 1), (8, 2)):
            await people.give_role(tx, person_id, unit_id, "reporter", now=now, ids=ids)
        await people.end_role(tx, 7, 1, "reporter", now=now)
        arrival = Arrival("zalo", "oa", "200", "Minh")
        await people.arrive(tx, [arrival], now=now, ids=NumberedIds(1000))
        await tx.exec_driver_sql("UPDATE accounts SET person_id = 8")
        forms = [_form(7, now), _form(8, now), _form(8, now, "group")]
        await sessions.save(tx, opened=forms)
        await outbox.put(tx, [_message(1, now), _message(2, now, "sent")])
        await _case(tx, 1, now, named=8)
        await _case(tx, 2, now, sealed=8)


async def test_the_person_kept_gets_everything(store: Store, two: None, now: datetime) -> None:
    async with store.begin() as tx:
        await merge(tx, 7, 8, now=now, seal=SEAL)
    async with store.read() as tx:
        kept, dropped = (await tx.execute(select(persons).order_by(persons.c.id))).all()[:2]
        assert (kept.name, kept.phone, kept.consented_at) == ("Minh", "0900", now)
        assert (dropped.name, dropped.phone, dropped.merged_into) == ("", None, 7)
        roles = await people.memberships_of(tx, [7, 8])
        # the role one of the two still has goes on
        assert {row.unit_id for row in roles[7]} == {1, 2}
        assert 8 not in roles
        assert [row.channel for row in (await people.accounts_of(tx, [7]))[7]] == ["zalo"]
        rooms = await sessions.load_rooms(tx, [(7, ""), (7, "group"), (8, ""), (8, "group")])
        assert {key: form.id for key, form in rooms.items()} == {(7, ""): 70, (7, "group"): 85}
        assert [draft.id for draft in await sessions.drafts_of(tx, 7)] == [80]
        assert [row.id for row in await outbox.waiting_for(tx, 7)] == [1]
        assert (await tx.execute(select(cases.c.reporter_id).where(cases.c.id == 1))).scalar() == 7
        sealed = (await tx.execute(select(sealed_reporters))).one()
        assert sealed.blind_index == SEAL.blind_index(7)
        assert SEAL.open_person(sealed.sealed) == 7


async def test_nobody_is_merged_with_themselves(store: Store, now: datetime) -> None:
    async with store.begin() as tx:
        with pytest.raises(ValueError, match="themselves"):
            await merge(tx, 7, 7, now=now)


async def test_who_wants_to_be_forgotten_is(store: Store, two: None, now: datetime) -> None:
    came = InboxRow(
        channel="zalo",
        account="oa",
        message_id="m1",
        sender="200",
        body="secret",
        state="done",
        received_at=now,
    )
    async with store.begin() as tx:
        await inbox.put(tx, [came])
        await phones.tell(tx, 8, "0900000001", now=now)
        await erase(tx, 8, now=now, seal=SEAL)
    async with store.read() as tx:
        person = (await tx.execute(select(persons).where(persons.c.id == 8))).one()
        assert (person.name, person.phone, person.erased_at) == ("", None, now)
        assert (person.told_phone, person.told_phone_at) == (None, None)
        assert await people.accounts_of(tx, [8]) == {}
        assert await sessions.load_rooms(tx, [(8, ""), (8, "group")]) == {}
        left = select(memberships).where(memberships.c.person_id == 8)
        assert (await tx.execute(left)).all() == []
        assert await outbox.waiting_for(tx, 8) == []
        sent = await outbox.get(tx, 2)
        assert sent is not None
        assert (sent.state, sent.body, sent.chat) == ("sent", "", "")
        assert (await tx.execute(select(cases.c.reporter_id))).scalars().all() == [None, None]
        assert (await tx.execute(select(sealed_reporters))).all() == []
        # a copy of an old message is still known, its words are gone
        assert await inbox.known(tx, [came.key]) == {came.key}
        assert "secret" not in str((await tx.exec_driver_sql("SELECT * FROM inbox")).all())
    async with store.begin() as tx:
        arrival = Arrival("zalo", "oa", "200", "Minh")
        at = now + timedelta(days=1)
        again = await people.arrive(tx, [arrival], now=at, ids=NumberedIds(2000))
    assert again[arrival.key].new
    assert again[arrival.key].person_id != 8


async def _duties(tx: AsyncConnection, now: datetime) -> None:
    """8 took a report on, offers it to 7, is known by habit, and asked for silence."""
    obligation = {"id": 1, "plan_id": 1, "duty_key": "d", "unit_id": 1, "period_key": "2026-H1"}
    await tx.execute(
        insert(obligations).values(**obligation, opens_at=now, state="open", assignee_id=8)
    )
    offer = {"id": 1, "obligation_id": 1, "from_person_id": 8, "to_person_id": 7, "asked_at": now}
    await tx.execute(insert(handovers).values(**offer))
    for person_id, bend in ((7, "late"), (8, "prompt:2")):
        habit = {"person_id": person_id, "kind": "half_year", "bend": bend, "days": []}
        await tx.execute(insert(habits).values(**habit, learned_at=now))
    await nag_people.mute(tx, 8, now=now)
    link = {"kind": "person", "subject_id": 8, "made_at": now}
    await tx.execute(insert(calendar_links).values(**link))


async def test_what_was_taken_on_and_asked_for_moves_too(
    store: Store, two: None, now: datetime
) -> None:
    """The report, the silence; an offer to oneself is void, and so is the other's calendar address."""
    async with store.begin() as tx:
        await _duties(tx, now)
        await merge(tx, 7, 8, now=now, seal=SEAL)
    async with store.read() as tx:
        assert await tx.scalar(select(obligations.c.assignee_id)) == 7
        assert await nag_people.muted(tx, [7, 8]) == {7}
        assert [row.bend for row in await tx.execute(select(habits))] == ["late"]
        assert await tx.scalar(select(handovers.c.accepted)) is False
        assert (await tx.execute(select(calendar_links))).all() == []


async def test_nobody_forgotten_is_left_with_a_duty_or_a_habit(
    store: Store, two: None, now: datetime
) -> None:
    """The report goes back to whoever reports for the unit."""
    async with store.begin() as tx:
        await _duties(tx, now)
        await erase(tx, 8, now=now, seal=SEAL)
    async with store.read() as tx:
        assert await tx.scalar(select(obligations.c.assignee_id)) is None
        assert [row.person_id for row in await tx.execute(select(habits))] == [7]
        assert await nag_people.muted(tx, [7, 8]) == set()
        assert await tx.scalar(select(handovers.c.accepted)) is False
        assert (await tx.execute(select(calendar_links))).all() == []
