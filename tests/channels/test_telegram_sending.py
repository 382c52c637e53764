"""The Telegram channel sending: each call is checked by Telegram's rules, each failure has its meaning."""

from __future__ import annotations

import pytest

from bot.channels.base import (
    ChannelDown,
    FetchFailed,
    OutcomeUnknown,
    Outgoing,
    Refused,
    TryLater,
    Unreachable,
)
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_send import GIVE_CONTACT, GIVE_PLACE
from bot.events import Photo
from tests.channels.telegram_house import Alarm, Desk, channel_of, failure, running, to
from tests.conftest import Clock
from tests.emulators.media import a_document, a_photo
from tests.emulators.telegram import TelegramEmulator
from tests.emulators.telegram_people import Person

# --- sending ----------------------------------------------------------------------------------


async def test_words_are_sent_as_they_are_without_previews(
    telegram: TelegramEmulator, channel: TelegramChannel, lan: Person
) -> None:
    words = "Xem <b>https://example.vn</b> *nhé* _a_ & [b](c)"
    sent = await channel.send(to(lan, words))
    [heard] = await lan.hears()
    assert heard.text == words
    assert sent.message_id == f"{lan.id}:{heard.message_id}"
    params = telegram.calls[-1].params
    assert params["link_preview_options"] == {"is_disabled": True}
    assert "parse_mode" not in params


async def test_buttons_stand_in_their_rows(channel: TelegramChannel, lan: Person) -> None:
    rows = ((("Cầu", "q.1"), ("Đường", "q.2")), (("Ngập", "q.3"),))
    await channel.send(to(lan, "Sự cố gì?", buttons=rows))
    [heard] = await lan.hears()
    assert [[button["text"] for button in row] for row in heard.rows] == [
        ["Cầu", "Đường"],
        ["Ngập"],
    ]


async def test_one_photo_carries_words_and_buttons(channel: TelegramChannel, lan: Person) -> None:
    photo = ("anh-1.jpg", "image/jpeg", a_photo())
    await channel.send(to(lan, "Ảnh đây ạ", photos=(photo,), buttons=((("Xong", "q.1"),),)))
    [heard] = await lan.hears()
    assert (heard.media, heard.text, heard.buttons) == ("photo", "Ảnh đây ạ", ["Xong"])


async def test_several_photos_go_as_one_album(channel: TelegramChannel, lan: Person) -> None:
    photos = tuple((f"anh-{n}.jpg", "image/jpeg", a_photo(str(n))) for n in range(3))
    await channel.send(to(lan, "Ba ảnh", photos=photos))
    heard = await lan.hears(count=3)
    assert [message.text for message in heard] == ["Ba ảnh", "", ""]
    assert len({message.album for message in heard}) == 1


async def test_a_file_keeps_its_name(channel: TelegramChannel, lan: Person) -> None:
    await channel.send(to(lan, files=(("tep-1.pdf", "application/pdf", a_document()),)))
    [heard] = await lan.hears()
    assert heard.data["document"]["file_name"] == "tep-1.pdf"
    assert heard.content == a_document()


async def test_what_would_need_two_calls_is_refused(
    telegram: TelegramEmulator, channel: TelegramChannel, lan: Person
) -> None:
    """Half of a message carried and half not could be neither repeated nor left."""
    photos = tuple((f"anh-{n}.jpg", "image/jpeg", a_photo(str(n))) for n in range(2))
    with pytest.raises(Refused):
        await channel.send(to(lan, "?", photos=photos, buttons=((("Xong", "q.1"),),)))
    assert telegram.calls == []


async def test_a_place_is_asked_for_by_a_key_that_goes_away_with_the_next_message(
    channel: TelegramChannel, desk: Desk, lan: Person
) -> None:
    await channel.send(to(lan, "Ở đâu ạ?", asks_place=True))
    assert lan.buttons() == [GIVE_PLACE]
    async with running(channel, desk):
        await lan.taps(GIVE_PLACE)
        await desk.has(2)
    assert type(desk.kept[1].said).__name__ == "Place"
    await channel.send(to(lan, "Em đã ghi."))
    assert lan.buttons() == []
    await channel.send(to(lan, "Cảm ơn ạ."))
    assert "reply_markup" not in (await lan.hears(count=3))[-1].data


