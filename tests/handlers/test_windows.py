"""Which way a message goes: free, elsewhere, paid, by a template, or after the person's next word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import insert

from bot.channels.zalo_desk import NAME_BOT, NAME_OA
from bot.events import Button, Reply
from bot.handlers.combine import combined
from bot.handlers.windows import (
    MOST_TRIES,
    Rules,
    Windows,
    decide,
    month_began,
    month_of,
    quota_words,
)
from plans.nag_windows import WHY
from storage import outbox, windows, zalo
from storage.engine import Store
from storage.outbox import OutboxRow
from storage.tables import accounts, persons
from storage.windows import MonthUse
from tests.conftest import Clock

PAYING = Rules(allow_paid=True, budget_vnd=1000, template=True)


@pytest.mark.parametrize(
    ("silent_h", "rules", "left_vnd", "elsewhere", "woken", "way"),
    [
        (47.5, PAYING, 1000, True, False, "free"),
        (47.6, PAYING, 1000, True, False, "elsewhere"),
        (47.6, PAYING, 55, False, False, "paid"),
        (47.6, PAYING, 54, False, False, "waits"),
        (47.6, Rules(budget_vnd=1000), 1000, False, False, "waits"),
        (167, PAYING, 1000, False, False, "paid"),
        (167.1, PAYING, 1000, False, False, "template"),
        (167.1, PAYING, 199, False, False, "waits"),
        (167.1, PAYING, 1000, False, True, "waits"),
        (167.1, PAYING, 1000, True, False, "elsewhere"),
        (167.1, Rules(allow_paid=True, budget_vnd=1000), 1000, False, False, "waits"),
        (None, PAYING, 1000, False, False, "waits"),
        (None, PAYING, 1000, True, False, "elsewhere"),
    ],
)
def test_the_way_is_the_cheapest_that_reaches(
    silent_h: float | None, rules: Rules, left_vnd: int, elsewhere: bool, woken: bool, way: str
) -> None:
    silent_for = None if silent_h is None else timedelta(hours=silent_h)
    decision = decide(silent_for, rules, left_vnd=left_vnd, elsewhere=elsewhere, woken_lately=woken)
    assert decision.way == way
    assert decision.price_vnd == {"paid": 55, "template": 200}.get(way, 0)
    assert decision.why in WHY or way == "free"


def test_a_month_is_vietnams() -> None:
    late = datetime(2026, 6, 30, 17, 30, tzinfo=UTC)
    assert month_of(late) == "2026-07"
    assert month_began(late) == datetime(2026, 6, 30, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("people", "messages", "warns"),
    [(39, 2399, False), (40, 0, True), (0, 2400, True), (50, 3000, True)],
)
def test_a_quota_is_warned_of_at_four_fifths(people: int, messages: int, warns: bool) -> None:
    assert (quota_words(MonthUse(people, messages), Rules()) is not None) is warns


# --- what waits ----------------------------------------------------------------------------------


class Office:
    """A store with one person, and messages for them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self.windows = Windows(
            store=store,
            rules=Rules(people=2, messages=10),
            accounts={NAME_OA: "oa", NAME_BOT: "77", "telegram": "1"},
            clock=clock,
        )
        self._number = 100

    async def person(self, *chats: tuple[str, str]) -> int:
        """A person with these chats: (channel, account)."""
        self._number += 1
        person_id = self._number
        now = self.clock()
        async with self.store.begin() as tx:
            await tx.execute(insert(persons).values(id=person_id, created_at=now))
            for channel, account in chats:
                self._number += 1
                await tx.execute(
                    insert(accounts).values(
                        id=self._number,
                        channel=channel,
                        account=account,
                        address=f"chat-{person_id}",
                        person_id=person_id,
                        created_at=now,
                        last_in_at=now,
                    )
                )
        return person_id

    async def held(self, person_id: int, channel: str = NAME_OA, account: str = "oa") -> int:
        """A message that waits for this person."""
        self._number += 1
        now = self.clock()
        row = OutboxRow(
            id=self._number,
            channel=channel,
            account=account,
            chat=f"chat-{person_id}",
            person_id=person_id,
            body=msgspec.json.encode(Reply(words="Đã xong ạ.")).decode(),
            purpose="case",
            priority=outbox.PRIORITY["case"],
            not_before=now,
            made_at=now,
        )
        async with self.store.begin() as tx:
            await outbox.put(tx, [row])
            await outbox.claim(tx, channel, account, now=now, limit=5, lease_s=60)
            await outbox.held(tx, row.id, "window-closed: silent-7d")
        return row.id

    async def wrote(self, person_id: int, channel: str, account: str) -> None:
        """Their last word on this channel is now."""
        async with self.store.begin() as tx:
            row = zalo.ChatRow(
                channel=channel,
                account=account,
                chat=f"chat-{person_id}",
                interacted_at=self.clock(),
            )
            await zalo.save_chats(tx, [row])

    async def row(self, row_id: int) -> OutboxRow:
        """A message as it is now."""
        async with self.store.read() as tx:
            found = await outbox.get(tx, row_id)
        assert found is not None
        return found


