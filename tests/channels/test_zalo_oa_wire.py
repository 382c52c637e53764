"""Official Account events: the signature, and what each recorded shape says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.channels.zalo_oa_wire import is_signed, read, recovered, signature
from bot.events import (
    AnySaid,
    Blocked,
    Contact,
    File,
    Photo,
    Place,
    Tap,
    Text,
    Unblocked,
    Unsupported,
    Voice,
)

FIXTURES = Path(__file__).parents[1] / "emulators" / "zalo_fixtures"
NOW = datetime(2030, 1, 1, tzinfo=UTC)
OA = "222"

VECTOR = (
    '{"app_id":"1234567890","event_name":"user_send_text","sender":{"id":"111"},'
    '"recipient":{"id":"222"},"message":{"text":"Ngập","msg_id":"m1"},"timestamp":"1760000000000"}'
)
MAC = "a1a3d2641b0f7b8bbf75c922d929bd8e605d75b4ef9f8121239ce3efd350cc68"


def event(name: str, **fields: Any) -> bytes:
    """An event with the common fields."""
    common = {"app_id": "1", "event_name": name, "timestamp": "1760000000000"}
    ends = {"sender": {"id": "111"}, "recipient": {"id": OA}}
    return json.dumps(common | ends | fields).encode()


def attached(kind: str, text: str = "", **payload: Any) -> bytes:
    """A `user_send_…` event with one attachment."""
    message: dict[str, Any] = {"msg_id": "m1", "attachments": [{"type": kind, "payload": payload}]}
    if text:
        message["text"] = text
    return event(f"user_send_{kind}", message=message)


def said(raw: bytes) -> AnySaid | None:
    """What an event says."""
    incoming = read(raw, oa_id=OA, now=NOW).incoming
    return None if incoming is None else incoming.said


# --- the signature -----------------------------------------------------------------------------


def test_the_signature_vector_of_the_reference() -> None:
    raw = VECTOR.encode()
    assert signature("1234567890", raw, "1760000000000", "oa-secret-for-tests") == MAC
    keys = ("oa-secret-for-tests",)
    for header in (f"mac={MAC}", MAC, MAC.upper(), f" mac={MAC} "):
        assert is_signed(raw, header, app_id="1234567890", keys=keys)


@pytest.mark.parametrize(
    ("raw", "header"),
    [
        (VECTOR.replace("Ngập", "Ngap").encode(), MAC),
        (VECTOR.encode() + b" ", MAC),
        (VECTOR.encode(), ""),
        (VECTOR.encode(), "mac="),
        (VECTOR.encode(), "mac=đ" * 8),
        (b"{", MAC),
        (b"\xff\xfe", MAC),
    ],
)
def test_other_bytes_or_another_header_are_not_signed(raw: bytes, header: str) -> None:
    assert not is_signed(raw, header, app_id="1234567890", keys=("oa-secret-for-tests",))


# --- what is said ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (event("user_send_text", message={"msg_id": "m1", "text": " Ngập "}), Text(" Ngập ")),
        (
            event("user_send_text", message={"msg_id": "m", "text": "#q.ab12cd.3"}),
            Tap("q.ab12cd.3"),
        ),
        (event("user_send_text", message={"msg_id": "m", "text": "#go.report"}), Tap("go.report")),
        (event("user_send_text", message={"msg_id": "m", "text": "#hello.x"}), Text("#hello.x")),
        (attached("image", "ngập", url="http://a.zdn.vn/x"), Photo("http://a.zdn.vn/x", "ngập")),
        (attached("audio", url="https://a.zdn.vn/x"), Voice("https://a.zdn.vn/x")),
        (
            attached("file", url="https://a.zdn.vn/x", name="bc.pdf"),
            File("https://a.zdn.vn/x", name="bc.pdf"),
        ),
        (
            attached("location", "Đình", coordinates={"latitude": "20.9", "longitude": "106.3"}),
            Place(20.9, 106.3, "Đình"),
        ),
        (
            attached("location", coordinates={"latitude": "120", "longitude": "10"}),
            Unsupported("location"),
        ),
        (
            attached("location", coordinates={"latitude": "NaN", "longitude": "10"}),
            Unsupported("location"),
        ),
        (
            attached("link", url="https://maps.google.com/?q=20.93210,106.31230"),
            Place(20.9321, 106.3123),
        ),
        (attached("link", url="https://bao.vn/a", description="Tin"), Text("Tin https://bao.vn/a")),
        (
            attached("link", description='{"phone":"84900000000","caption":"Lan"}'),
            Contact("84900000000", "Lan"),
        ),
        (attached("sticker", url="https://a.zdn.vn/s", id="1"), Unsupported("sticker")),
        (event("user_send_something_new", message={"msg_id": "m"}), Unsupported("something_new")),
        (event("follow", follower={"id": "111"}), Unblocked()),
        (event("unfollow", follower={"id": "111"}), Blocked()),
        (event("user_click_chatnow", user_id="111"), Unblocked()),
        (
            event("user_submit_info", info={"name": "Lan", "phone": "84900000000"}),
            Contact("84900000000", "Lan", own=True),
        ),
        (event("oa_send_text", message={"msg_id": "m", "text": "chào"}), None),
        (event("user_send_group_text", message={"msg_id": "m", "text": "chào"}), None),
        (event("user_received_message", message={"msg_id": "m"}), None),
        (event("change_template_status"), None),
        (b"[]", None),
        (b"not json", None),
    ],
)
def test_what_each_event_says(raw: bytes, expected: AnySaid | None) -> None:
    assert said(raw) == expected


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("oa_*.json")), ids=lambda path: path.stem)
def test_every_recorded_event_can_be_read_and_is_signed(path: Path) -> None:
    """Whoever says something is known by a string id; only the forged one and the bare ping are unsigned."""
    fixture = json.loads(path.read_text())
    raw = fixture["raw"].encode()
    arrived = read(raw, oa_id=OA, now=NOW)
    says = path.stem.removeprefix("oa_") in SAYS_SOMETHING
    assert (arrived.incoming is not None) is says
    if arrived.incoming is not None:
        assert arrived.incoming.sender == arrived.chat != ""
    header = fixture["headers"].get("X-ZEvent-Signature", "")
    signed = is_signed(raw, header, app_id="1234567890", keys=("oa-secret-for-tests",))
    assert signed is (path.stem not in UNSIGNED)


SAYS_SOMETHING = {
    "audio",
    "bad_signature",
    "click_chatnow",
    "file",
    "follow",
    "gif",
    "image",
    "link",
    "location",
    "signature_vector",
    "sticker",
    "submit_info",
    "submit_info_old",
    "text",
    "text_repeated",
    "unknown_event",
    "unfollow",
    "video",
}
UNSIGNED = {"oa_bad_signature", "oa_console_check", "oa_empty_probe"}


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("user_send_text", True),
        ("user_send_group_text", True),
        ("user_call_oa", True),
        ("follow", True),
        ("user_click_chatnow", True),
        ("user_received_message", False),
        ("user_seen_message", False),
        ("unfollow", False),
        ("user_reacted_message", False),
        ("user_submit_info", False),
    ],
)
def test_only_these_restart_the_clock_of_a_window(name: str, counts: bool) -> None:
    assert read(event(name, user_id="111"), oa_id=OA, now=NOW).interacts is counts


def test_ids_larger_than_a_number_can_be_keep_every_digit() -> None:
    raw = event("user_send_text", sender={"id": "4600000000000007919"}, message={"text": "a"})
    assert read(raw, oa_id=OA, now=NOW).chat == "4600000000000007919"


def test_an_event_without_an_id_is_known_by_its_bytes_and_a_message_by_its_id() -> None:
    first, second = event("follow", follower={"id": "1"}), event("follow", follower={"id": "2"})
    assert read(first, oa_id=OA, now=NOW).key == read(first, oa_id=OA, now=NOW).key
    assert read(first, oa_id=OA, now=NOW).key != read(second, oa_id=OA, now=NOW).key
    message = event("user_send_text", message={"msg_id": "m7", "text": "a"})
    assert read(message, oa_id=OA, now=NOW).key == "m7"


def test_a_receipt_never_takes_the_place_of_the_message_it_is_about() -> None:
    seen = read(event("user_received_message", message={"msg_id": "m7"}), oa_id=OA, now=NOW)
    assert seen.key != "m7"


def test_a_time_from_the_future_is_not_believed() -> None:
    raw = event("user_send_text", message={"text": "a"}, timestamp="9999999999999")
    assert read(raw, oa_id=OA, now=NOW).at == NOW


def test_a_line_of_a_chat_is_the_message_that_was_missed() -> None:
    line = {"src": 1, "time": 1760000000000, "type": "text", "message": "ngập", "message_id": "m1"}
    line |= {"from_id": "111", "to_id": OA}
    found = recovered(line, oa_id=OA, now=NOW)
    assert found is not None
    assert (found.key, found.chat) == ("m1", "111")
    assert found.incoming is not None
    assert found.incoming.said == Text("ngập")
    assert recovered(line | {"src": 0, "from_id": OA}, oa_id=OA, now=NOW) is None


def test_a_missed_photo_keeps_its_address() -> None:
    line = {"src": 1, "time": 1, "type": "photo", "message_id": "m2", "from_id": "111"}
    found = recovered(line | {"url": "https://a.zdn.vn/x"}, oa_id=OA, now=NOW)
    assert found is not None
    assert found.incoming is not None
    assert found.incoming.said == Photo("https://a.zdn.vn/x")
