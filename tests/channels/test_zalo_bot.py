"""The Zalo Bot: both body shapes, polling without loss, the webhook's secret, the quota, pictures by address."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.channels.base import (
    ChannelDown,
    OutcomeUnknown,
    Refused,
    SendFailed,
    TryLater,
    Unreachable,
    WindowClosed,
)
from bot.channels.zalo_bot import PLACE_HINT, ZaloBot
from bot.channels.zalo_bot_calls import BotError, failure
from bot.channels.zalo_bot_wire import Us, read
from bot.events import Photo, Place, Text, Unsupported, Voice
from storage import media, windows, zalo
from storage.engine import Store
from storage.tables import inbox
from tests.channels.zalo_houses import arrived, events, open_alerts, rows_of, tells, to
from tests.conftest import Clock
from tests.emulators.media import a_photo
from tests.emulators.zalo_bot import ZaloBotEmulator
from tests.emulators.zalo_common import Fault
from tests.stages.zalo_bot import SECRET, bot_world
from tests.world import World

House = tuple[ZaloBotEmulator, World]


@pytest.fixture
async def house(sqlite_store: Store, clock: Clock, tmp_path: Path) -> AsyncIterator[House]:
    """The emulator with the real app behind its webhook."""
    async with bot_world(sqlite_store, clock, tmp_path) as made:
        yield made


@pytest.fixture
async def polled(sqlite_store: Store, clock: Clock, tmp_path: Path) -> AsyncIterator[House]:
    """The emulator, and the real app that polls it."""
    more = {"zalo_bot_webhook_secret": None}
    async with bot_world(sqlite_store, clock, tmp_path, **more) as made:
        yield made


def channel_of(world: World) -> ZaloBot:
    """The channel under test."""
    assert world.app.zalo.bot is not None
    return world.app.zalo.bot


@contextlib.asynccontextmanager
async def polling(channel: ZaloBot) -> AsyncIterator[None]:
    """Poll as a process does, until the block ends."""

    async def take(_arrived: object) -> None: ...

    task = asyncio.create_task(channel.run(take))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def taken(zalo_bot: ZaloBotEmulator, world: World, count: int) -> None:
    """Wait until so many messages are in the inbox."""
    async with asyncio.timeout(5):
        while len(await arrived(world)) < count:
            await zalo_bot.queue.wake()
            await asyncio.sleep(0)


# --- what is said ----------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["bare", "wrapped"])
@pytest.mark.parametrize("field", ["photo", "photo_url"])
async def test_both_shapes_and_both_photo_fields_are_read(
    house: House, shape: str, field: str
) -> None:
    bot, world = house
    bot.body_shape = shape  # type: ignore[assignment]  # one of the two
    bot.photo_field = field  # type: ignore[assignment]  # one of the two
    await bot.person("Lan").sends_photo(a_photo("1"), caption="ao làng")
    await world.settle()
    async with world.app.store.read() as tx:
        states = (await tx.exec_driver_sql("SELECT state FROM media")).scalars().all()
    assert states == ["kept"]


@pytest.mark.parametrize(
    ("event", "fields", "said"),
    [
        ("message.text.received", {"text": "Ngập"}, Text("Ngập")),
        ("message.text.received", {"text": "20.93210, 106.31230"}, Place(20.9321, 106.3123)),
        ("message.image.received", {"photo_url": "u", "photo": "v"}, Photo("u")),
        ("message.voice.received", {"voice_url": "u"}, Voice("u")),
        ("message.sticker.received", {"sticker": "1", "url": "u"}, Unsupported("sticker")),
        ("message.unsupported.received", {}, Unsupported("unsupported")),
        ("message.reaction.received", {}, None),
    ],
)
def test_what_each_update_says(
    event: str, fields: dict[str, str], said: object, clock: Clock
) -> None:
    import json

    message = {"message_id": "m1", "date": 1, "from": {"id": "a"}, "chat": {"id": "a"}} | fields
    raw = json.dumps({"event_name": event, "message": message}).encode()
    incoming = read(raw, us=Us("77"), now=clock()).incoming
    assert (incoming.said if incoming else None) == said


async def test_our_own_messages_coming_back_are_no_input(house: House) -> None:
    bot, world = house
    bot.echoes = True
    await bot.person("Lan").sends("giúp")
    await world.settle()
    await bot.settles()
    await world.settle()
    assert len(await arrived(world)) == 1


async def test_in_a_group_the_mention_is_taken_out_and_what_cannot_be_read_is_left_alone(
    house: House,
) -> None:
    bot, world = house
    group = bot.group("Chi hội")
    await bot.person("Lan").sends("giúp", group=group, mention=True)
    async with world.app.store.read() as tx:
        body = (await tx.execute(select(inbox.c.body))).scalar_one()
    assert '"words":"giúp"' in body
    assert '"group":true' in body


# --- the webhook -----------------------------------------------------------------------------------


async def test_a_wrong_secret_gets_403_and_a_probe_gets_200(house: House) -> None:
    bot, world = house
    lan = bot.person("Lan")
    message = {"message_id": "m", "from": {"id": lan.chat_id}, "chat": {"id": lan.chat_id}}
    for secret in ("wrong", None, SECRET + "x"):
        assert await bot.forge("message.text.received", message, secret=secret) == 403
    assert await bot.probe() == 200
    assert await arrived(world) == []
    assert await events(world) == []


async def test_an_update_delivered_again_is_answered_once(house: House) -> None:
    bot, world = house
    lan = bot.person("Lan")
    delivery = await lan.sends("giúp")
    assert delivery is not None
    await world.settle()
    heard = len(lan.sees())
    assert await bot.courier.repeat(delivery) == 200
    await world.settle()
    assert len(lan.sees()) == heard


async def test_starting_up_touches_no_webhook(house: House) -> None:
    bot, world = house
    await bot.person("Lan").sends("giúp")
    await world.settle()
    called = {call.method for call in bot.calls}
    assert called <= {"getMe", "sendMessage"}


# --- polling ---------------------------------------------------------------------------------------


async def test_updates_are_polled_one_by_one_and_answered(polled: House) -> None:
    bot, world = polled
    async with polling(channel_of(world)):
        for words in ("giúp", "phản ánh", "thôi"):
            await bot.person("Lan").sends(words)
        await taken(bot, world, 3)
    await world.settle()
    assert bot.queue.most_polling == 1
    assert [state for _, state in await arrived(world)] == ["done"] * 3
    assert bot.person("Lan").sees()


async def test_an_update_is_on_the_disk_before_anything_is_made_of_it(
    polled: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies while reading leaves the raw update; the next one reads it first."""
    bot, world = polled
    channel = channel_of(world)
    await bot.person("Lan").sends("giúp")
    with monkeypatch.context() as dying:
        dying.setattr("bot.channels.zalo_bot.read", lambda *_args, **_more: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await channel.poll_once()
    assert await arrived(world) == []
    assert await events(world) == [("raw", "raw")]
    async with polling(channel), asyncio.timeout(5):
        await taken(bot, world, 1)
        while await events(world):  # noqa: ASYNC110  the poller deletes the row and rings nothing
            await asyncio.sleep(0)


async def test_nothing_new_is_no_error_and_a_list_is_read_too(
    polled: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot, world = polled
    channel = channel_of(world)
    channel._poll_s = 0
    assert not await channel.poll_once()
    lan = bot.person("Lan")
    await lan.sends("một")
    await lan.sends("hai")
    first, second = bot.queue._updates.popleft(), bot.queue._updates.popleft()

    async def both(_body: object) -> object:
        return [first, second]

    monkeypatch.setitem(bot.methods._methods, "getUpdates", both)
    assert await channel.poll_once()
    assert len(await arrived(world)) == 2


async def test_one_process_only_polls(polled: House) -> None:
    bot, world = polled
    channel = channel_of(world)
    async with world.app.store.begin() as tx:
        await tx.exec_driver_sql(
            "INSERT INTO leases (name, holder, until) VALUES "
            f"('zalo-poll:{channel.account}', 'another', '2030-01-01 00:00:00')"
        )
    channel._poll_s = 0
    assert not await channel.poll_once()
    assert not any(call.method == "getUpdates" for call in bot.calls)


async def test_polling_where_a_webhook_is_set_is_told_and_never_mended_silently(
    polled: House,
) -> None:
    bot, world = polled
    bot.keep_webhook("https://elsewhere.example/hook", "x" * 32)
    with pytest.raises(TryLater):
        await channel_of(world).poll_once()
    assert "webhook" in await open_alerts(world)
    assert not {"setWebhook", "deleteWebhook"} & {call.method for call in bot.calls}


# --- sending ---------------------------------------------------------------------------------------


async def test_choices_are_printed_with_numbers_and_the_number_is_taken(house: House) -> None:
    bot, world = house
    await world.settles_in("ha-dong")
    lan = bot.person("Lan")
    await lan.sends("phản ánh")
    await world.settle()
    assert "1. Đốt rơm rạ trên đồng" in lan.sees()[-1].text
    assert lan.sees()[-1].buttons == []
    await lan.sends("1")
    await world.settle()
    assert lan.sees()[-1].text.startswith("Anh/chị kể ngắn gọn")


async def test_the_greeting_and_the_answer_are_one_message(house: House) -> None:
    bot, world = house
    await world.settles_in("ha-dong")
    lan = bot.person("Lan")
    await lan.sends("phản ánh")
    await world.settle()
    assert len(lan.sees()) == 1
    assert lan.sees()[0].text.startswith("Chào anh/chị! Em là Sổ Xanh")
    assert "phản ánh việc gì" in lan.sees()[0].text


async def test_how_a_place_is_told_is_said_once_where_it_is_asked(house: House) -> None:
    bot, world = house
    lan = bot.person("Lan")
    await lan.sends("giúp")
    await world.settle()
    await lan.hears()
    for number in range(2):
        await channel_of(world).send(
            to(lan.chat_id, "Ở đâu ạ?", key=f"{number}.0", asks_place=True)
        )
    assert [message.text for message in await lan.hears(count=2)] == [
        f"Ở đâu ạ?\n{PLACE_HINT}",
        "Ở đâu ạ?",
    ]


async def test_a_picture_goes_by_an_address_that_ends(house: House, clock: Clock) -> None:
    bot, world = house
    lan = bot.person("Lan")
    await lan.sends_photo(a_photo("1", position=(20.9, 106.3)))
    await world.settle()
    async with world.app.store.read() as tx:
        media_id = (await tx.exec_driver_sql("SELECT id FROM media")).scalar_one()
        kept = await media.get(tx, media_id)
    assert kept is not None
    assert kept.shown_sha256 is not None
    await lan.hears()
    await tells(world, "zalo_bot", channel_of(world).account, lan.chat_id, photos=[media_id])
    await world.settle()
    picture = next(message for message in await lan.hears() if message.media)
    shown = await world.app.files.read(kept.shown_sha256)
    assert picture.media[0].content == shown
    assert b"Exif" not in shown
    async with bot.client.get(picture.media[0].url) as answer:
        assert answer.status == 200
        assert answer.headers["X-Robots-Tag"] == "noindex"
    clock.forward(hours=25)
    async with bot.client.get(picture.media[0].url) as answer:
        assert answer.status == 404
    async with bot.client.get(picture.media[0].url[:-4] + "AAAA") as answer:
        assert answer.status == 404


async def test_only_copies_anyone_may_see_are_published(house: House) -> None:
    bot, world = house
    lan = bot.person("Lan")
    await lan.sends("giúp")
    await world.settle()
    private = a_photo("never shown", position=(20.9, 106.3))
    with pytest.raises(Refused):
        await channel_of(world).send(to(lan.chat_id, photos=(("a.jpg", "image/jpeg", private),)))


async def test_without_a_public_address_no_picture_is_promised(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    async with bot_world(sqlite_store, clock, tmp_path, public_url=None) as (_, world):
        assert channel_of(world).can.photos_out == 0


@pytest.mark.parametrize(
    ("code", "description", "expected"),
    [
        (400, "Bad Request: chat not found", Unreachable),
        (400, "Bad Request: text", Refused),
        (401, "Unauthorized", ChannelDown),
        (403, "internal server error", TryLater),
        (404, "Not Found", Refused),
        (429, "Quota exceeded", ChannelDown),
        (500, "oops", TryLater),
    ],
)
def test_what_each_refusal_means(code: int, description: str, expected: type[SendFailed]) -> None:
    assert type(failure(BotError(code, description), tried=0)) is expected


def test_a_passing_refusal_is_tried_three_times_at_most() -> None:
    assert isinstance(failure(BotError(403, ""), tried=1), TryLater)
    assert isinstance(failure(BotError(403, ""), tried=2), Refused)


@pytest.mark.parametrize("fault", [Fault.drop(accepts=True), Fault.garbage(), Fault.status(502)])
async def test_a_lost_answer_is_never_repeated(house: House, fault: Fault) -> None:
    """The Bot Platform shows no conversation to look into: the outcome stays unknown."""
    bot, world = house
    lan = bot.person("Lan")
    await lan.sends("giúp")
    await world.settle()
    await lan.hears()
    bot.faults.order(fault, on="/sendMessage")
    with pytest.raises(OutcomeUnknown):
        await channel_of(world).send(to(lan.chat_id))
    assert len(lan.unheard()) <= 1


# --- quota -----------------------------------------------------------------------------------------


async def test_the_plans_quota_is_counted_warned_of_and_kept(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    more = {"zalo_bot_people": 5, "zalo_bot_messages": 1000}
    async with bot_world(sqlite_store, clock, tmp_path, **more) as (bot, world):
        account = channel_of(world).account
        for number in range(3):
            await bot.person(f"Người {number}").sends("giúp")
        await world.settle()
        assert "quota" not in await open_alerts(world)
        for number in range(3, 7):
            await bot.person(f"Người {number}").sends("giúp")
        await world.settle()
        assert "quota" in await open_alerts(world)
        async with world.app.store.read() as tx:
            use = await windows.month_use(tx, "zalo_bot", account, "2026-06")
        assert use.people == 5
        held = await rows_of(world, "held")
        assert len({row.chat for row in held}) == 2
        bot.methods.users_per_month = 5
        await bot.person("Người 0").sends("giúp")
        await world.settle()
        assert not any(call.answer.get("error_code") == 429 for call in bot.calls)
        clock.forward(days=30)
        await bot.person("Người 6").sends("giúp")
        await world.settle()
        assert bot.person("Người 6").sees()


async def test_when_the_messages_are_used_up_nothing_is_called(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    async with bot_world(sqlite_store, clock, tmp_path, zalo_bot_messages=1) as (bot, world):
        lan = bot.person("Lan")
        await lan.sends("giúp")
        await world.settle()
        calls = len(bot.calls)
        with pytest.raises(WindowClosed):
            await channel_of(world).send(to(lan.chat_id, key="9.0"))
        assert len(bot.calls) == calls


# --- secrets ---------------------------------------------------------------------------------------


async def test_the_token_never_reaches_the_log(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    bot, world = house
    caplog.set_level(logging.DEBUG)
    lan = bot.person("Lan")
    await lan.sends("giúp")
    bot.faults.order(Fault.status(502), on="/sendMessage")
    await world.settle()
    channel_of(world)._api._base = "http://127.0.0.1:9/bot1000000001:token-for-tests"
    await channel_of(world).meet()
    with pytest.raises(TryLater) as failed:
        await channel_of(world).send(to(lan.chat_id, key="5.0"))
    assert "token-for-tests" not in caplog.text
    assert "token-for-tests" not in str(failed.value)


async def test_what_is_remembered_of_a_chat_begins_with_its_first_word(house: House) -> None:
    bot, world = house
    lan = bot.person("Lan")
    await lan.sends("giúp")
    async with world.app.store.read() as tx:
        known = await zalo.chat_of(tx, "zalo_bot", channel_of(world).account, lan.chat_id)
    assert known.interacted_at == world.clock()
