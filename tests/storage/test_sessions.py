"""Open forms and parked ones."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from storage import sessions
from storage.engine import Store
from storage.sessions import OpenedRow
from tests.storage.conftest import without_brief


def _form(now: datetime, person_id: int = 7, room: str = "", **more: Any) -> OpenedRow:
    values: dict[str, Any] = {"id": 100 + person_id, "flow": "report", "brief": '{"b":1}'}
    values |= {"answers": "{}", "asked": "kind", "subject": "obligation:5"}
    return OpenedRow(
        person_id=person_id, room=room, opened_at=now, updated_at=now, **(values | more)
    )


async def test_a_form_is_opened_moved_and_ended(store: Store, now: datetime) -> None:
    mine, other, group = _form(now), _form(now, 8), _form(now, 7, "telegram:bot:-1", id=300)
    async with store.begin() as tx:
        await sessions.save(tx, opened=[mine, other, group])
    later = now + timedelta(minutes=1)
    moved = msgspec.structs.replace(
        mine, answers='{"kind":"đốt"}', asked="where", updated_at=later, brief="changed"
    )
    async with store.begin() as tx:
        await sessions.save(tx, moved=[moved], ended=[(8, "")])
    async with store.read() as tx:
        keys = [(7, ""), (8, ""), (7, "telegram:bot:-1")]
        found = await sessions.load_rooms(tx, keys)
        briefs = await sessions.briefs_of(tx, keys)
    assert found == {(7, ""): without_brief(moved), (7, "telegram:bot:-1"): without_brief(group)}
    # what a form was told when it opened never changes
    assert briefs == {(7, ""): mine.brief, (7, "telegram:bot:-1"): group.brief}


async def test_opening_takes_the_place_of_what_was_open(store: Store, now: datetime) -> None:
    async with store.begin() as tx:
        await sessions.save(tx, opened=[_form(now)])
        new = _form(now + timedelta(days=1), flow="violation", id=200, subject="", brief="new")
        # one batch may also end a form and open the next in its place
        await sessions.save(tx, opened=[new], ended=[(7, "")])
        assert await sessions.load_rooms(tx, [(7, "")]) == {(7, ""): without_brief(new)}
        assert await sessions.briefs_of(tx, [(7, "")]) == {(7, ""): "new"}
        assert await sessions.load_rooms(tx, []) == {}
        assert await sessions.briefs_of(tx, []) == {}


async def test_a_parked_form_frees_the_room_and_comes_back_whole(
    store: Store, now: datetime
) -> None:
    form, second = _form(now, answers='{"a":2}'), _form(now, id=200)
    at = now + timedelta(hours=1)
    async with store.begin() as tx:
        await sessions.save(tx, opened=[form])
        await sessions.park(tx, [form], now=at)
        await sessions.park(tx, [second], now=at + timedelta(hours=1))
        assert await sessions.load_rooms(tx, [(7, "")]) == {}
        assert [draft.id for draft in await sessions.drafts_of(tx, 7)] == [200, form.id]
        assert await sessions.drafts_of(tx, 7, "elsewhere") == []
    async with store.begin() as tx:
        assert await sessions.take_draft(tx, form.id, now=at, person_id=8) is None
        taken = await sessions.take_draft(tx, form.id, now=at, person_id=7)
        assert taken == msgspec.structs.replace(form, updated_at=at)
        assert await sessions.take_draft(tx, form.id, now=at) is None


async def test_old_drafts_go_and_idle_forms_are_found(store: Store, now: datetime) -> None:
    async with store.begin() as tx:
        await sessions.save(tx, opened=[_form(now), _form(now + timedelta(days=1), 8)])
        idle = await sessions.idle_since(tx, now + timedelta(hours=1))
        assert [form.person_id for form in idle] == [7]
        await sessions.park(tx, [_form(now)], now=now)
        await sessions.forget_drafts_before(tx, now)
        assert len(await sessions.drafts_of(tx, 7)) == 1
        await sessions.forget_drafts_before(tx, now + timedelta(seconds=1))
        assert await sessions.drafts_of(tx, 7) == []
