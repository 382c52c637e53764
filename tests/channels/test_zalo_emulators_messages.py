"""The OA emulator takes and refuses messages and uploads as the reference says, code by code."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession, ClientTimeout

from tests.conftest import Clock
from tests.emulators.zalo_caller import OaCaller, button_message, media_message, query_button
from tests.emulators.zalo_common import Fault
from tests.emulators.zalo_listener import Listener
from tests.emulators.zalo_oa import ZaloOaEmulator
from tests.emulators.zalo_oa_people import OaPerson

JPEG = b"\xff\xd8\xff" + b"anh" * 20
PDF = b"%PDF-1.7".ljust(64)


@pytest.fixture
async def oa(clock: Clock) -> AsyncIterator[ZaloOaEmulator]:
    async with ZaloOaEmulator(clock=clock) as emulator:
        yield emulator


@pytest.fixture
async def call(oa: ZaloOaEmulator) -> AsyncIterator[OaCaller]:
    async with ClientSession() as client:
        yield OaCaller(client, oa)


@pytest.fixture
async def lan(oa: ZaloOaEmulator) -> OaPerson:
    """Somebody who has just written, so that the window is open."""
    person = oa.person("Lan")
    await person.sends("Chào xã")
    return person


# --- texts, buttons, contact request -----------------------------------------------------------


async def test_a_text_reaches_the_person_and_is_recorded(call: OaCaller, lan: OaPerson) -> None:
    answer = await call.sends(lan, {"text": "Em chào chị Lan."})
    assert (answer["error"], answer["message"]) == (0, "Success")
    assert answer["data"]["user_id"] == lan.user_id
    assert answer["data"]["quota"]["quota_type"] == "reply"
    [heard] = await lan.hears()
    assert (heard.text, heard.message_id) == ("Em chào chị Lan.", answer["data"]["message_id"])
    assert [(who.name, seen.text) for who, seen in call.oa.sent] == [("Lan", "Em chào chị Lan.")]
    assert call.oa.violations == []


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"text": "x" * 2000}, 0),
        ({"text": "x" * 2001}, -210),
        ({"text": "😀" * 1001}, -210),
        ({"text": "  "}, -201),
        ({"text": 5}, -201),
        ({}, -201),
        ("xin chào", -201),
        ({"text": "x", "quote_message_id": "không có"}, -201),
        ({"text": "x", "attachment": {"type": "image", "payload": {}}}, -201),
        ({"text": "x", "attachment": {"type": "template"}}, -201),
        (button_message(*[query_button()] * 5), 0),
        (button_message(*[query_button()] * 5, template_type="button"), 0),
        (button_message(*[query_button()] * 6), -210),
        (button_message(), -201),
        (button_message(query_button(), text=""), -201),
        (button_message(query_button(), template_type="carousel"), -201),
        (button_message(query_button(), template_type="list"), -233),
        (button_message(query_button(title="x" * 101)), -210),
        (button_message(query_button(title="")), -201),
        (button_message(query_button(payload="x" * 1001)), -210),
        (button_message(query_button(kind="hide")), 0),
        (button_message(query_button(kind="other")), -201),
        (button_message({"title": "x", "type": "oa.open.url", "payload": "https://a.vn"}), -201),
        (button_message({"title": "x", "type": "oa.open.url", "payload": {"url": "a.vn"}}), -201),
        (
            button_message(
                {"title": "x", "type": "oa.open.url", "payload": {"url": "https://a.vn"}}
            ),
            0,
        ),
        (
            button_message(
                {"title": "x", "type": "oa.open.phone", "payload": {"phone_code": "84900000000"}}
            ),
            0,
        ),
        (
            button_message(
                {"title": "x", "type": "oa.open.phone", "payload": {"phone_code": "0900000000"}}
            ),
            -201,
        ),
        (
            button_message(
                {"title": "x", "type": "oa.open.sms", "payload": {"phone_code": "84900000000"}}
            ),
            -201,
        ),
    ],
)
async def test_the_shape_and_limits_of_a_message(
    call: OaCaller, lan: OaPerson, message: Any, error: int
) -> None:
    assert (await call.sends(lan, message))["error"] == error
    assert len(lan.sees()) == (1 if error == 0 else 0)


@pytest.mark.parametrize(
    ("setting", "with_type", "without_type"),
    [("either", 0, 0), ("with", 0, -201), ("without", -201, 0)],
)
async def test_the_button_template_type_can_be_required_or_forbidden(
    call: OaCaller, lan: OaPerson, setting: Any, with_type: int, without_type: int
) -> None:
    call.oa.rules.button_template = setting
    named = button_message(query_button(), template_type="button")
    assert (await call.sends(lan, named))["error"] == with_type
    assert (await call.sends(lan, button_message(query_button())))["error"] == without_type


async def test_a_message_may_quote_one_of_the_same_chat(call: OaCaller, lan: OaPerson) -> None:
    first = await call.sends(lan, {"text": "một"})
    quoting = {"text": "hai", "quote_message_id": first["data"]["message_id"]}
    assert (await call.sends(lan, quoting))["error"] == 0


async def test_a_query_button_comes_back_as_ordinary_text_however_old(
    call: OaCaller, lan: OaPerson, clock: Clock
) -> None:
    async with Listener() as listener:
        call.oa.courier.url = listener.url
        call.oa.echoes = False
        await call.sends(lan, button_message(query_button("Nộp", "#nop 42")))
        await call.sends(lan, {"text": "một tin khác"})
        clock.forward(days=400)
        await lan.taps("Nộp")
        assert listener.events == ["user_send_text"]
        assert listener.heard[0].body["message"]["text"] == "#nop 42"
    assert lan.last_interaction_at == clock.at


async def test_tapping_a_link_button_tells_the_oa_nothing_but_opens_the_window(
    call: OaCaller, lan: OaPerson, clock: Clock
) -> None:
    link = {"title": "Xem", "type": "oa.open.url", "payload": {"url": "https://a.vn"}}
    await call.sends(lan, button_message(link))
    clock.forward(hours=1)
    assert await lan.taps("Xem") is None
    assert lan.last_interaction_at == clock.at
    with pytest.raises(AssertionError, match="no button 'Nộp'"):
        await lan.taps("Nộp")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({}, 0),
        ({"title": "x" * 101}, -210),
        ({"subtitle": "x" * 501}, -210),
        ({"subtitle": None}, -201),
        ({"image_url": "http://127.0.0.1:9/none.jpg"}, -201),
        ({"image_url": "http://a.vn/plain.jpg"}, -201),
        ({"image_url": None}, -201),
    ],
)
async def test_the_contact_request_needs_title_subtitle_and_a_reachable_image(
    call: OaCaller, lan: OaPerson, change: dict[str, Any], error: int
) -> None:
    element = {"title": "Số điện thoại", "subtitle": "Để xã gọi lại", "image_url": "https://a.vn/a"}
    payload = {"template_type": "request_user_info", "elements": [element | change]}
    message = {"attachment": {"type": "template", "payload": payload}}
    assert (await call.sends(lan, message))["error"] == error


# --- media and uploads -------------------------------------------------------------------------


async def test_an_uploaded_photo_is_sent_with_its_caption_and_dies_after_seven_days(
    call: OaCaller, lan: OaPerson, clock: Clock
) -> None:
    upload = await call.uploads("image", JPEG, "anh.jpg")
    upload_id = upload["data"]["attachment_id"]
    message = media_message(media_type="image", attachment_id=upload_id) | {"text": "Cống thôn"}
    assert (await call.sends(lan, message))["error"] == 0
    [heard] = await lan.hears()
    assert (heard.text, heard.media[0].content) == ("Cống thôn", JPEG)
    clock.forward(days=7)
    await lan.sends("em vẫn đây")
    assert (await call.sends(lan, message))["error"] == -100


async def test_a_photo_may_be_given_by_url_and_is_fetched(call: OaCaller, lan: OaPerson) -> None:
    url = call.oa.base_url + call.oa.media.put(JPEG, ".jpg", "image/jpeg")
    assert (await call.sends(lan, media_message(media_type="image", url=url)))["error"] == 0
    assert (await lan.hears())[0].media[0].content == JPEG


@pytest.mark.parametrize(
    "element",
    [
        {"media_type": "image"},
        {"media_type": "image", "attachment_id": "upload-000001", "url": "https://a.vn/1.jpg"},
        {"media_type": "image", "attachment_id": "không có"},
        {"media_type": "film", "attachment_id": "upload-000001"},
        {"media_type": "gif", "attachment_id": "upload-000001"},
        {"media_type": "image", "url": "data:image/png;base64,AAAA"},
    ],
)
async def test_a_malformed_media_element_is_refused(
    call: OaCaller, lan: OaPerson, element: dict[str, Any]
) -> None:
    assert (await call.sends(lan, media_message(**element)))["error"] == -201


@pytest.mark.parametrize(
    ("kind", "content", "name", "error"),
    [
        ("image", JPEG, "a.jpg", 0),
        ("image", b"\x89PNG\r\n\x1a\n", "a.png", 0),
        ("image", b"GIF89a", "a.gif", -201),
        ("image", b"", "a.jpg", -201),
        ("image", JPEG.ljust(1_000_001), "a.jpg", -210),
        ("gif", b"GIF89a", "a.gif", 0),
        ("gif", JPEG, "a.gif", -201),
        ("file", PDF, "a.pdf", 0),
        ("file", b"PK\x03\x04", "a.docx", 0),
        ("file", b"\xd0\xcf\x11\xe0", "a.doc", 0),
        ("file", b"PK\x03\x04", "a.xlsx", -201),
        ("file", b"MZ", "a.pdf", -201),
        ("file", PDF.ljust(5_000_001), "a.pdf", -210),
    ],
)
async def test_upload_formats_and_sizes(
    call: OaCaller, kind: str, content: bytes, name: str, error: int
) -> None:
    assert (await call.uploads(kind, content, name))["error"] == error


async def test_an_upload_without_extension_gives_an_empty_answer(call: OaCaller) -> None:
    assert (await call.uploads("image", JPEG, "anh"))["data"] == {}
    assert [one.rule for one in call.oa.violations] == ["B6"]


async def test_an_upload_must_be_multipart_with_the_field_named_file(call: OaCaller) -> None:
    assert (await call.posts("/v2.0/oa/upload/image", {"file": "x"}))["error"] == -201


@pytest.mark.parametrize(("key", "other"), [("token", "attachment_id"), ("attachment_id", "token")])
async def test_a_file_is_sent_by_what_the_upload_returned(
    call: OaCaller, lan: OaPerson, key: Any, other: str
) -> None:
    call.oa.rules.file_key = key
    token = (await call.uploads("file", PDF, "bao-cao.pdf"))["data"][key]
    right = {"attachment": {"type": "file", "payload": {key: token}}}
    wrong = {"attachment": {"type": "file", "payload": {other: token}}}
    assert (await call.sends(lan, wrong))["error"] == -201
    assert (await call.sends(lan, right | {"text": "Báo cáo"}))["error"] == -201
    assert (await call.sends(lan, right))["error"] == 0
    assert (await lan.hears())[0].media[0].name == "bao-cao.pdf"


# --- faults on demand --------------------------------------------------------------------------


async def test_a_timeout_after_accepting_has_delivered(call: OaCaller, lan: OaPerson) -> None:
    call.oa.faults.order(Fault.timeout_after_accepting(), on="message/cs")
    body = {"recipient": {"user_id": lan.user_id}, "message": {"text": "Đã nhận"}}
    with pytest.raises(TimeoutError):
        await call.client.post(
            f"{call.oa.base_url}/v3.0/oa/message/cs",
            json=body,
            headers=call.headers(),
            timeout=ClientTimeout(total=0.1),
        )
    assert (await lan.hears())[0].text == "Đã nhận"


@pytest.mark.parametrize("accepts", [True, False])
async def test_a_dropped_connection_may_or_may_not_have_delivered(
    call: OaCaller, lan: OaPerson, accepts: bool
) -> None:
    call.oa.faults.order(Fault.drop(accepts=accepts))
    with pytest.raises(ClientError):
        await call.sends(lan, {"text": "x"})
    assert len(lan.sees()) == int(accepts)


@pytest.mark.parametrize(
    ("fault", "status"),
    [(Fault.status(503), 503), (Fault.status(502), 502), (Fault.garbage(), 200)],
)
async def test_an_answer_that_is_no_json(
    call: OaCaller, lan: OaPerson, fault: Fault, status: int
) -> None:
    call.oa.faults.order(fault)
    headers = call.headers()
    url = f"{call.oa.base_url}/v3.0/oa/message/cs"
    async with call.client.post(url, json={}, headers=headers) as answer:
        assert answer.status == status
        with pytest.raises(ValueError, match="Expecting value"):
            await answer.json(content_type=None)
    assert (await call.sends(lan, {"text": "x"}))["error"] == 0


@pytest.mark.parametrize("code", [-32, -200, -124, -216])
async def test_any_code_can_be_ordered_for_the_next_calls(
    call: OaCaller, lan: OaPerson, code: int
) -> None:
    call.oa.faults.order(Fault.error(code), on="message/cs", times=2)
    assert (await call.gets("/v2.0/oa/getoa"))["error"] == 0
    errors = [(await call.sends(lan, {"text": "x"}))["error"] for _ in range(3)]
    assert errors == [code, code, 0]


async def test_faults_can_be_chosen_by_a_function_and_be_merely_slow(
    call: OaCaller, lan: OaPerson
) -> None:
    call.oa.faults.choose = lambda path: Fault.slow(0.01) if "cs" in path else None
    assert (await call.sends(lan, {"text": "x"}))["error"] == 0
