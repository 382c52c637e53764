"""Old messages go, what is still to be done stays, and a sealed form leaves no trail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from storage import inbox, outbox, people, retention
from storage.engine import Store
from storage.ids import NumberedIds
from storage.inbox import InboxRow
from storage.outbox import OutboxRow
from storage.people import Arrival
from storage.tables import inbox as inbox_rows

LAN = Arrival("telegram", "bot", "lan", "Lan")


def _heard(number: int, at: datetime, *, state: Any = "done", sender: str = "lan") -> InboxRow:
    return InboxRow(
        channel="telegram",
        account="bot",
        message_id=f"{number:03}",
        sender=sender,
        body=f'{{"n":{number}}}',
        state=state,
        received_at=at,
    )


def _told(number: int, at: datetime, state: str = "sent", **more: Any) -> OutboxRow:
    values: dict[str, Any] = {"person_id": None, "chat": "lan", "purpose": "reply"} | more
    return OutboxRow(
        id=number,
        channel="telegram",
        account="bot",
        body="{}",
        priority=0,
        state=state,
        not_before=at,
        made_at=at,
        sent_at=at if state == "sent" else None,
        **values,
    )


async def _left(store: Store, numbers: range) -> list[int]:
    async with store.read() as tx:
        found = [await outbox.get(tx, number) for number in numbers]
    return [row.id for row in found if row is not None]


async def test_only_old_messages_that_were_worked_on_or_carried_go(
    store: Store, now: datetime
) -> None:
    """Whatever waits, is held, failed or lies in quarantine stays, however old; so does what is new."""
    old, states = (
        now - timedelta(days=31),
        ("sent", "dropped", "waiting", "held", "failed", "unknown"),
    )
    async with store.begin() as tx:
        heard = [_heard(1, old), _heard(2, old, state="waiting"), _heard(4, now)]
        await inbox.put(tx, [*heard, _heard(3, old, state="quarantined")])
        await outbox.put(tx, [_told(n, old, state) for n, state in enumerate(states, 1)])
        await outbox.put(tx, [_told(7, now)])
    before = now - timedelta(days=30)
    async with store.begin() as tx:
        assert await retention.prune_inbox(tx, before) == 1
        assert await retention.prune_outbox(tx, before) == 2
        assert await inbox.known(tx, [row.key for row in heard]) == {row.key for row in heard[1:]}
    assert await _left(store, range(1, 8)) == [3, 4, 5, 6, 7]


async def test_old_messages_go_in_small_batches(store: Store, now: datetime) -> None:
    """No batch is larger than asked for, the oldest first."""
    async with store.begin() as tx:
        rows = [_heard(n, now - timedelta(days=40 - n)) for n in range(5)]
        await inbox.put(tx, rows)
        await outbox.put(tx, [_told(n, now - timedelta(days=40)) for n in range(1, 6)])
    async with store.begin() as tx:
        assert await retention.prune_inbox(tx, now, limit=2) == 2
        assert await retention.prune_outbox(tx, now, limit=2) == 2
        assert await inbox.known(tx, [row.key for row in rows]) == {row.key for row in rows[2:]}
    assert await _left(store, range(1, 6)) == [3, 4, 5]


async def test_the_words_of_a_sealed_form_go_and_their_keys_stay(
    store: Store, now: datetime
) -> None:
    """Neither words nor the minute lead from the person to the case; a copy is known all the same."""
    opened = now - timedelta(minutes=5)
    earlier, said, other = (
        _heard(1, opened - timedelta(hours=1)),
        _heard(2, opened),
        _heard(3, opened, sender="minh"),
    )
    sending, waiting = _heard(4, now), _heard(5, now, state="waiting")
    async with store.begin() as tx:
        lan = (await people.arrive(tx, [LAN], now=now, ids=NumberedIds(900)))[LAN.key].person_id
        await inbox.put(tx, [earlier, said, other, sending, waiting])
        await outbox.put(tx, [_told(1, opened - timedelta(hours=1), person_id=lan)])
        await outbox.put(tx, [_told(2, opened, person_id=lan), _told(3, now, person_id=None)])
        await outbox.put(tx, [_told(4, now, "waiting", person_id=lan)])
        await retention.unsay(tx, lan, since=opened, first_id=2, working_on=[sending.key])
    async with store.begin() as tx:
        assert await inbox.put(tx, [said, sending]) == set()
        (still,) = await inbox.waiting(tx, 10)
        assert still.body == waiting.body
        bodies = {row.message_id: row.body for row in await _inbox(tx)}
        assert bodies == {
            "001": earlier.body, "002": "", "003": other.body, "004": "", "005": waiting.body,
        }  # fmt: skip
        assert {row.received_at for row in await _inbox(tx) if not row.body}.isdisjoint(
            {opened, now}
        )
        # the answer that is not carried yet is carried first
        assert await retention.fade(tx, before=now + timedelta(minutes=10)) == 1
    assert await _left(store, range(1, 5)) == [1, 3, 4]
    async with store.begin() as tx:
        await outbox.claim(tx, "telegram", "bot", now=now, limit=5, lease_s=60)
        await outbox.sent(tx, [(4, "m4")], now=now)
        assert await retention.fade(tx, before=now) == 0
        assert await retention.fade(tx, before=now + timedelta(seconds=1)) == 1
    assert await _left(store, range(1, 5)) == [1, 3]


async def test_news_of_a_sealed_case_fades_by_whichever_chat_it_went(
    store: Store, now: datetime
) -> None:
    """A chat that is shut, or whose window is, does not leave word of the case with the person for good."""
    states: dict[int, outbox.State] = {1: "sending", 2: "held"}
    rows = [
        _told(n, now, "waiting", chat=f"c{n}", slot=f"sealed:{n}", reply_to="m0") for n in states
    ]
    async with store.begin() as tx:
        await outbox.put(tx, rows)
        await outbox.claim(tx, "telegram", "bot", now=now, limit=5, lease_s=60)
        await outbox.held(tx, 2)
        for number, state in states.items():
            await outbox.readdress(
                tx, number, states=(state,), channel="zalo_oa", account="oa", chat="z", now=now
            )  # fmt: skip
        taken = [await outbox.get(tx, number) for number in states]
        assert {(row.channel, row.chat, row.reply_to) for row in taken if row} == {
            ("zalo_oa", "z", "")
        }
        for _ in states:
            (row,) = await outbox.claim(tx, "zalo_oa", "oa", now=now, limit=5, lease_s=60)
            await outbox.sent(tx, [(row.id, "m")], now=now)
        assert await retention.fade(tx, before=now + timedelta(seconds=1)) == 2


async def _inbox(tx: Any) -> list[InboxRow]:
    return [InboxRow(**row._mapping) for row in await tx.execute(select(inbox_rows))]
