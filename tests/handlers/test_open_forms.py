"""Open forms between the store and the conversation."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desks.base import Desk, Done
from bot.flows.form import Flow, Form, Receipt, Session
from bot.handlers import open_forms
from bot.handlers.open_forms import Briefs, OpenForms, Room
from storage.engine import Store

ROOM = (7, "")


class Brief(msgspec.Struct, frozen=True):
    """Of a small flow."""

    about: str


async def _prepares(at: Any, args: Any) -> Brief:
    return Brief("")


async def _submits(at: Any, form: Form[Any], session: Session) -> Done:
    return Done(Receipt())


FLOW: Flow[Any] = Flow(
    name="small", title="", brief=Brief, asks=lambda form: (), says=lambda form, receipt: ()
)
DESKS = {"small": Desk(flow=FLOW, prepares=_prepares, submits=_submits)}


async def _opened(
    store: Store, now: datetime, brief: Any, briefs: Briefs, room: Room = ROOM
) -> None:
    forms = OpenForms(DESKS, briefs)
    person_id, name = room
    async with store.begin() as tx:
        await forms.load(tx, {room: None}, ())
        forms.forms[room] = Session(
            id=person_id + 2,
            person_id=person_id,
            room=name,
            flow="small",
            brief=brief,
            answers={"a": "ố"},
        )
        await forms.save(tx, now)


async def _read(store: Store, briefs: Briefs) -> Session | None:
    async with store.begin() as tx:
        return await _read_in(tx, briefs)


async def _read_in(tx: AsyncConnection, briefs: Briefs) -> Session | None:
    forms = OpenForms(DESKS, briefs)
    await forms.load(tx, {}, [ROOM])
    return forms.get(ROOM)


async def test_a_form_is_the_same_for_the_process_that_opened_it_and_for_any_other(
    store: Store, now: datetime
) -> None:
    briefs = Briefs()
    await _opened(store, now, Brief("rác"), briefs)
    here, elsewhere = await _read(store, briefs), await _read(store, Briefs())
    assert here is not None
    assert here == elsewhere
    assert (here.brief, here.answers) == (Brief("rác"), {"a": "ố"})


async def test_answers_are_kept_and_an_ended_form_is_gone(store: Store, now: datetime) -> None:
    briefs = Briefs()
    await _opened(store, now, Brief("rác"), briefs)
    forms = OpenForms(DESKS, briefs)
    async with store.begin() as tx:
        await forms.load(tx, {}, [ROOM])
        form = forms.get(ROOM)
        assert form is not None
        form.answers["b"] = 2
        await forms.save(tx, now + timedelta(minutes=1))
        again = await _read_in(tx, Briefs())
        assert again is not None
        assert again.answers == {"a": "ố", "b": 2}
        forms.forms[ROOM] = None
        await forms.save(tx, now)
    assert await _read(store, Briefs()) is None


async def test_a_form_that_no_longer_fits_its_flow_is_let_go(store: Store, now: datetime) -> None:
    class Older(msgspec.Struct, frozen=True):
        subject: str

    await _opened(store, now, Older("rác"), Briefs())
    assert await _read(store, Briefs()) is None


async def test_what_is_read_anew_pushes_out_no_form_of_the_same_batch(
    store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first form is remembered and the oldest; reading the second must not lose it."""
    monkeypatch.setattr(open_forms, "BRIEFS_KEPT", 1)
    rooms = [(7, ""), (8, ""), (9, "")]
    briefs = Briefs()
    for room in rooms:
        remembered = briefs if room == rooms[0] else Briefs()
        await _opened(store, now, Brief(str(room[0])), remembered, room)
    forms = OpenForms(DESKS, briefs)
    async with store.begin() as tx:
        await forms.load(tx, {}, rooms)
    assert [form.brief for room in rooms if (form := forms.get(room))] == [
        Brief("7"), Brief("8"), Brief("9"),
    ]  # fmt: skip


def test_only_so_many_briefs_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_forms, "BRIEFS_KEPT", 2)
    briefs = Briefs()
    for number in range(4):
        briefs.keep(number, Brief(str(number)))
    assert [briefs.get(number) for number in range(4)] == [None, None, Brief("2"), Brief("3")]
