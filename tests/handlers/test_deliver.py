"""What waits is sent once, in order, and what becomes of it is remembered. On both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import insert

from bot.channels.base import (
    ChannelDown,
    Moved,
    OutcomeUnknown,
    Outgoing,
    Refused,
    TryLater,
    Unreachable,
    WindowClosed,
)
from bot.channels.telegram import TelegramChannel
from bot.events import Button, Reply
from bot.handlers import deliver
from bot.handlers.deliver import LEASE_S, MOST_ATTEMPTS, WAITS_FOR_MEDIA, Deliverer, chat_moved
from storage import groups, media, people
from storage.engine import Store
from storage.ids import NumberedIds
from storage.media import MediaStore, Wanted
from storage.people import Arrival
from storage.tables import units
from tests.conftest import Clock
from tests.emulators.media import a_document, a_photo
from tests.emulators.telegram import TelegramEmulator
from tests.handlers.post_office import PHONE, Postman, put, row, state_of

A_VILLAGE = {
    "id": 1,
    "path": "/1/",
    "commune_id": 1,
    "code": "thon-dong",
    "name": "Thôn Đông",
    "kind": "village",
    "aliases": [],
}


@pytest.fixture
def postman() -> Postman:
    return Postman()


@pytest.fixture
def alerts() -> list[str]:
    return []


@pytest.fixture
def files(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "files")


@pytest.fixture
async def deliverer(
    store: Store, files: MediaStore, postman: Postman, clock: Clock, alerts: list[str]
) -> AsyncIterator[Deliverer]:
    made = Deliverer(
        store=store,
        files=files,
        channels={("post", "bot"): postman},
        clock=clock,
        alert=lambda channel, words: alerts.append(f"{channel}: {words}"),
    )
    yield made
    await made.close()


async def keep(store: Store, files: MediaStore, number: int, content: bytes, clock: Clock) -> None:
    """Media `number`, downloaded and kept."""
    await want(store, number, clock)
    facts = await files.keep(content)
    async with store.begin() as tx:
        await media.kept(tx, number, facts)


async def want(store: Store, number: int, clock: Clock) -> None:
    async with store.begin() as tx:
        await media.want(tx, [Wanted(number, "post", "bot", f"f{number}", None, clock())])


# --- the way of a message ------------------------------------------------------------------------


async def test_what_waits_is_sent_and_remembered(
    store: Store, deliverer: Deliverer, postman: Postman, clock: Clock
) -> None:
    reply = Reply(words="Sự cố gì?", buttons=(Button("Cầu", "q.1"),))
    await put(store, row(1, clock(), reply, reply_to="lan:5", group=True))
    assert await deliverer.once() == 1
    assert await deliverer.once() == 0
    [sent] = postman.carried
    assert (sent.key, sent.chat, sent.words, sent.buttons, sent.group, sent.reply_to) == (
        "1.0",
        "lan",
        "Sự cố gì?",
        ((("Cầu", "q.1"),),),
        True,
        "lan:5",
    )
    kept = await state_of(store, 1)
    assert (kept.state, kept.message_id, kept.sent_at) == ("sent", "m1", clock())


async def test_one_chat_hears_its_messages_in_order(
    store: Store, deliverer: Deliverer, postman: Postman, clock: Clock
) -> None:
    await put(store, *(row(n, clock(), chat=f"p{n % 3}") for n in range(1, 31)))
    await deliverer.once()
    for chat in ("p0", "p1", "p2"):
        heard = [int(one.words) for one in postman.carried if one.chat == chat]
        assert heard == sorted(heard)
        assert len(heard) == 10


async def test_a_row_is_marked_before_it_is_sent(
    store: Store, deliverer: Deliverer, postman: Postman, clock: Clock
) -> None:
    seen = []

    async def looks(message: Outgoing) -> None:
        seen.append((await state_of(store, 1)).state)

    postman.before = looks
    await put(store, row(1, clock()))
    await deliverer.once()
    assert seen == ["sending"]


async def test_a_process_that_dies_while_sending_leaves_doubt_and_no_copy(
    store: Store, deliverer: Deliverer, postman: Postman, clock: Clock
) -> None:
    postman.doors["lan"] = asyncio.Event()
    await put(store, row(1, clock()))
    await deliverer.once()
    deliver_tasks = [task for flying in deliverer._flying.values() for task in flying]
    for task in deliver_tasks:
        task.cancel()
    await asyncio.gather(*deliver_tasks, return_exceptions=True)
    postman.doors.clear()
    clock.forward(seconds=LEASE_S + 1)
    assert await deliverer.once() == 0
    assert (await state_of(store, 1)).state == "unknown"
    assert postman.carried == []


async def test_long_words_go_in_parts_and_only_the_first_hangs_under_the_question(
    store: Store, deliverer: Deliverer, postman: Postman, clock: Clock
) -> None:
    await put(store, row(1, clock(), "Câu một rất là dài. " * 4, reply_to="lan:5", group=True))
    await deliverer.once()
    assert postman.words() == ["Câu một rất là dài. Câu một rất là dài."] * 2
    assert [one.key for one in postman.carried] == ["1.0", "1.1"]
    assert [one.reply_to for one in postman.carried] == ["lan:5", ""]


async def test_a_second_try_begins_after_the_parts_that_were_carried(
    store: Store, deliverer: Deliverer, postman: Postman, clock: Clock
) -> None:
    postman.trouble = [None, TryLater("slow down", after_s=7)]
    await put(store, row(1, clock(), "Câu một rất là dài. " * 4))
    await deliverer.once()
    clock.forward(seconds=8)
    await deliverer.once()
    assert [one.key for one in postman.carried] == ["1.0", "1.1"]
    assert (await state_of(store, 1)).state == "sent"


async def test_several_messages_in_one_go_let_the_chat_rest_longer(
    store: Store, deliverer: Deliverer, postman: Postman, clock: Clock
) -> None:
    """Telegram counts each photo of an album: https://core.telegram.org/bots/faq, 20 a minute in a group."""
    postman.can = msgspec.structs.replace(PHONE, group_gap_s=3.0)
    await put(
        store,
        row(1, clock(), "Câu một rất là dài. " * 4, group=True),
        row(2, clock(), group=True),
    )
    await deliverer.once()
    clock.forward(seconds=4)
    assert await deliverer.once() == 0
    clock.forward(seconds=3)
    await deliverer.once()
    assert postman.words()[-1] == "2"


