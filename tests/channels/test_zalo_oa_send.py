"""Sending through the Official Account: shapes, windows, and every way it can go wrong."""

from __future__ import annotations

import asyncio
import io
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from bot.channels.base import (
    ChannelDown,
    OutcomeUnknown,
    Refused,
    SendFailed,
    TryLater,
    Unreachable,
    WindowClosed,
)
from bot.channels.render import render, units
from bot.channels.zalo_oa import ZaloOa
from bot.channels.zalo_oa_errors import failure, kind_of, morning
from bot.channels.zalo_oa_messages import IMAGE_BYTES, jpeg_within
from bot.events import Button, Reply
from storage import windows
from storage.engine import Store
from tests.channels.zalo_houses import (
    has_account,
    open_alerts,
    person_of,
    rows_of,
    tells,
    to,
)
from tests.conftest import Clock
from tests.emulators.media import a_document, a_photo
from tests.emulators.zalo_common import Fault
from tests.emulators.zalo_oa import ZaloOaEmulator
from tests.emulators.zalo_oa_people import OaPerson
from tests.emulators.zalo_oa_templates import Template
from tests.stages.zalo_oa import oa_world
from tests.world import World

House = tuple[ZaloOaEmulator, World]


@pytest.fixture
async def house(sqlite_store: Store, clock: Clock, tmp_path: Path) -> AsyncIterator[House]:
    """The emulator with the real app in front of it."""
    async with oa_world(sqlite_store, clock, tmp_path) as made:
        yield made


def channel_of(world: World) -> ZaloOa:
    """The channel under test."""
    assert world.app.zalo.oa is not None
    return world.app.zalo.oa.oa


async def somebody(house: House, name: str = "Lan") -> OaPerson:
    """A person in the free window, whose first words were answered."""
    oa, world = house
    person = oa.person(name)
    await person.sends("giúp")
    await world.settle()
    await person.hears()
    return person


# --- shapes --------------------------------------------------------------------------------------


async def test_words_go_as_they_are(house: House) -> None:
    lan = await somebody(house)
    sent = await channel_of(house[1]).send(to(lan.user_id, "Chào *anh/chị* <b>ạ</b>."))
    (seen,) = await lan.hears()
    assert (seen.text, seen.message_id) == ("Chào *anh/chị* <b>ạ</b>.", sent.message_id)


async def test_a_long_text_goes_in_numbered_parts_within_the_limit(house: House) -> None:
    lan = await somebody(house)
    _, world = house
    paragraphs = [f"Đoạn {n}. " + "Em kể chuyện ao làng. 🌾 " * 25 for n in range(12)]
    await tells(world, "zalo_oa", house[0].oa_id, lan.user_id, "\n\n".join(paragraphs))
    await world.settle()
    texts = [message.text for message in await lan.hears()]
    assert len(texts) > 1
    assert [text.split(")")[0] for text in texts] == [
        f"({n}/{len(texts)}" for n in range(1, len(texts) + 1)
    ]
    assert all(units(text) <= 2000 for text in texts)
    assert "Đoạn 0." in texts[0]
    assert "Đoạn 11." in texts[-1]


async def test_a_decomposed_text_is_composed_and_then_measured(house: House) -> None:
    reply = Reply(words="e\u0302\u0301" * 1999)
    parts = render(reply, channel_of(house[1]).can)
    assert [part.words for part in parts] == ["ế" * 1999]


@pytest.mark.parametrize("accepts", ["with", "without", "either"])
async def test_choices_are_buttons_with_their_numbers_printed_in_either_form_of_the_template(
    house: House, accepts: str
) -> None:
    """The sources disagree whether a template type is named; the other form is tried by itself (B5)."""
    oa, world = house
    oa.rules.button_template = accepts  # type: ignore[assignment]  # one of the three
    lan = await somebody(house)
    buttons = tuple(
        Button(label=label, token=f"q.abcdef.{n}", says=str(n))
        for n, label in enumerate(("Cầu", "Đường", "Ngập"), start=1)
    )
    reply = Reply(words="Sự cố gì ạ?", buttons=buttons, numbered=True)
    (part,) = render(reply, channel_of(world).can)
    for _ in range(2):
        await channel_of(world).send(to(lan.user_id, part.words, buttons=part.buttons))
        (seen,) = await lan.hears()
        assert seen.buttons == ["Cầu", "Đường", "Ngập"]
        assert "1. Cầu\n2. Đường\n3. Ngập" in seen.text
        assert seen.keys[0].type == "oa.query.hide"
    delivery = await lan.taps("Đường")
    assert delivery is not None
    assert b"#q.abcdef.2" in delivery.body