@pytest.fixture
def office(store: Store, clock: Clock) -> Office:
    """An office, on each database."""
    return Office(store, clock)


async def test_what_waits_goes_by_telegram_where_the_person_is_there(office: Office) -> None:
    person = await office.person((NAME_OA, "oa"), ("telegram", "1"))
    row_id = await office.held(person)
    assert await office.windows.move_held() == 1
    row = await office.row(row_id)
    assert (row.channel, row.account, row.state) == ("telegram", "1", "waiting")
    async with office.store.read() as tx:
        (shown,) = await windows.choices(
            tx, NAME_OA, "oa", since=office.clock() - timedelta(days=1)
        )
    assert (shown.choice, shown.why, shown.person_id) == ("elsewhere", "silent-7d", person)


@pytest.mark.parametrize(
    "chats",
    [
        (),
        (("webchat", "local"),),
        (("telegram", "another-bot"),),
        ((NAME_OA, "oa"),),
    ],
)
async def test_it_waits_where_no_other_channel_reaches_the_person(
    office: Office, chats: tuple[tuple[str, str], ...]
) -> None:
    """The web chat shows only to who looks; a bot that is switched off carries nothing."""
    person = await office.person((NAME_OA, "oa"), *(chat for chat in chats if chat[0] != NAME_OA))
    row_id = await office.held(person)
    assert await office.windows.move_held() == 0
    assert (await office.row(row_id)).state == "held"


async def test_two_channels_that_both_refuse_do_not_play_ball_with_a_message(
    office: Office,
) -> None:
    person = await office.person((NAME_OA, "oa"), ("telegram", "1"))
    row_id = await office.held(person)
    moves = 0
    for _ in range(20):
        moves += await office.windows.move_held()
        now = office.clock()
        async with office.store.begin() as tx:
            row = await outbox.get(tx, row_id)
            assert row is not None
            await outbox.claim(tx, row.channel, row.account, now=now, limit=5, lease_s=60)
            await outbox.held(tx, row_id, "window-closed: refused")
            if row.channel == "telegram":  # as if it came back to where it was
                await outbox.readdress(
                    tx, row_id, states=("held",),
                    channel=NAME_OA, account="oa", chat=f"chat-{person}", now=now,
                )  # fmt: skip
                await outbox.claim(tx, NAME_OA, "oa", now=now, limit=5, lease_s=60)
                await outbox.held(tx, row_id, "window-closed: refused")
    assert 0 < moves <= MOST_TRIES
    assert (await office.row(row_id)).state == "held"


async def test_a_blocked_chat_is_no_way(office: Office) -> None:
    person = await office.person((NAME_OA, "oa"), ("telegram", "1"))
    async with office.store.begin() as tx:
        await tx.exec_driver_sql(
            "UPDATE accounts SET blocked_at = created_at WHERE channel = 'telegram'"
        )
    await office.held(person)
    assert await office.windows.move_held() == 0