async def test_a_number_is_asked_for_by_a_key(
    channel: TelegramChannel, desk: Desk, lan: Person
) -> None:
    await channel.send(to(lan, "Số của anh/chị?", asks_contact=True))
    async with running(channel, desk):
        await lan.taps(GIVE_CONTACT)
        await desk.has(2)
    contact = desk.kept[1].said
    assert (type(contact).__name__, getattr(contact, "own", None)) == ("Contact", True)


async def test_buttons_are_worth_more_than_the_place_key(
    channel: TelegramChannel, lan: Person
) -> None:
    await channel.send(to(lan, "Ở đâu?", asks_place=True, buttons=((("Bỏ qua", "w.skip"),),)))
    assert lan.buttons() == ["Bỏ qua"]


async def test_nobody_in_a_group_is_asked_for_their_place_by_a_key(
    telegram: TelegramEmulator, channel: TelegramChannel, lan: Person
) -> None:
    group = telegram.group("Thôn Đông", [lan])
    await channel.send(
        Outgoing(key="1", chat=str(group.id), words="Ở đâu?", asks_place=True, group=True)
    )
    assert group.chat.reply_keyboard is None


async def test_an_answer_in_a_group_hangs_under_its_question(
    telegram: TelegramEmulator, channel: TelegramChannel, desk: Desk, lan: Person
) -> None:
    group = telegram.group("Thôn Đông", [lan])
    question = await lan.sends("/giup", group)
    async with running(channel, desk):
        await desk.has(3)
    answer = Outgoing(
        key="1", chat=str(group.id), words="Dạ", group=True, reply_to=desk.kept[-1].message_id
    )
    await channel.send(answer)
    assert (await lan.hears(chat=group))[-1].reply_to is question


@pytest.mark.parametrize("reply_to", ["cb:123", "-77:5", "-5000001:99999", ""])
async def test_an_answer_to_what_is_gone_or_elsewhere_is_sent_all_the_same(
    telegram: TelegramEmulator, channel: TelegramChannel, lan: Person, reply_to: str
) -> None:
    group = telegram.group("Thôn Đông", [lan])
    assert group.id == -5000001
    await channel.send(
        Outgoing(key="1", chat=str(group.id), words="Dạ", group=True, reply_to=reply_to)
    )
    assert (await lan.hears(chat=group))[-1].reply_to is None


# --- what failed sends mean -------------------------------------------------------------------


async def test_a_rate_limit_says_how_long_to_wait(
    telegram: TelegramEmulator, channel: TelegramChannel, lan: Person
) -> None:
    telegram.faults.too_many_requests(13, "sendMessage")
    failed = await failure(channel, to(lan, "?"))
    assert isinstance(failed, TryLater)
    assert failed.after_s == 13.0


async def test_a_servers_trouble_may_be_tried_again(
    telegram: TelegramEmulator, channel: TelegramChannel, lan: Person
) -> None:
    telegram.faults.server_error("sendMessage")
    assert isinstance(await failure(channel, to(lan, "?")), TryLater)
    telegram.faults.bad_gateway("sendMessage")
    assert isinstance(await failure(channel, to(lan, "?")), TryLater)
    assert [call.method for call in telegram.calls] == ["sendMessage", "sendMessage"]


async def test_a_lost_answer_leaves_the_outcome_unknown_and_is_not_repeated(
    telegram: TelegramEmulator, channel: TelegramChannel, lan: Person
) -> None:
    telegram.faults.resets("sendMessage", accepted=True)
    assert isinstance(await failure(channel, to(lan, "một lần")), OutcomeUnknown)
    assert [message.text for message in await lan.hears()] == ["một lần"]


async def test_an_answer_that_never_comes_leaves_the_outcome_unknown(
    telegram: TelegramEmulator, channel: TelegramChannel, lan: Person
) -> None:
    telegram.faults.hangs("sendMessage")
    channel._request._client.timeout = 0.05
    assert isinstance(await failure(channel, to(lan, "?")), OutcomeUnknown)