async def test_a_picture_is_made_small_enough_and_uploaded_once_for_all(house: House) -> None:
    oa, world = house
    lan, minh = await somebody(house), await somebody(house, "Minh")
    noise = Image.frombytes("RGB", (2400, 1800), random.Random(7).randbytes(2400 * 1800 * 3))
    out = io.BytesIO()
    noise.save(out, "PNG")
    picture = ("anh-1.png", "image/png", out.getvalue())
    for number, person in enumerate((lan, minh)):
        await channel_of(world).send(
            to(person.user_id, "Ao làng", key=f"{number}.0", photos=(picture,))
        )
        (seen,) = await person.hears()
        assert seen.text == "Ao làng"
        content = seen.media[0].content
        assert content is not None
        assert content.startswith(b"\xff\xd8\xff")
        assert len(content) <= IMAGE_BYTES
    assert sum("upload" in call.path for call in oa.calls) == 1


async def test_an_upload_that_zalo_forgot_is_made_again(house: House, clock: Clock) -> None:
    oa, world = house
    lan = await somebody(house)
    picture = ("anh-1.jpg", "image/jpeg", a_photo("1"))
    await channel_of(world).send(to(lan.user_id, key="1.0", photos=(picture,)))
    for upload in oa.rules.uploads.values():
        object.__setattr__(upload, "at", clock() - timedelta(days=8))
    await channel_of(world).send(to(lan.user_id, key="2.0", photos=(picture,)))
    assert len(await lan.hears(count=2)) == 2
    assert sum("upload" in call.path for call in oa.calls) == 2


async def test_a_picture_on_its_side_is_turned_up_and_a_broken_one_is_refused() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    Image.new("RGB", (40, 20)).save(out, "PNG", exif=exif)
    with Image.open(io.BytesIO(jpeg_within(out.getvalue()))) as turned:
        assert turned.size == (20, 40)
    with pytest.raises(Refused):
        jpeg_within(b"no picture")


@pytest.mark.parametrize("field", ["token", "attachment_id"])
async def test_a_pdf_goes_by_the_field_its_upload_answered_with(house: House, field: str) -> None:
    oa, world = house
    oa.rules.file_key = field  # type: ignore[assignment]  # one of the two
    lan = await somebody(house)
    file = ("bao-cao.pdf", "application/pdf", a_document())
    await channel_of(world).send(to(lan.user_id, "", files=(file,)))
    (seen,) = await lan.hears()
    assert [media.kind for media in seen.media] == ["file"]


