"""What the office sets stands apart from the plan and leaves a trace."""

from __future__ import annotations

from datetime import datetime, timedelta

from storage import office
from storage.engine import Store
from storage.ids import NumberedIds
from tests.storage.an_xuan import settle


async def test_settings_are_set_changed_and_taken_away_with_a_trace(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Each change is kept with before, after and who; setting the same again leaves none."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        key, commune, who = "duty.dinh-ky.due", place.commune.id, place.person_id
        on_20, on_25 = {"any": {"on": "06-20"}}, {"any": {"on": "06-25"}}
        assert await office.set_to(tx, commune, key, on_20, by=who, now=now, ids=ids)
        assert not await office.set_to(tx, commune, key, on_20, by=who, now=now, ids=ids)
        later = now + timedelta(hours=1)
        assert await office.set_to(tx, commune, key, on_25, by=who, now=later, ids=ids)
        assert await office.settings_of(tx, commune) == {key: on_25}
        assert await office.set_to(
            tx, commune, key, None, by=None, now=later + timedelta(hours=1), ids=ids
        )
        assert await office.setting(tx, commune, key) is None
        assert [
            (by, d["before"], d["after"]) for _, by, d in await office.history(tx, commune)
        ] == [
            (None, on_25, None),
            (who, on_20, on_25),
            (who, None, on_20),
        ]