# --- what goes wrong -----------------------------------------------------------------------------


async def test_try_later_waits_as_long_as_asked_and_nothing_overtakes_it(
    store: Store, deliverer: Deliverer, postman: Postman, clock: Clock
) -> None:
    postman.trouble = [TryLater("slow down", after_s=7)]
    await put(store, row(1, clock()), row(2, clock()))
    await deliverer.once()
    assert postman.words() == []
    clock.forward(seconds=6)
    await deliverer.once()
    assert postman.words() == []
    clock.forward(seconds=2)
    await deliverer.once()
    assert postman.words() == ["1", "2"]


async def test_what_was_tried_too_often_is_given_up_and_told_to_the_office(
    store: Store, deliverer: Deliverer, postman: Postman, clock: Clock, alerts: list[str]
) -> None:
    postman.trouble = [TryLater("busy", after_s=1)] * MOST_ATTEMPTS
    await put(store, row(1, clock()))
    for _ in range(MOST_ATTEMPTS + 2):
        await deliverer.once()
        clock.forward(seconds=2)
    assert (await state_of(store, 1)).state == "failed"
    assert (postman.trouble, postman.carried) == ([], [])
    assert alerts == ["post: try-later: busy"]


@pytest.mark.parametrize(
    ("trouble", "state", "told"),
    [
        (OutcomeUnknown("the answer was lost"), "unknown", False),
        (RuntimeError("a bug"), "unknown", False),
        (Refused("too long"), "failed", True),
        (WindowClosed("silent too long"), "held", False),
        (Unreachable("blocked"), "failed", False),
    ],
)
async def test_each_failure_has_its_end_and_is_not_repeated(
    store: Store,
    deliverer: Deliverer,
    postman: Postman,
    clock: Clock,
    alerts: list[str],
    trouble: Exception,
    state: str,
    told: bool,
) -> None:
    postman.trouble = [trouble]
    await put(store, row(1, clock()), row(2, clock(), chat="minh"))
    await deliverer.once()
    clock.forward(hours=1)
    await deliverer.once()
    assert (await state_of(store, 1)).state == state
    assert postman.words() == ["2"]
    assert bool(alerts) is told