async def test_a_phone_number_is_asked_for_by_the_platforms_own_form(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    async with oa_world(sqlite_store, clock, tmp_path, public_url="http://127.0.0.1:9") as made:
        oa, world = made
        lan = await somebody(made)
        sender = channel_of(world)._sender
        url = oa.base_url + oa.media.put(a_photo("logo"), ".png", "image/png")
        sender._rules = msgspec.structs.replace(sender._rules, contact_image_url=url)
        await channel_of(world).send(
            to(lan.user_id, "Để cán bộ gọi lại khi cần.", asks_contact=True)
        )
        (seen,) = await lan.hears()
        assert seen.kind == "request_user_info"
        assert "Để cán bộ gọi lại khi cần." in seen.text


async def test_a_child_is_never_asked_by_that_form(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    async with oa_world(sqlite_store, clock, tmp_path, public_url="http://127.0.0.1:9") as made:
        oa, world = made
        oa.person("Lan").is_sensitive = True
        lan = await somebody(made)
        clock.forward(minutes=2)
        await world.app.zalo.once()
        await channel_of(world).send(to(lan.user_id, "Số điện thoại?", asks_contact=True))
        (seen,) = await lan.hears()
        assert seen.kind == "text"


# --- error codes -----------------------------------------------------------------------------------

CLASSES: dict[type[SendFailed], tuple[int, ...]] = {
    TryLater: (-32, -100, -200, -214, -234),
    WindowClosed: (-211, -213, -218, -227, -230, -232, -305, -311, -320, -321),
    Unreachable: (-217, -244),
    ChannelDown: (-204, -205, -209, -212, -216, -219, -220, -221, -223, -224, -235, -240, -242),
    Refused: (-201, -210, -222, -233, -237, -238, -241, -248, -249, -403, -124, -99999, 404),
}


@pytest.mark.parametrize(
    ("code", "expected"), [(code, kind) for kind, codes in CLASSES.items() for code in codes]
)
def test_every_code_has_its_class(code: int, expected: type[SendFailed], now: datetime) -> None:
    assert type(failure(code, "", now=now)) is expected


@pytest.mark.parametrize("code", [216, 401, -401, -216, 220])
def test_token_errors_are_known_with_either_sign(code: int) -> None:
    assert kind_of(code) == "token"


def test_a_reason_unknown_is_tried_once_more_only(now: datetime) -> None:
    assert isinstance(failure(-200, "", now=now, tried=0), TryLater)
    assert isinstance(failure(-200, "", now=now, tried=1), Refused)


def test_the_second_meaning_of_a_missing_grant_is_read_from_the_words(now: datetime) -> None:
    assert kind_of(-223, "article quota exceeded") == "refused"
    assert kind_of(-223, "OA has not granted") == "stop"


@pytest.mark.parametrize(
    ("at", "until"),
    [
        (datetime(2026, 6, 8, 16, 30, tzinfo=UTC), datetime(2026, 6, 8, 23, 0, tzinfo=UTC)),
        (datetime(2026, 6, 8, 22, 0, tzinfo=UTC), datetime(2026, 6, 8, 23, 0, tzinfo=UTC)),
        (datetime(2026, 6, 8, 23, 0, tzinfo=UTC), datetime(2026, 6, 9, 23, 0, tzinfo=UTC)),
    ],
)
def test_morning_is_six_in_vietnam(at: datetime, until: datetime) -> None:
    assert morning(at) == until


async def test_a_refusal_at_night_waits_for_the_morning(house: House, clock: Clock) -> None:
    oa, world = house
    lan = await somebody(house)
    oa.shut_at_night = True
    clock.at = datetime(2026, 6, 8, 16, 30, tzinfo=UTC)  # 23:30 in Việt Nam
    await tells(world, "zalo_oa", oa.oa_id, lan.user_id, purpose="broadcast")
    await world.app.once()
    assert [row.state for row in await rows_of(world, "waiting")] == ["waiting"]
    clock.at = datetime(2026, 6, 8, 23, 1, tzinfo=UTC)
    await world.settle()
    assert len(await lan.hears()) == 1


async def test_trouble_of_the_account_is_told_once_and_the_queue_goes_out_afterwards(
    house: House, clock: Clock
) -> None:
    oa, world = house
    lan = await somebody(house)
    oa.account_trouble = -209
    for _ in range(3):
        await tells(world, "zalo_oa", oa.oa_id, lan.user_id)
    await world.settle()
    assert "error-209" in await open_alerts(world)
    assert len(await rows_of(world, "waiting")) == 3
    calls = len(oa.calls)
    clock.forward(minutes=1)
    await world.settle()
    assert len(oa.calls) - calls <= 1
    oa.account_trouble = None
    clock.forward(minutes=6)
    await world.settle()
    assert len(await lan.hears()) == 3
    assert "down" not in await open_alerts(world)


# --- answers that are lost -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        Fault.drop(accepts=True),
        Fault.status(502, accepts=True),
        Fault.garbage(accepts=True),
        Fault.drop(),
        Fault.status(503),
        Fault.garbage(),
        Fault.error(-32),
        Fault.error(-200),
    ],
)
async def test_whatever_goes_wrong_once_the_person_reads_the_message_once(
    house: House, clock: Clock, fault: Fault
) -> None:
    oa, world = house
    lan = await somebody(house)
    oa.faults.order(fault, on="/message/cs")
    await tells(world, "zalo_oa", oa.oa_id, lan.user_id, "Nhắc một lần thôi ạ.")
    for _ in range(4):
        await world.settle()
        clock.forward(seconds=60)
    heard = [message.text for message in lan.sees() if "một lần" in message.text]
    assert heard == ["Nhắc một lần thôi ạ."]
    assert await rows_of(world, "unknown", "failed", "waiting") == []


