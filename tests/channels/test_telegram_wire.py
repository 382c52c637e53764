"""Telegram's updates as they come over the wire, and what was said in them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.channels.telegram_read import ALBUM_MEMORY, MOST_REMEMBERED, Moved, Reader
from bot.channels.telegram_wire import Update, decode_answer, decode_update
from bot.events import Incoming, Photo, Text
from tests.conftest import Clock

RECORDED = sorted((Path(__file__).parent / "payloads").glob("telegram_*.json"))
GROUP = {"id": -1001700000001, "title": "Thôn Đông Lĩnh", "type": "supergroup"}
LAN = {"id": 700000001, "is_bot": False, "first_name": "Lan"}
NOTED = "@soxanh_bot dọn kênh"
NAME = [{"type": "mention", "offset": 0, "length": 11}]


@pytest.fixture
def reader(clock: Clock) -> Reader:
    return Reader(4200000, "soxanh_bot", clock)


def message(number: int, **content: Any) -> Update:
    """Lan's message `number`, in the group unless told otherwise."""
    base = {"message_id": number, "from": LAN, "chat": GROUP, "date": 1780884000}
    return update("message", {**base, **content})


def album_photo(number: int, **content: Any) -> Update:
    return message(number, photo=[{"file_id": f"p{number}"}], media_group_id="13", **content)


def update(kind: str, body: dict[str, Any]) -> Update:
    return decode_update(json.dumps({"update_id": 1, kind: body}).encode())


def addressed(arrived: list[Incoming]) -> list[bool]:
    return [incoming.addressed for incoming in arrived]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem.removeprefix("telegram_"))
def test_a_recorded_update_becomes_what_was_said(path: Path, reader: Reader) -> None:
    """Each file says in `about` what it stands for."""
    recorded = json.loads(path.read_text())
    read = reader.read([decode_update(json.dumps(recorded["update"]).encode())])
    expected = recorded["incoming"]
    assert read == ([msgspec.convert(expected, Incoming)] if expected else [])


def test_every_kind_of_update_is_recorded() -> None:
    assert len(RECORDED) >= 45


def test_times_are_aware_and_in_utc(reader: Reader) -> None:
    [incoming] = reader.read([message(1, text="/giup", entities=[])])
    assert incoming.sent_at == datetime(2026, 6, 8, 2, 0, tzinfo=UTC)


def test_one_caption_addresses_the_whole_album_even_when_it_comes_last(reader: Reader) -> None:
    photos = [album_photo(1), album_photo(2, caption=NOTED, caption_entities=NAME)]
    arrived = reader.read(photos)
    assert addressed(arrived) == [True, True]
    assert [said.caption for one in arrived if isinstance(said := one.said, Photo)] == [
        "",
        "dọn kênh",
    ]


def test_photos_of_an_addressed_album_that_come_in_a_later_batch_are_addressed(
    reader: Reader, clock: Clock
) -> None:
    reader.read([album_photo(1, caption=NOTED, caption_entities=NAME)])
    clock.forward(seconds=2)
    assert addressed(reader.read([album_photo(2)])) == [True]


def test_an_album_is_forgotten_after_a_minute(reader: Reader, clock: Clock) -> None:
    reader.read([album_photo(1, caption=NOTED, caption_entities=NAME)])
    clock.forward(seconds=ALBUM_MEMORY.total_seconds() + 1)
    assert addressed(reader.read([album_photo(2)])) == [False]


def test_an_album_nobody_addressed_to_us_is_not_ours(reader: Reader) -> None:
    assert addressed(reader.read([album_photo(1), album_photo(2)])) == [False, False]


def test_albums_remembered_are_bounded(reader: Reader) -> None:
    first = album_photo(1, caption=NOTED, caption_entities=NAME)
    reader.read([first])
    others = [
        message(n, text=NOTED, entities=NAME, media_group_id=f"other-{n}")
        for n in range(2, MOST_REMEMBERED + 2)
    ]
    reader.read(others)
    assert addressed(reader.read([album_photo(9_999)])) == [False]


def test_an_edit_of_the_newest_message_is_said_anew(reader: Reader) -> None:
    private = {"id": 700000001, "type": "private", "first_name": "Lan"}
    reader.read([message(5, chat=private, text="ba tan")])
    corrected = {"message_id": 5, "from": LAN, "chat": private, "date": 1, "edit_date": 9}
    [incoming] = reader.read([update("edited_message", {**corrected, "text": "ba tấn"})])
    assert (incoming.message_id, incoming.said) == ("700000001:5:9", Text("ba tấn"))


def test_an_edit_of_an_older_message_changes_nothing(reader: Reader) -> None:
    private = {"id": 700000001, "type": "private", "first_name": "Lan"}
    reader.read([message(5, chat=private, text="ba tan"), message(6, chat=private, text="xong")])
    old = {"message_id": 5, "from": LAN, "chat": private, "date": 1, "edit_date": 9, "text": "x"}
    assert reader.read([update("edited_message", old)]) == []


def test_the_same_update_gives_the_same_key_twice(reader: Reader) -> None:
    first, second = (reader.read([message(3, text="/giup")])[0].key for _ in range(2))
    assert first == second == ("telegram", "4200000", "-1001700000001:3")


def test_a_group_that_moved_is_told_once_of_its_two_messages() -> None:
    old = message(7, chat={"id": -5, "type": "group"}, migrate_to_chat_id=-1005)
    new = message(1, chat={"id": -1005, "type": "supergroup"}, migrate_from_chat_id=-5)
    assert Reader.moves([old, new]) == [Moved("-5", "-1005")]


def test_an_answer_of_get_updates_is_read_whole_but_for_what_nobody_understands() -> None:
    good = {"update_id": 8, "message": {"message_id": 1, "date": 1, "chat": {"id": 2}}}
    odd = {"update_id": 9, "message": {"message_id": "một"}}
    answer = json.dumps({"ok": True, "result": [good, odd]}).encode()
    updates, highest, unreadable = decode_answer(answer)
    assert [one.update_id for one in updates] == [8]
    assert highest == 9
    assert len(unreadable) == 1
    assert unreadable[0].startswith("update 9: Expected `int`")


def test_an_empty_answer_moves_nothing() -> None:
    assert decode_answer(b'{"ok":true,"result":[]}') == ([], None, [])


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe"])
def test_what_is_no_json_is_told_apart_from_an_odd_shape(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError) as raised:
        decode_update(body)
    assert not isinstance(raised.value, msgspec.ValidationError)
