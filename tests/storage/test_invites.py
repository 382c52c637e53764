"""Codes: good once or several times, for a while, and not to be guessed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import invites
from storage.access import Role
from storage.engine import Store
from storage.ids import CODE_LETTERS, NumberedIds
from storage.invites import MOST_WRONG, WRONG_WINDOW, Invite, TooManyTries, folded

CHAT = {"channel": "telegram", "account": "bot", "address": "100"}


@pytest.fixture
async def invite(store: Store, add_unit: Any, now: datetime, ids: NumberedIds) -> Invite:
    """A code that one village head may use within a week."""
    async with store.begin() as tx:
        await add_unit(tx, 1)
        return await invites.make(
            tx,
            unit_id=1,
            role=Role.REPORTER,
            name="Lan",
            expires_at=now + timedelta(days=7),
            by=None,
            now=now,
            ids=ids,
            rng=random.Random(1),
        )


async def _find(store: Store, code: str, now: datetime, **chat: str) -> Invite | None:
    async with store.begin() as tx:
        return await invites.find(tx, code, **(CHAT | chat), now=now)


async def _use(store: Store, code: str, now: datetime) -> Invite | None:
    async with store.begin() as tx:
        return await invites.use(tx, code, now=now)


async def test_a_code_is_found_however_it_is_typed(
    store: Store, invite: Invite, now: datetime
) -> None:
    assert len(invite.shown) == 9
    for typed in (invite.code, invite.shown, f"  {invite.shown.lower()} ", " ".join(invite.code)):
        assert await _find(store, typed, now) == invite


@pytest.mark.parametrize(
    ("typed", "code"), [("đk7â", "DDK7AA"), ("Á-ơ", "ASOW"), ("ậb", "AAJB"), ("", ""), ("̂", "")]
)
def test_what_a_telex_keyboard_made_of_a_code_is_taken_apart(typed: str, code: str) -> None:
    assert folded(typed) == code


@given(st.text(CODE_LETTERS, min_size=8, max_size=8), st.sampled_from(["-", " ", ""]))
def test_folding_keeps_every_code(code: str, mark: str) -> None:
    assert folded(f" {code[:4].lower()}{mark}{code[4:]}\n") == code


async def test_a_single_use_code_is_used_once(
    store: Store, open_another: Callable[[], Store], invite: Invite, now: datetime
) -> None:
    other = open_another()
    used = await asyncio.gather(*(_use(d, invite.shown, now) for d in (store, other) * 3))
    await other.close()
    assert [each.uses_left for each in used if each] == [0]
    assert await _find(store, invite.code, now) is None


async def test_a_code_for_several_people_is_used_that_often(
    store: Store, invite: Invite, now: datetime, ids: NumberedIds
) -> None:
    async with store.begin() as tx:
        many = await invites.make(
            tx, unit_id=1, role=Role.REPORTER, uses=3, by=None, now=now, ids=ids
        )
        open_ = await invites.open_for_unit(tx, 1, now=now)
        assert [each.id for each in open_] == [many.id, invite.id]
    left = [await _use(store, many.code, now + timedelta(days=900)) for _ in range(4)]
    assert [each.uses_left if each else None for each in left] == [2, 1, 0, None]


async def test_a_code_ends_with_its_time(store: Store, invite: Invite, now: datetime) -> None:
    week = timedelta(days=7)
    assert await _find(store, invite.code, now + week - timedelta(seconds=1))
    assert await _find(store, invite.code, now + week) is None
    assert await _use(store, invite.code, now + week) is None


async def test_a_withdrawn_code_is_useless(store: Store, invite: Invite, now: datetime) -> None:
    async with store.begin() as tx:
        await invites.withdraw(tx, invite.id)
    assert await _use(store, invite.code, now) is None


async def test_guessing_is_stopped_for_the_chat_and_for_a_while(
    store: Store, invite: Invite, now: datetime
) -> None:
    for _ in range(MOST_WRONG):
        assert await _find(store, "WRONGWRO", now) is None
    with pytest.raises(TooManyTries):
        await _find(store, invite.code, now + WRONG_WINDOW - timedelta(seconds=1))
    assert await _find(store, invite.code, now, address="200") == invite
    assert await _find(store, invite.code, now + WRONG_WINDOW) == invite


async def test_a_right_code_clears_the_count(store: Store, invite: Invite, now: datetime) -> None:
    for _ in range(3):
        for _ in range(MOST_WRONG - 1):
            assert await _find(store, "WRONGWRO", now) is None
        assert await _find(store, invite.code, now) == invite


async def test_a_link_code_names_the_person_and_lasts_minutes(
    store: Store, now: datetime, add_person: Any, ids: NumberedIds
) -> None:
    async with store.begin() as tx:
        await add_person(tx, 7)
        link = await invites.make_link(tx, 7, now=now, ids=ids)
    found = await _find(store, link.code, now + timedelta(minutes=14))
    assert found is not None
    assert (found.kind, found.person_id, found.role) == ("link", 7, None)
    assert await _find(store, link.code, now + timedelta(minutes=15)) is None


async def test_no_code_makes_a_citizen(store: Store, now: datetime, ids: NumberedIds) -> None:
    async with store.begin() as tx:
        with pytest.raises(ValueError, match="citizen"):
            await invites.make(tx, unit_id=1, role=Role.CITIZEN, by=None, now=now, ids=ids)
