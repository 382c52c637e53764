"""Photos, albums and files through the emulated Telegram, both ways."""

import io
from collections.abc import AsyncIterator

import pytest
from PIL import Image
from telegram import (
    Bot,
    InputMediaPhoto,
    Message,
)
from telegram.error import BadRequest

from tests.conftest import Clock
from tests.emulators.media import a_document, a_photo
from tests.emulators.telegram import TelegramEmulator


def bot_of(telegram: TelegramEmulator) -> Bot:
    return Bot(telegram.token, telegram.base_url, telegram.base_file_url)


@pytest.fixture
async def telegram(clock: Clock) -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(clock=clock) as emulator:
        yield emulator


@pytest.fixture
async def bot(telegram: TelegramEmulator) -> AsyncIterator[Bot]:
    async with bot_of(telegram) as connected:
        yield connected


async def the_message(bot: Bot) -> Message:
    """The newest message the bot can get."""
    updates = await bot.get_updates()
    assert updates[-1].message
    return updates[-1].message


async def test_photos_lose_their_exif_and_can_be_downloaded(
    telegram: TelegramEmulator, bot: Bot
) -> None:
    taken = a_photo("IMG_7", width_px=1600, height_px=1200, position=(20.97, 105.77))
    await telegram.person("Lan").sends_photo(taken, "bãi rác")
    message = await the_message(bot)
    file = await message.photo[-1].get_file()
    with Image.open(io.BytesIO(await file.download_as_bytearray())) as image:
        assert image.size == (1280, 960)
        assert not image.getexif()
    assert message.caption == "bãi rác"
    assert [size.width for size in message.photo] == [90, 320, 800, 1280]


async def test_documents_stay_as_they_are(telegram: TelegramEmulator, bot: Bot) -> None:
    taken = a_photo("IMG_7", position=(20.97, 105.77))
    await telegram.person("Lan").sends_document(taken, "IMG_7.jpg")
    document = (await the_message(bot)).document
    assert document
    assert (document.file_name, document.mime_type) == ("IMG_7.jpg", "image/jpeg")
    assert await (await document.get_file()).download_as_bytearray() == taken


async def test_an_album_comes_as_messages_with_one_group_id(
    telegram: TelegramEmulator, bot: Bot
) -> None:
    await telegram.person("Lan").sends_album([a_photo("a"), a_photo("b"), a_photo("c")], "dọn kênh")
    messages = [update.message for update in await bot.get_updates()]
    assert len({m.media_group_id for m in messages if m}) == 1
    assert [m.caption for m in messages if m] == ["dọn kênh", None, None]


async def test_the_bot_sends_photos_albums_and_files(telegram: TelegramEmulator, bot: Bot) -> None:
    lan = telegram.person("Lan")
    await lan.starts()
    photo = await bot.send_photo(lan.id, a_photo("a"), caption="một")
    await bot.send_photo(lan.id, photo.photo[-1].file_id)
    items = [InputMediaPhoto(a_photo("b"), caption="hai"), InputMediaPhoto(photo.photo[-1].file_id)]
    await bot.send_media_group(lan.id, items)
    await bot.send_document(
        lan.id, a_document("biên bản"), filename="bb.pdf", caption="<b>ba</b>", parse_mode="HTML"
    )
    await bot.send_location(lan.id, 20.97, 105.77)
    heard = await lan.hears(count=6)
    assert [str(m) for m in heard] == [
        "(ảnh) một",
        "(ảnh)",
        "(ảnh) hai",
        "(ảnh)",
        "(tệp) ba",
        "(vị trí)",
    ]
    assert heard[2].album == heard[3].album
    assert heard[4].content == a_document("biên bản")
    assert heard[5].location == (20.97, 105.77)
    assert telegram.violations == []


async def test_a_photo_by_url_is_fetched_from_this_machine_only(
    telegram: TelegramEmulator, bot: Bot
) -> None:
    lan = telegram.person("Lan")
    await lan.sends_photo(a_photo("a"))
    file = await (await the_message(bot)).photo[-1].get_file()
    assert file.file_path
    await bot.send_photo(lan.id, file.file_path)
    assert (await lan.hears())[0].media == "photo"
    with pytest.raises(BadRequest, match="Failed to get http url content"):
        await bot.send_photo(lan.id, "https://example.org/a.jpg")


async def test_a_file_of_one_kind_is_not_sent_as_another(
    telegram: TelegramEmulator, bot: Bot
) -> None:
    lan = telegram.person("Lan")
    await lan.sends_document()
    document = (await the_message(bot)).document
    assert document
    with pytest.raises(BadRequest, match=r"(?i)can't use file of type document as photo"):
        await bot.send_photo(lan.id, document.file_id)