async def test_who_cannot_be_reached_is_remembered(
    store: Store, deliverer: Deliverer, postman: Postman, clock: Clock, ids: NumberedIds
) -> None:
    lan = Arrival(channel="post", account="bot", address="lan", name="Lan")
    async with store.begin() as tx:
        known = (await people.arrive(tx, [lan], now=clock(), ids=ids))[lan.key]
    postman.trouble = [Unreachable("blocked")]
    await put(store, row(1, clock()))
    await deliverer.once()
    async with store.read() as tx:
        [account] = (await people.accounts_of(tx, [known.person_id]))[known.person_id]
    assert account.blocked_at == clock()


async def test_a_channel_that_is_down_rests_whole_and_is_told_once(
    store: Store, deliverer: Deliverer, postman: Postman, clock: Clock, alerts: list[str]
) -> None:
    postman.trouble = [ChannelDown("dead token")] * 3
    await put(store, *(row(n, clock(), chat=f"p{n}") for n in range(1, 4)))
    await deliverer.once()
    await put(store, row(4, clock(), chat="p4"))
    assert await deliverer.once() == 0
    assert alerts == ["post: channel-down: dead token"]
    clock.forward(minutes=6)
    await deliverer.once()
    assert sorted(postman.words()) == ["1", "2", "3", "4"]


async def test_an_outage_of_the_whole_channel_uses_up_no_message_s_tries(
    store: Store, deliverer: Deliverer, postman: Postman, clock: Clock
) -> None:
    postman.trouble = [*[ChannelDown("dead token")] * (MOST_ATTEMPTS + 4), TryLater("busy", 1)]
    await put(store, row(1, clock()))
    for _ in range(MOST_ATTEMPTS + 5):
        await deliverer.once()
        clock.forward(minutes=6)
    assert (await state_of(store, 1)).state == "waiting"
    await deliverer.once()
    assert postman.words() == ["1"]


async def test_a_chat_that_moved_gets_its_messages_there(
    store: Store, deliverer: Deliverer, postman: Postman, clock: Clock
) -> None:
    postman.trouble = [Moved("upgraded", chat="-100")]
    await put(store, row(1, clock(), chat="-5", group=True), row(2, clock(), chat="-5", group=True))
    await deliverer.once()
    await deliverer.once()
    assert [(one.words, one.chat) for one in postman.carried] == [("1", "-100"), ("2", "-100")]


async def test_a_group_that_moved_keeps_its_unit_however_often_it_is_told(
    store: Store, postman: Postman, clock: Clock
) -> None:
    async with store.begin() as tx:
        await tx.execute(insert(units).values(A_VILLAGE))
        await groups.register_group(tx, "post", "bot", "-5", unit_id=1, by=None, now=clock())
    await put(store, row(1, clock(), chat="-5", group=True))
    for _ in range(2):
        await chat_moved(store, "post", "bot", "-5", "-100")
    async with store.read() as tx:
        assert await groups.group_unit(tx, "post", "bot", "-100") == 1
        assert await groups.group_unit(tx, "post", "bot", "-5") is None
    assert (await state_of(store, 1)).chat == "-100"


async def test_one_chat_that_hangs_holds_up_no_other(
    store: Store, deliverer: Deliverer, postman: Postman, clock: Clock
) -> None:
    postman.doors["lan"] = asyncio.Event()
    await put(store, row(1, clock()), row(2, clock(), chat="minh"))
    assert await deliverer.once() > 0
    await put(store, row(3, clock(), chat="hoa"))
    await deliverer.once()
    assert postman.words() == ["2", "3"]
    postman.doors["lan"].set()
    await deliverer.close()
    assert postman.words() == ["2", "3", "1"]
    assert (await state_of(store, 1)).state == "sent"


async def test_a_send_without_an_answer_ends_in_doubt(
    store: Store,
    deliverer: Deliverer,
    postman: Postman,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deliver, "SEND_TIMEOUT_S", 0.01)
    postman.doors["lan"] = asyncio.Event()
    await put(store, row(1, clock()))
    await deliverer.once()
    assert (await state_of(store, 1)).state == "unknown"


async def test_closing_leaves_what_hangs_in_doubt(
    store: Store,
    deliverer: Deliverer,
    postman: Postman,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deliver, "CLOSE_S", 0.01)
    postman.doors["lan"] = asyncio.Event()
    await put(store, row(1, clock()))
    await deliverer.once()
    await deliverer.close()
    assert (await state_of(store, 1)).state == "sending"


# --- photos and files ----------------------------------------------------------------------------


