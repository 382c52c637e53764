"""What is remembered of Zalo: sealed pairs, chats, updates, alerts, uploads, quotas; on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from storage import alerts, uploads, windows, zalo, zalo_tokens
from storage.engine import Store
from storage.ids import NumberedIds
from storage.secrets import Seal
from storage.windows import ChoiceRow
from storage.zalo import ChatRow, EventRow
from storage.zalo_tokens import Pair
from tests.conftest import Clock

OA = ("zalo_oa", "oa")


@pytest.fixture
def seal() -> Seal:
    """A key of this test."""
    return Seal(Fernet.generate_key().decode())


async def keep_pair(
    store: Store, seal: Seal, clock: Clock, ids: NumberedIds, name: str, by: zalo_tokens.MadeBy
) -> None:
    """Make "a-name" and "r-name" the current pair."""
    async with store.begin() as tx:
        await zalo_tokens.replace(
            tx,
            "oa",
            access=f"a-{name}",
            refresh=f"r-{name}",
            expires_at=clock() + timedelta(hours=25),
            made_by=by,
            seal=seal,
            now=clock(),
            ids=ids,
        )


async def current(store: Store, seal: Seal) -> Pair | None:
    """The pair in use."""
    async with store.read() as tx:
        return await zalo_tokens.current(tx, "oa", seal)


async def test_a_new_pair_takes_the_place_of_the_old_which_stays_in_the_history(
    store: Store, seal: Seal, clock: Clock, ids: NumberedIds
) -> None:
    await keep_pair(store, seal, clock, ids, "1", "consent")
    clock.forward(hours=21)
    await keep_pair(store, seal, clock, ids, "2", "refresh")
    clock.forward(hours=1)
    await keep_pair(store, seal, clock, ids, "3", "consent")
    found = await current(store, seal)
    assert found is not None
    assert (found.access, found.refresh) == ("a-3", "r-3")
    assert "a-3" not in repr(found)
    async with store.read() as tx:
        ages = await zalo_tokens.history(tx, "oa")
    assert [age.state for age in ages] == ["current", "replaced", "spent"]


async def test_a_pair_sealed_with_another_key_cannot_be_opened(
    store: Store, seal: Seal, clock: Clock, ids: NumberedIds
) -> None:
    await keep_pair(store, seal, clock, ids, "1", "consent")
    with pytest.raises(ValueError, match="a key that is not here"):
        await current(store, Seal(Fernet.generate_key().decode()))


async def test_a_mark_of_spending_stays_until_it_is_taken_back(
    store: Store, seal: Seal, clock: Clock, ids: NumberedIds
) -> None:
    await keep_pair(store, seal, clock, ids, "1", "consent")
    pair = await current(store, seal)
    assert pair is not None
    async with store.begin() as tx:
        await zalo_tokens.about_to_spend(tx, pair.id, now=clock())
    marked = await current(store, seal)
    assert marked is not None
    assert marked.spending_at == clock()
    async with store.begin() as tx:
        await zalo_tokens.not_spent(tx, pair.id)
    freed = await current(store, seal)
    assert freed is not None
    assert freed.spending_at is None


async def test_a_consent_link_is_good_once(
    store: Store, seal: Seal, clock: Clock, ids: NumberedIds
) -> None:
    async with store.begin() as tx:
        await zalo_tokens.begin_consent(
            tx, "oa", state="s", verifier="v" * 43, seal=seal, now=clock()
        )

    async def take(state: str) -> object:
        async with store.begin() as tx:
            return await zalo_tokens.take_consent(
                tx, "oa", state, since=clock() - timedelta(minutes=15), seal=seal, now=clock()
            )

    found = await asyncio.gather(*(take("s") for _ in range(4)))
    assert sum(one is not None for one in found) == 1
    assert await take("") is None


async def test_windows_are_counted_by_the_last_word(store: Store, clock: Clock) -> None:
    now = clock()
    rows = [
        ChatRow(
            channel="zalo_oa", account="oa", chat=str(n), interacted_at=now - timedelta(hours=h)
        )
        for n, h in enumerate((1, 40, 60, 100, 200))
    ]
    async with store.begin() as tx:
        await zalo.save_chats(tx, [*rows, ChatRow(channel="zalo_oa", account="oa", chat="never")])
    async with store.read() as tx:
        counts = await zalo.window_counts(
            tx,
            *OA,
            free_since=now - timedelta(hours=47.5),
            paid_since=now - timedelta(hours=167),
        )
    assert (counts.free, counts.paid, counts.closed) == (2, 2, 2)


async def test_an_update_is_kept_once(store: Store, clock: Clock) -> None:
    row = EventRow(
        channel="zalo_oa",
        account="oa",
        key="k",
        event="user_withdraw",
        chat="1",
        body="{}",
        at=clock(),
        state="new",
    )
    async with store.begin() as tx:
        assert await zalo.put_events(tx, [row]) == {"k"}
    async with store.begin() as tx:
        assert await zalo.put_events(tx, [row]) == set()
        assert await zalo.has_to_do(tx, *OA)
        found = await zalo.events_to_do(tx, *OA)
        await zalo.mark_events(tx, found, "done")
    async with store.begin() as tx:
        assert not await zalo.has_to_do(tx, *OA)
        await zalo.forget_events(tx, clock() + timedelta(days=1))
        assert await zalo.put_events(tx, [row]) == {"k"}


async def test_an_alert_is_told_once_and_again_after_half_a_day_and_when_it_comes_back(
    store: Store, clock: Clock
) -> None:
    async def raised() -> bool:
        async with store.begin() as tx:
            return await alerts.raise_alert(tx, *OA, "down", "away", now=clock())

    assert await raised()
    clock.forward(hours=1)
    assert not await raised()
    clock.forward(hours=12)
    assert await raised()
    async with store.begin() as tx:
        assert await alerts.end_alert(tx, *OA, "down", now=clock())
        assert not await alerts.end_alert(tx, *OA, "down", now=clock())
        assert await alerts.open_alerts(tx) == []
    assert await raised()


async def test_money_set_aside_is_summed_and_put_right(store: Store, clock: Clock) -> None:
    def choice(number: int, price_vnd: int) -> ChoiceRow:
        return ChoiceRow(
            outbox_id=number,
            channel="zalo_oa",
            account="oa",
            choice="paid",
            price_vnd=price_vnd,
            why="silent-48h",
            decided_at=clock(),
        )

    async with store.begin() as tx:
        for number in (1, 2, 2):
            await windows.record_choice(tx, choice(number, 55))
        await windows.correct_price(tx, 1, by_vnd=-55)
        assert await windows.spent_vnd(tx, *OA, since=clock()) == 110
        assert await windows.spent_vnd(tx, *OA, since=clock() + timedelta(seconds=1)) == 0


async def test_a_month_counts_people_and_messages(store: Store) -> None:
    async with store.begin() as tx:
        for chat in ("a", "a", "b"):
            await windows.count_message(tx, "zalo_bot", "77", "2026-06", chat)
        await windows.count_message(tx, "zalo_bot", "77", "2026-07", "c")
        use = await windows.month_use(tx, "zalo_bot", "77", "2026-06")
        assert (use.people, use.messages) == (2, 3)
        assert await windows.counted_this_month(tx, "zalo_bot", "77", "2026-06", "a")
        assert not await windows.counted_this_month(tx, "zalo_bot", "77", "2026-06", "c")


async def test_an_upload_is_used_until_it_is_too_old(store: Store, clock: Clock) -> None:
    async with store.begin() as tx:
        made = uploads.Upload("attachment_id", "x")
        await uploads.keep_upload(tx, *OA, "sha", made, now=clock())
        since = clock() - timedelta(days=6)
        assert await uploads.find_upload(tx, *OA, "sha", since=since) == made
        assert await uploads.find_upload(tx, *OA, "sha", since=clock()) is None
        await uploads.forget_upload(tx, *OA, "sha")
        assert await uploads.find_upload(tx, *OA, "sha", since=since) is None


async def test_an_address_of_a_picture_ends(store: Store, clock: Clock) -> None:
    async with store.begin() as tx:
        await uploads.publish(tx, "digest", "sha", until=clock() + timedelta(hours=1))
        assert await uploads.published(tx, "digest", now=clock()) == "sha"
        assert await uploads.published(tx, "other", now=clock()) is None
        later = clock() + timedelta(hours=1)
        assert await uploads.published(tx, "digest", now=later) is None
        assert not await uploads.is_shown_copy(tx, "sha")