async def test_from_a_bot_without_quota_it_goes_to_the_account_only_while_that_is_open(
    office: Office, clock: Clock
) -> None:
    person = await office.person((NAME_BOT, "77"), (NAME_OA, "oa"))
    first = await office.held(person, NAME_BOT, "77")
    assert await office.windows.move_held() == 0
    await office.wrote(person, NAME_OA, "oa")
    assert await office.windows.move_held() == 1
    assert (await office.row(first)).channel == NAME_OA
    clock.forward(hours=48)
    await office.held(person, NAME_BOT, "77")
    assert await office.windows.move_held() == 0


async def test_quota_is_left_for_those_already_counted(office: Office) -> None:
    for chat in ("a", "b"):
        assert (await office.windows.may_send_bot("77", chat, 1)).may == "go"
        await office.windows.count_bot("77", chat)
    assert (await office.windows.may_send_bot("77", "a", 2)).may == "go"
    refused = await office.windows.may_send_bot("77", "c", 3)
    assert (refused.may, refused.why) == ("wait", "quota")


async def test_two_processes_never_spend_more_than_the_budget(
    office: Office, store: Store, clock: Clock
) -> None:
    import asyncio

    paying = Windows(
        store=store,
        rules=Rules(allow_paid=True, budget_vnd=120),
        accounts={NAME_OA: "oa"},
        clock=clock,
    )
    person = await office.person((NAME_OA, "oa"))
    await office.wrote(person, NAME_OA, "oa")
    clock.forward(hours=60)
    verdicts = await asyncio.gather(
        *(paying.may_send_oa("oa", f"chat-{person}", number, no_paid=False) for number in range(8))
    )
    assert sorted(verdict.may for verdict in verdicts) == ["go"] * 2 + ["wait"] * 6


# --- combining -----------------------------------------------------------------------------------


def answer(
    number: int, reply: Reply, now: datetime, chat: str = "a", channel: str = NAME_BOT
) -> OutboxRow:
    """One answer of a turn."""
    return OutboxRow(
        id=number,
        channel=channel,
        account="77",
        chat=chat,
        person_id=1,
        body=msgspec.json.encode(reply).decode(),
        purpose="reply",
        priority=0,
        not_before=now,
        made_at=now,
        slot=reply.slot,
    )


def test_answers_of_one_turn_become_one_message_and_keep_the_choices_of_the_last(
    now: datetime,
) -> None:
    ask = Reply(words="Việc gì ạ?", buttons=(Button("Cầu", "q.x.1", "1"),), numbered=True)
    rows = [
        answer(1, Reply(words="Chào anh/chị."), now),
        answer(2, Reply(words="Chào chị."), now, chat="b"),
        answer(3, ask, now),
    ]
    made = combined(rows, frozenset({NAME_BOT}))
    assert [row.id for row in made] == [1, 2]
    joined = msgspec.json.decode(made[0].body, type=Reply)
    assert joined.words == "Chào anh/chị.\n\nViệc gì ạ?"
    assert joined.buttons == ask.buttons
    assert joined.numbered


@pytest.mark.parametrize(
    "first",
    [
        Reply(words="Chọn:", buttons=(Button("Cầu", "q.x.1", "1"),)),
        Reply(words="Em đã nhận 2 ảnh.", slot="more:photos", after_s=2),
        Reply(words="Ảnh đây ạ.", photos=(1,)),
        Reply(words="Ở đâu ạ?", asks_place=True),
        Reply(words="x" * 1600),
    ],
)
def test_what_asks_rests_shows_or_is_long_stays_by_itself(first: Reply, now: datetime) -> None:
    rows = [answer(1, first, now), answer(2, Reply(words="Xong."), now)]
    assert combined(rows, frozenset({NAME_BOT})) == rows


def test_other_channels_keep_their_messages_apart(now: datetime) -> None:
    rows = [answer(n, Reply(words=f"{n}"), now, channel="telegram") for n in (1, 2)]
    assert combined(rows, frozenset({NAME_BOT})) == rows
