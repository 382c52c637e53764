"""The Zalo emulators send exactly the recorded shapes, and sign and prove as the reference does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

import tests.emulators.zalo_oa as zalo_oa_module
from tests.emulators.zalo_bot import ZaloBotEmulator
from tests.emulators.zalo_lines import does
from tests.emulators.zalo_listener import Heard, Listener
from tests.emulators.zalo_oa import ZaloOaEmulator, webhook_mac
from tests.emulators.zalo_oa_oauth import code_challenge
from tests.emulators.zalo_phone import SeenMessage

FIXTURES = Path(zalo_oa_module.__file__).parent / "zalo_fixtures"
JPEG = b"\xff\xd8\xff" + b"anh" * 20


def fixture(name: str) -> dict[str, Any]:
    """A recorded POST: source, headers, raw."""
    recorded: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    return recorded


def shape(value: Any) -> Any:
    """Field names and types, without the values."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value]
    return type(value).__name__


def is_like(heard: Heard, name: str) -> None:
    """The POST has the recorded fields, types, event name and header names."""
    recorded = fixture(name)
    body = json.loads(recorded["raw"])
    assert shape(heard.body) == shape(body)
    assert heard.body.get("event_name") == body.get("event_name")
    assert {header.lower() for header in recorded["headers"]} <= set(heard.headers)


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with Listener() as listening:
        yield listening


@pytest.fixture
async def oa(listener: Listener) -> AsyncIterator[ZaloOaEmulator]:
    async with ZaloOaEmulator(webhook_url=listener.url) as emulator:
        yield emulator


@pytest.fixture
async def bot(listener: Listener) -> AsyncIterator[ZaloBotEmulator]:
    async with ZaloBotEmulator(webhook_url=listener.url) as emulator:
        yield emulator


def test_the_signature_vector_of_the_reference_comes_out() -> None:
    recorded = fixture("oa_signature_vector")
    raw = recorded["raw"].encode()
    mac = webhook_mac("1234567890", raw, "1760000000000", "oa-secret-for-tests")
    assert mac == "a1a3d2641b0f7b8bbf75c922d929bd8e605d75b4ef9f8121239ce3efd350cc68"
    assert recorded["headers"]["X-ZEvent-Signature"] == f"mac={mac}"


def test_the_pkce_vector_of_the_reference_comes_out() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert code_challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("oa_*.json")), ids=lambda path: path.stem)
def test_every_recorded_oa_event_is_signed_rightly_except_the_forged_one(path: Path) -> None:
    recorded = fixture(path.stem)
    signature = recorded["headers"].get("X-ZEvent-Signature")
    if signature is None:
        assert path.stem in {"oa_empty_probe", "oa_console_check"}
        return
    raw = recorded["raw"].encode()
    stamp = json.loads(raw)["timestamp"]
    right = "mac=" + webhook_mac("1234567890", raw, stamp, "oa-secret-for-tests")
    assert (signature == right) is (path.stem != "oa_bad_signature")


async def test_what_oa_people_do_arrives_in_the_recorded_shapes(
    oa: ZaloOaEmulator, listener: Listener
) -> None:
    lan = oa.person("Lan")
    await lan.sends("Ngập")
    await lan.sends_photo(JPEG)
    await lan.sends_location(20.9712, 105.7788, place="Nhà văn hoá")
    await lan.sends_voice(b"#!AMR")
    await lan.sends_video(b"mp4")
    await lan.sends_sticker()
    await lan.sends_gif(b"GIF89a")
    await lan.sends_link("https://example.vn")
    await lan.sends_file(b"%PDF-1.7", "bien-ban.pdf")
    await lan.follows()
    await lan.unfollows()
    await lan.clicks_chatnow()
    await lan.withdraws()
    await lan.submits_info("Lan", "84900000000")
    await lan.submits_info("Lan", "84900000000", old_form=True)
    await lan.reacts("00000000000000000003")
    await lan.sends_unsupported()
    await oa.revokes()
    names = (
        "text image location audio video sticker gif link file follow unfollow click_chatnow "
        "withdraw submit_info submit_info_old reacted unknown_event permission_revoked"
    ).split()
    assert len(listener.heard) == len(names)
    for heard, name in zip(listener.heard, names, strict=True):
        is_like(heard, f"oa_{name}")


async def test_staff_echo_and_seen_have_the_recorded_shapes(
    oa: ZaloOaEmulator, listener: Listener
) -> None:
    lan = oa.person("Lan")
    await oa.staff_writes(lan, "Cán bộ xã đây ạ.")
    await lan.reads()
    is_like(listener.heard[0], "oa_echo_of_staff")
    is_like(listener.heard[1], "oa_seen")
    assert (await lan.hears())[0].written_by == "staff"


@pytest.mark.parametrize(
    ("body_shape", "photo_field", "text", "image"),
    [
        ("bare", "photo_url", "bot_text_bare", "bot_image_photo_url"),
        ("wrapped", "photo", "bot_text_wrapped", "bot_image_photo"),
    ],
)
async def test_bot_updates_arrive_in_both_recorded_shapes(
    bot: ZaloBotEmulator,
    listener: Listener,
    body_shape: Any,
    photo_field: Any,
    text: str,
    image: str,
) -> None:
    bot.body_shape, bot.photo_field = body_shape, photo_field
    lan = bot.person("Lan")
    await lan.sends("Ngập đường")
    await lan.sends_photo(JPEG, caption="Cống" if body_shape == "bare" else "")
    is_like(listener.heard[0], text)
    is_like(listener.heard[1], image)