async def test_what_could_not_even_connect_was_surely_not_sent(alarm: Alarm, clock: Clock) -> None:
    async with TelegramEmulator(clock=clock) as gone:
        channel = channel_of(gone, alarm)
    assert isinstance(await failure(channel, Outgoing(key="1", chat="5", words="?")), TryLater)
    await channel.close()


async def test_a_closed_channel_sends_nothing(channel: TelegramChannel, lan: Person) -> None:
    await channel.close()
    assert isinstance(await failure(channel, to(lan, "?")), TryLater)


async def test_people_who_cannot_be_reached(
    telegram: TelegramEmulator, channel: TelegramChannel, lan: Person
) -> None:
    """Never met, account deleted, thrown out of the group, unknown chat."""
    minh = telegram.person("Minh")
    group = telegram.group("Thôn Đông", [lan])
    group.removes_bot()
    lan.deactivates()
    nowhere = Outgoing(key="1", chat="-424242", words="?")
    in_group = Outgoing(key="1", chat=str(group.id), words="?", group=True)
    for message in (to(minh, "?"), to(lan, "?"), in_group, nowhere):
        assert isinstance(await failure(channel, message), Unreachable)


async def test_a_token_that_died_stops_the_channel(
    telegram: TelegramEmulator, channel: TelegramChannel, lan: Person
) -> None:
    telegram.revoke_token()
    assert isinstance(await failure(channel, to(lan, "?")), ChannelDown)


async def test_a_message_telegram_would_not_take_is_a_bug_of_ours(
    telegram: TelegramEmulator, channel: TelegramChannel, lan: Person
) -> None:
    assert isinstance(await failure(channel, to(lan, "x" * 4097)), Refused)
    assert isinstance(
        await failure(channel, to(lan, photos=(("a.jpg", "image/jpeg", b"no picture"),))), Refused
    )
    assert len(telegram.violations) == 2
    telegram.violations.clear()


# --- downloads --------------------------------------------------------------------------------


async def ref_of(channel: TelegramChannel, desk: Desk) -> str:
    async with running(channel, desk):
        said = (await desk.has(2))[-1].said
    assert isinstance(said, Photo) or type(said).__name__ == "File"
    return str(getattr(said, "ref", ""))


async def test_a_photo_is_downloaded_in_its_largest_size(
    telegram: TelegramEmulator, channel: TelegramChannel, desk: Desk, lan: Person
) -> None:
    sent = await lan.sends_photo(a_photo(width_px=2000, height_px=1000))
    content = await channel.fetch(await ref_of(channel, desk), limit_bytes=10_000_000)
    assert content == telegram.world.files.content_of(sent.data)


async def test_a_file_larger_than_wanted_is_refused_for_good(
    channel: TelegramChannel, desk: Desk, lan: Person
) -> None:
    await lan.sends_document(b"%PDF" + bytes(1000))
    ref = await ref_of(channel, desk)
    with pytest.raises(FetchFailed) as raised:
        await channel.fetch(ref, limit_bytes=1000)
    assert raised.value.for_good


async def test_a_file_larger_than_bots_may_have_is_refused_for_good(
    channel: TelegramChannel, desk: Desk, lan: Person
) -> None:
    await lan.sends_document(bytes(20 * 1024 * 1024 + 1))
    ref = await ref_of(channel, desk)
    with pytest.raises(FetchFailed) as raised:
        await channel.fetch(ref, limit_bytes=50_000_000)
    assert raised.value.for_good


async def test_a_download_that_breaks_may_be_tried_again(
    telegram: TelegramEmulator, channel: TelegramChannel, desk: Desk, lan: Person
) -> None:
    await lan.sends_document()
    ref = await ref_of(channel, desk)
    for break_it in (telegram.faults.resets, telegram.faults.server_error):
        break_it("download")
        with pytest.raises(FetchFailed) as raised:
            await channel.fetch(ref, limit_bytes=1_000_000)
        assert not raised.value.for_good
    assert await channel.fetch(ref, limit_bytes=1_000_000) == a_document()