async def test_a_photo_is_shown_without_its_position_and_a_file_as_it_is(
    store: Store, files: MediaStore, deliverer: Deliverer, postman: Postman, clock: Clock
) -> None:
    original = a_photo(position=(20.9, 106.3))
    await keep(store, files, 7, original, clock)
    await keep(store, files, 8, a_document(), clock)
    await put(store, row(1, clock(), Reply(words="Đây ạ", photos=(7,), files=(8,))))
    await deliverer.once()
    photo, file, text = postman.carried
    [(photo_name, photo_kind, shown)] = photo.photos
    assert (photo_name, photo_kind) == ("anh-7.jpg", "image/jpeg")
    assert b"Exif" in original
    assert b"Exif" not in shown
    assert file.files == (("tep-8.pdf", "application/pdf", a_document()),)
    assert text.words == "Đây ạ"


async def test_a_message_waits_for_photos_that_are_still_coming(
    store: Store, files: MediaStore, deliverer: Deliverer, postman: Postman, clock: Clock
) -> None:
    await want(store, 7, clock)
    await put(store, row(1, clock(), Reply(words="Có ảnh", photos=(7,))))
    await deliverer.once()
    assert postman.carried == []
    facts = await files.keep(a_photo())
    async with store.begin() as tx:
        await media.kept(tx, 7, facts)
    clock.forward(seconds=6)
    await deliverer.once()
    [sent] = postman.carried
    assert (sent.words, len(sent.photos)) == ("Có ảnh", 1)


async def test_photos_that_never_come_do_not_keep_the_words_for_ever(
    store: Store, deliverer: Deliverer, postman: Postman, clock: Clock
) -> None:
    await want(store, 7, clock)
    await put(store, row(1, clock(), Reply(words="Có ảnh", photos=(7,))))
    for _ in range(WAITS_FOR_MEDIA + 1):
        await deliverer.once()
        clock.forward(seconds=6)
    [sent] = postman.carried
    assert (sent.words, sent.photos) == ("Có ảnh\n(Có ảnh hoặc tệp em không mở được ạ.)", ())


async def test_a_file_that_is_gone_from_the_disk_is_said_and_the_words_go(
    store: Store, files: MediaStore, deliverer: Deliverer, postman: Postman, clock: Clock
) -> None:
    for number in (7, 8):
        await keep(store, files, number, a_photo(str(number)), clock)
    async with store.read() as tx:
        facts = await media.get(tx, 7)
    assert facts is not None
    assert facts.shown_sha256 is not None
    files.path(facts.shown_sha256).unlink()
    await put(store, row(1, clock(), Reply(words="Hai ảnh đây ạ", photos=(7, 8))))
    await deliverer.once()
    [sent] = postman.carried
    # with the note it would be longer than a caption may be here
    assert (sent.words, len(sent.photos)) == ("Hai ảnh đây ạ", 1)


# --- through Telegram ----------------------------------------------------------------------------


async def test_a_reply_goes_all_the_way_to_the_phone(
    store: Store, files: MediaStore, clock: Clock
) -> None:
    """From the row to the screen: album, words and buttons, a refusal waited out, a block remembered."""
    async with TelegramEmulator(clock=clock) as telegram:
        lan = telegram.person("Lan")
        await lan.starts()
        channel = TelegramChannel(
            telegram.token, api_url=telegram.base_url, file_url=telegram.base_file_url, clock=clock
        )
        key = (channel.name, channel.account)
        deliverer = Deliverer(store=store, files=files, channels={key: channel}, clock=clock)
        for number in (7, 8):
            await keep(store, files, number, a_photo(str(number)), clock)
        reply = Reply(words="Đúng chưa ạ?", photos=(7, 8), buttons=(Button("Đúng", "y"),))
        where = {"channel": key[0], "account": key[1], "chat": str(lan.id)}
        await put(store, row(1, clock(), reply, **where))
        telegram.faults.too_many_requests(5, "sendMessage")
        while await deliverer.once():
            pass
        clock.forward(seconds=6)
        while await deliverer.once():
            pass
        assert [str(one) for one in await lan.hears(count=3)] == [
            "(ảnh)",
            "(ảnh)",
            "Đúng chưa ạ? [Đúng]",
        ]
        await lan.blocks_bot()
        clock.forward(seconds=10)
        await put(store, row(2, clock(), **where))
        while await deliverer.once():
            pass
        assert (await state_of(store, 1)).state == "sent"
        assert (await state_of(store, 2)).state == "failed"
        assert telegram.violations == []
        await deliverer.close()
        await channel.close()