async def test_other_bot_updates_arrive_in_the_recorded_shapes(
    bot: ZaloBotEmulator, listener: Listener
) -> None:
    lan = bot.person("Lan")
    await lan.sends_sticker()
    await lan.sends_voice(b"\xff\xf1aac")
    await lan.sends_unsupported()
    await lan.sends("báo cáo", group=bot.group("Tổ môi trường"), mention=True)
    for heard, name in zip(
        listener.heard, ["sticker", "voice", "unsupported", "group_mention"], strict=True
    ):
        is_like(heard, f"bot_{name}")
    assert listener.heard[3].body["message"]["text"] == "@Bot Sổ Xanh báo cáo"
    assert listener.heard[3].body["message"]["chat"]["chat_type"] == "GROUP"


async def test_both_platforms_probe_with_an_empty_body_without_content_type(
    oa: ZaloOaEmulator, bot: ZaloBotEmulator, listener: Listener
) -> None:
    assert [await oa.probe(), await bot.probe()] == [200, 200]
    for heard in listener.heard:
        assert heard.raw == b""
        assert "content-type" not in heard.headers


async def test_media_is_fetched_by_plain_get_until_it_expires(
    oa: ZaloOaEmulator, listener: Listener
) -> None:
    await oa.person("Lan").sends_photo(JPEG)
    url = listener.heard[0].body["message"]["attachments"][0]["payload"]["url"]
    async with ClientSession() as client:
        async with client.get(url) as answer:
            assert (answer.status, await answer.read()) == (200, JPEG)
        oa.media.expire_all()
        async with client.get(url) as answer:
            assert answer.status == 404


async def test_a_media_path_may_redirect_somewhere_else(oa: ZaloOaEmulator) -> None:
    path = oa.media.put_redirect("http://169.254.1.1/secret")
    async with (
        ClientSession() as client,
        client.get(oa.base_url + path, allow_redirects=False) as answer,
    ):
        assert answer.status == 302
        assert answer.headers["Location"] == "http://169.254.1.1/secret"


async def test_anyone_can_chat_from_the_page(oa: ZaloOaEmulator, listener: Listener) -> None:
    async with ClientSession(oa.base_url) as client:
        async with client.get("/") as page:
            assert "UBND xã Thử Nghiệm" in await page.text()
        for line in ("Chào xã", "(vị trí 20.97, 105.77)", "(quan tâm)"):
            async with client.post("/-/say", json={"name": "Lan", "line": line}) as answer:
                assert answer.status == 200
        async with client.post("/-/photo?name=Lan", data=JPEG) as answer:
            assert answer.status == 200
        await oa.staff_writes(oa.person("Lan"), "Xã nghe ạ.")
        async with client.get("/-/messages?name=Lan") as answer:
            assert [line["text"] for line in await answer.json()] == ["Xã nghe ạ."]
    assert listener.events[:4] == [
        "user_send_text",
        "user_send_location",
        "follow",
        "user_send_image",
    ]


async def test_hears_returns_each_message_once_and_says_what_was_seen_when_too_few_come(
    oa: ZaloOaEmulator,
) -> None:
    lan = oa.person("Lan")
    await oa.staff_writes(lan, "một")
    await oa.staff_writes(lan, "hai")
    assert [message.text for message in await lan.hears(count=2)] == ["một", "hai"]
    with pytest.raises(AssertionError, match=r"heard 0 of 1 .* sees \['một', 'hai'\]"):
        await lan.hears(timeout_s=0.01)


async def test_hears_waits_for_a_message_that_is_still_to_come(oa: ZaloOaEmulator) -> None:
    lan = oa.person("Lan")
    waiting = asyncio.create_task(lan.hears())
    await asyncio.wait([waiting], timeout=0.01)
    await oa.staff_writes(lan, "đây ạ")
    assert [message.text for message in await waiting] == ["đây ạ"]


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ("báo cáo", "user_send_text"),
        ("(vị trí 20.97, 105.77)", "user_send_location"),
        ("(ảnh cong.jpg) cống đầu thôn", "user_send_image"),
        ("(tệp bien-ban.pdf)", "user_send_file"),
        ("(danh thiếp)", "user_submit_info"),
        ("[Có]", "user_send_text"),
    ],
)
async def test_a_line_of_a_transcript_is_done_on_an_oa(
    oa: ZaloOaEmulator, listener: Listener, line: str, event: str
) -> None:
    await does(oa.person("Lan"), line)
    assert listener.events == [event]


@pytest.mark.parametrize(
    ("line", "event", "text"),
    [
        ("báo cáo", "message.text.received", "báo cáo"),
        ("(vị trí 20.97, 105.77)", "message.text.received", "20.97, 105.77"),
        ("(ảnh cong.jpg) cống", "message.image.received", None),
        ("(tệp bien-ban.pdf)", "message.unsupported.received", None),
        ("(danh thiếp)", "message.text.received", "0900000000"),
        ("[Chưa]", "message.text.received", "2"),
        ("[Khác]", "message.text.received", "Khác"),
    ],
)
async def test_a_line_of_a_transcript_is_done_as_the_bot_platform_allows(
    bot: ZaloBotEmulator, listener: Listener, line: str, event: str, text: str | None
) -> None:
    lan = bot.person("Lan")
    await lan.shows(SeenMessage("m1", "text", bot.now(), "Nộp chưa?\n1. Có\n2. Chưa"))
    await does(lan, line)
    assert listener.events == [event]
    assert listener.heard[0].body["message"].get("text") == text


async def test_an_album_line_is_several_photos(bot: ZaloBotEmulator, listener: Listener) -> None:
    await does(bot.person("Lan"), "(album 3)")
    assert listener.events == ["message.image.received"] * 3
