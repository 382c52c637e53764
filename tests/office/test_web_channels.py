"""The page of channels: officials see what became of messages to their people, and nobody else's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from storage import alerts, outbox, phones, windows, zalo
from storage.outbox import OutboxRow
from storage.windows import ChoiceRow
from storage.zalo import ChatRow
from tests.office.web_world import REPORTER, Town

LAM = "Trưởng thôn Lâm"


async def writes(town: Town, to: str, state: str, purpose: str = "nudge", error: str = "") -> int:
    """A message to somebody, as it stands after a try."""
    row_id = town.ids()
    values: dict[str, Any] = {
        "id": row_id,
        "channel": "zalo_oa",
        "account": "oa",
        "chat": to,
        "person_id": town.who[to],
        "body": '{"words":"Nhắc anh/chị."}',
        "purpose": purpose,
        "priority": 20,
        "not_before": town.clock(),
        "made_at": town.clock(),
        "state": state,
        "error": error,
    }
    async with town.store.begin() as tx:
        await outbox.put(tx, [OutboxRow(**values)])
    return row_id


async def chooses(town: Town, outbox_id: int, choice: str, why: str, price_vnd: int = 0) -> None:
    made = ChoiceRow(
        outbox_id=outbox_id,
        channel="zalo_oa",
        account="oa",
        choice=choice,
        price_vnd=price_vnd,
        why=why,
        decided_at=town.clock(),
    )
    async with town.store.begin() as tx:
        await windows.record_choice(tx, made)


async def test_held_messages_and_choices_are_shown_to_the_offices_of_their_people(
    town: Town,
) -> None:
    held = await writes(town, LAM, "held", error="window-closed: silent-48h")
    await chooses(town, held, "waits", "no-budget")
    paid = await writes(town, LAM, "sent")
    await chooses(town, paid, "paid", "silent-48h", price_vnd=55)
    await writes(town, REPORTER, "held", purpose="reply")
    for name in ("Chủ tịch Hoa", "Quản trị Sơn", "Duyệt Mai"):
        page = await (await town.comes_in(name)).reads("/van-phong/kenh")
        assert "đang giữ, chờ người nhận nhắn lại. Người nhận đã im lặng quá 48 giờ" in page
        assert "gửi tin trả tiền (55 đồng)" in page
        assert "tiền nhắn tin tháng này đã hết" in page
        assert REPORTER not in page
    for name in ("Phụ nữ Thu", "Chủ tịch xã bên"):
        page = await (await town.comes_in(name)).reads("/van-phong/kenh")
        assert LAM not in page
        assert "Không có tin nào bị giữ" in page
    assert (await town.visitor().gets("/van-phong/kenh")).status == 401


async def test_the_number_a_person_gave_stands_where_officials_are_told_to_call(town: Town) -> None:
    """Only beside what did not arrive, and only for the offices of that person."""
    async with town.store.begin() as tx:
        await phones.tell(tx, town.who[LAM], "0900000001", now=town.clock())
    page = await (await town.comes_in("Chủ tịch Hoa")).reads("/van-phong/kenh")
    assert "0900 000 001" not in page
    await writes(town, LAM, "held", error="window-closed: silent-48h")
    page = await (await town.comes_in("Chủ tịch Hoa")).reads("/van-phong/kenh")
    assert f"{LAM} (0900 000 001)" in page
    page = await (await town.comes_in("Chủ tịch xã bên")).reads("/van-phong/kenh")
    assert "0900 000 001" not in page


async def test_word_of_a_case_names_nobody(town: Town) -> None:
    """Who hears of a case may have reported it, also when they hold a role."""
    await writes(town, LAM, "held", purpose="case", error="window-closed: silent-7d")
    page = await (await town.comes_in("Chủ tịch Hoa")).reads("/van-phong/kenh")
    assert LAM not in page


async def test_administrators_see_alerts_and_whom_zalo_lets_us_write_to(town: Town) -> None:
    now = town.clock()
    silent = {"mot": timedelta(hours=1), "hai": timedelta(days=3), "ba": timedelta(days=9)}
    async with town.store.begin() as tx:
        await alerts.raise_alert(tx, "zalo_oa", "oa", "down", "khóa đã hết hạn", now=now)
        await zalo.note_events(tx, "zalo_oa", "oa", event="user_send_text", at=now)
        await zalo.note_events(tx, "zalo_bot", "bot", event="message.text.received", at=now)
        await windows.count_message(tx, "zalo_bot", "bot", "2026-06", "a")
        chats = [
            ChatRow(channel="zalo_oa", account="oa", chat=chat, interacted_at=now - ago)
            for chat, ago in silent.items()
        ]
        await zalo.save_chats(tx, chats)
    page = await (await town.comes_in("Quản trị Sơn")).reads("/van-phong/kenh")
    assert "khóa đã hết hạn" in page
    for words in ("được ngay: <b>1</b>", "trả tiền: <b>1</b>", "nhắn trước: <b>1</b>"):
        assert words in page
    assert "<b>1</b> người, <b>1</b> tin" in page
    leader = await (await town.comes_in("Chủ tịch Hoa")).reads("/van-phong/kenh")
    assert "khóa đã hết hạn" not in leader