async def test_the_same_words_sent_before_are_not_taken_for_the_lost_ones(house: House) -> None:
    oa, world = house
    lan = await somebody(house)
    await channel_of(world).send(to(lan.user_id, "Xong ạ.", key="1.0"))
    oa.faults.order(Fault.drop(), on="/message/cs")
    with pytest.raises(TryLater):
        await channel_of(world).send(to(lan.user_id, "Xong ạ.", key="2.0"))
    await channel_of(world).send(to(lan.user_id, "Xong ạ.", key="2.0"))
    assert len(await lan.hears(count=2)) == 2


async def test_a_doubt_outlives_the_process(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    """The next process looks for the message before it sends it."""
    async with oa_world(sqlite_store, clock, tmp_path) as made:
        oa, world = made
        lan = await somebody(made)
        # carried, and neither its answer nor the look for it gets through
        oa.faults.order(Fault.drop(accepts=True), on="/message/cs")
        oa.faults.order(Fault.garbage(), on="/conversation")
        with pytest.raises(TryLater):
            await channel_of(world).send(to(lan.user_id, "Một lần.", key="7.0"))
        channel_of(world)._sender._doubts = None  # as a new process begins
        await channel_of(world).send(to(lan.user_id, "Một lần.", key="7.0"))
        assert [message.text for message in await lan.hears()] == ["Một lần."]


async def test_without_looking_a_lost_answer_stays_unknown(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    async with oa_world(sqlite_store, clock, tmp_path, zalo_oa_checks_sends=False) as made:
        oa, world = made
        lan = await somebody(made)
        oa.faults.order(Fault.drop(accepts=True), on="/message/cs")
        with pytest.raises(OutcomeUnknown):
            await channel_of(world).send(to(lan.user_id))


async def test_when_nobody_can_tell_it_is_given_up_and_never_repeated(house: House) -> None:
    oa, world = house
    lan = await somebody(house)
    oa.faults.order(Fault.drop(accepts=True), on="/message/cs")
    oa.faults.order(Fault.garbage(), on="/conversation", times=10)
    failures: list[str] = []
    for _ in range(5):
        try:
            await channel_of(world).send(to(lan.user_id, "Một lần."))
        except SendFailed as failed:
            failures.append(failed.code)
        if failures[-1] == "outcome-unknown":
            break
    assert failures[-1] == "outcome-unknown"
    assert len(await lan.hears()) == 1


async def test_a_platform_out_of_reach_is_one_alert_and_nothing_is_lost(
    house: House, clock: Clock
) -> None:
    oa, world = house
    lan = await somebody(house)
    api = channel_of(world)._api
    right, api._url = api._url, "http://127.0.0.1:9"
    for _ in range(6):
        await tells(world, "zalo_oa", oa.oa_id, lan.user_id)
    for _ in range(8):
        await world.settle()
        clock.forward(seconds=60)
    assert "down" in await open_alerts(world)
    assert len(await rows_of(world, "waiting")) == 6
    api._url = right
    for _ in range(4):
        clock.forward(minutes=6)
        await world.settle()
    assert len(await lan.hears(count=6)) == 6


# --- windows ---------------------------------------------------------------------------------------


async def test_after_48_hours_a_message_waits_for_the_next_word(house: House, clock: Clock) -> None:
    oa, world = house
    lan = await somebody(house)
    clock.forward(hours=47.9)
    person = await person_of(world, "zalo_oa", lan.user_id)
    await tells(world, "zalo_oa", oa.oa_id, lan.user_id, "Đã xử lý xong ạ.", person_id=person)
    await world.settle()
    assert [row.state for row in await rows_of(world, "held")] == ["held"]
    assert lan.unheard() == []
    async with world.app.store.read() as tx:
        (choice,) = await windows.choices(
            tx, "zalo_oa", oa.oa_id, since=clock() - timedelta(days=1)
        )
    assert (choice.choice, choice.why, choice.state) == ("waits", "no-budget", "held")
    await lan.sends("giúp")
    await world.settle()
    assert "Đã xử lý xong ạ." in [message.text for message in await lan.hears()]


async def test_a_payer_writes_until_the_budget_is_used(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    paying = {"zalo_allow_paid": True, "zalo_budget_vnd": 120}
    async with oa_world(sqlite_store, clock, tmp_path, **paying) as made:
        oa, world = made
        oa.zca_balance_vnd = 10_000
        lan = await somebody(made)
        clock.forward(hours=60)
        for _ in range(3):
            await tells(world, "zalo_oa", oa.oa_id, lan.user_id)
        await world.settle()
        assert len(await lan.hears(count=2)) == 2
        assert oa.billed_vnd == 110
        assert len(await rows_of(world, "held")) == 1
        async with world.app.store.read() as tx:
            spent = await windows.spent_vnd(
                tx, "zalo_oa", oa.oa_id, since=clock() - timedelta(days=1)
            )
        assert spent == 110


async def test_a_message_of_the_package_costs_nothing_of_the_budget(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    paying = {"zalo_allow_paid": True, "zalo_budget_vnd": 60}
    async with oa_world(sqlite_store, clock, tmp_path, **paying) as made:
        oa, world = made
        oa.package_messages = 5
        lan = await somebody(made)
        clock.forward(hours=60)
        for _ in range(3):
            await tells(world, "zalo_oa", oa.oa_id, lan.user_id)
            await world.settle()
        assert len(await lan.hears(count=3)) == 3
        async with world.app.store.read() as tx:
            spent = await windows.spent_vnd(
                tx, "zalo_oa", oa.oa_id, since=clock() - timedelta(days=1)
            )
        assert spent == 0


async def test_an_empty_purse_stops_only_what_is_paid(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    paying = {"zalo_allow_paid": True, "zalo_budget_vnd": 10_000}
    async with oa_world(sqlite_store, clock, tmp_path, **paying) as made:
        oa, world = made
        lan = await somebody(made)
        clock.forward(hours=60)
        minh = await somebody(made, "Minh")
        for person in (lan, minh, lan):
            await tells(world, "zalo_oa", oa.oa_id, person.user_id)
        await world.settle()
        assert "no-money" in await open_alerts(world)
        assert len(await rows_of(world, "held")) == 2
        assert len(await minh.hears()) == 1
        refused = [call for call in oa.calls if call.answer.get("error") == -320]
        assert len(refused) == 1


async def test_after_a_week_an_approved_template_asks_once_and_the_message_follows_the_answer(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    paying = {"zalo_allow_paid": True, "zalo_budget_vnd": 1000, "zalo_template_id": "412"}
    async with oa_world(sqlite_store, clock, tmp_path, **paying) as made:
        oa, world = made
        oa.zca_balance_vnd = 10_000
        oa.templates["412"] = Template("<noi_dung>. Anh/chị nhắn lại một chữ ạ.")
        lan = await somebody(made)
        person = await person_of(world, "zalo_oa", lan.user_id)
        clock.forward(days=9)
        for _ in range(2):
            await tells(world, "zalo_oa", oa.oa_id, lan.user_id, "Đã xong ạ.", person_id=person)
            await world.settle()
        assert [message.kind for message in await lan.hears()] == ["template"]
        await lan.sends("có")
        await world.settle()
        assert [message.text for message in await lan.hears()].count("Đã xong ạ.") == 2


async def test_another_open_channel_comes_before_waiting_and_before_money(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    paying = {"zalo_allow_paid": True, "zalo_budget_vnd": 1000, "zalo_bot_token": "77:secret"}
    async with oa_world(sqlite_store, clock, tmp_path, **paying) as made:
        oa, world = made
        oa.zca_balance_vnd = 10_000
        lan = await somebody(made)
        person = await person_of(world, "zalo_oa", lan.user_id)
        await has_account(world, person, "webchat", "local", "browser")
        await has_account(world, person, "zalo_bot", "77", "chat-of-lan")
        clock.forward(hours=60)
        row = await tells(world, "zalo_oa", oa.oa_id, lan.user_id, person_id=person)
        await world.app.deliverer.once()
        await asyncio.sleep(0)
        await world.app.zalo.once()
        found = [one for one in await rows_of(world, "waiting", "sending") if one.id == row]
        assert [(one.channel, one.account, one.chat) for one in found] == [
            ("zalo_bot", "77", "chat-of-lan")
        ]
        assert oa.billed_vnd == 0
