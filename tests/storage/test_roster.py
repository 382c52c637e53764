"""Names and posts: who is who in a commune, for however many people."""

from __future__ import annotations

from datetime import datetime, timedelta

from storage import people, roster
from storage.engine import Store
from storage.ids import NumberedIds
from tests.storage.an_xuan import add_person, add_reporter, settle


async def test_names_are_found_among_more_people_than_a_statement_takes_parameters(
    store: Store, now: datetime, ids: NumberedIds
):
    """Seventy thousand asked about at once; nameless ones are left out."""
    async with store.begin() as tx:
        lan = await add_person(tx, "Lan", now=now, ids=ids)
        await add_person(tx, "", now=now, ids=ids)
    async with store.read() as tx:
        assert await roster.names_of(tx, range(1, 70_001)) == {lan: "Lan"}
        assert await roster.names_of(tx, []) == {}


async def test_posts_are_those_held_now_with_whether_a_chat_is_open(
    store: Store, now: datetime, ids: NumberedIds
):
    """Who blocked us is not reachable; who left holds no post."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        east, west = place.villages["Thôn Đông"], place.villages["Thôn Tây"]
        lan = await add_reporter(tx, east, "Lan", now=now, ids=ids)
        minh = await add_reporter(tx, east, "Minh", now=now, ids=ids, rank=2, reachable=False)
        hoa = await add_reporter(tx, west, "Hoa", now=now, ids=ids)
        await people.end_role(tx, hoa, west.id, "reporter", now=now)
        await people.mark_blocked(tx, [("telegram", "1", f"chat-{lan}")], now=now)
    async with store.read() as tx:
        posts = await roster.posts_of_commune(tx, place.commune.id, now=now + timedelta(seconds=1))
    assert [(each.person_id, each.name, each.rank, each.reachable) for each in posts] == [
        (lan, "Lan", 1, False),
        (minh, "Minh", 2, False),
    ]
