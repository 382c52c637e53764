"""What goes out through the Official Account, and in which shape."""

from __future__ import annotations

import io
import random
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from bot.channels.base import Refused
from bot.channels.render import render, units
from bot.channels.zalo_oa_messages import IMAGE_BYTES, jpeg_within
from bot.events import Button, Reply
from storage.engine import Store
from tests.channels.zalo_houses import tells, to
from tests.channels.zalo_oa_house import House, channel_of, somebody
from tests.conftest import Clock
from tests.emulators.media import a_document, a_photo
from tests.stages.zalo_oa import oa_world


async def test_words_go_as_they_are(oa_house: House) -> None:
    lan = await somebody(oa_house)
    sent = await channel_of(oa_house[1]).send(to(lan.user_id, "Chào *anh/chị* <b>ạ</b>."))
    (seen,) = await lan.hears()
    assert (seen.text, seen.message_id) == ("Chào *anh/chị* <b>ạ</b>.", sent.message_id)


async def test_a_long_text_goes_in_numbered_parts_within_the_limit(oa_house: House) -> None:
    lan = await somebody(oa_house)
    _, world = oa_house
    paragraphs = [f"Đoạn {n}. " + "Em kể chuyện ao làng. 🌾 " * 25 for n in range(12)]
    await tells(world, "zalo_oa", oa_house[0].oa_id, lan.user_id, "\n\n".join(paragraphs))
    await world.settle()
    texts = [message.text for message in await lan.hears()]
    assert len(texts) > 1
    assert [text.split(")")[0] for text in texts] == [
        f"({n}/{len(texts)}" for n in range(1, len(texts) + 1)
    ]
    assert all(units(text) <= 2000 for text in texts)
    assert "Đoạn 0." in texts[0]
    assert "Đoạn 11." in texts[-1]


async def test_a_decomposed_text_is_composed_and_then_measured(oa_house: House) -> None:
    reply = Reply(words="e\u0302\u0301" * 1999)
    parts = render(reply, channel_of(oa_house[1]).can)
    assert [part.words for part in parts] == ["ế" * 1999]


@pytest.mark.parametrize("accepts", ["with", "without", "either"])
async def test_choices_are_buttons_with_their_numbers_printed_in_either_form_of_the_template(
    oa_house: House, accepts: str
) -> None:
    """The sources disagree whether a template type is named; the other form is tried by itself (B5)."""
    oa, world = oa_house
    oa.rules.button_template = accepts  # type: ignore[assignment]  # one of the three
    lan = await somebody(oa_house)
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


async def test_a_picture_is_made_small_enough_and_uploaded_once_for_all(oa_house: House) -> None:
    oa, world = oa_house
    lan, minh = await somebody(oa_house), await somebody(oa_house, "Minh")
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


async def test_an_upload_that_zalo_forgot_is_made_again(oa_house: House, clock: Clock) -> None:
    oa, world = oa_house
    lan = await somebody(oa_house)
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
async def test_a_pdf_goes_by_the_field_its_upload_answered_with(
    oa_house: House, field: str
) -> None:
    oa, world = oa_house
    oa.rules.file_key = field  # type: ignore[assignment]  # one of the two
    lan = await somebody(oa_house)
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
