"""One village head on Telegram and on Zalo: one person, one form, and nudges that find a way."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from storage.access import Role
from storage.engine import Store
from storage.tables import accounts, memberships, outbox, window_choices
from tests.chat import Chat
from tests.conftest import Clock
from tests.stages.two_phones import TwoPhones, on_two_phones


@pytest.fixture(params=["sqlite"])
def dialect(request: pytest.FixtureRequest) -> str:
    """What the databases do differently here is proven in `tests/storage/test_merging.py`."""
    return str(request.param)


@pytest.fixture
async def phones(store: Store, clock: Clock, tmp_path: Path) -> AsyncIterator[TwoPhones]:
    """A commune, and Nam registered on Telegram."""
    async with on_two_phones(store, clock, tmp_path) as made:
        await made.world.settles_in("ha-dong")
        await made.world.office_sets("duty.bao-cao-dinh-ky.due", {"half_year": {"on": "06-20"}})
        await made.world.registers(made, "Nam", "Thôn Đông Lĩnh", Role.REPORTER)
        yield made


async def joins(phones: TwoPhones) -> str:
    """Nam asks for a code on Telegram and types it on Zalo; returns the code."""
    await phones.says("Nam", "nối kênh", "")
    heard = [one.words for one in await phones.settle() if one.who == "Nam"]
    code = next(words for words in heard if re.fullmatch(r"[A-Z0-9-]{4,12}", words))
    await phones.says("Nam Zalo", code.lower(), "")
    await phones.settle()
    await phones.taps("Nam Zalo", "Nối", "")
    await phones.settle()
    return code


async def persons_of(phones: TwoPhones) -> dict[str, int]:
    """Person id by channel."""
    async with phones.world.app.store.read() as tx:
        rows = await tx.execute(select(accounts.c.channel, accounts.c.person_id))
        return {row.channel: row.person_id for row in rows}


async def test_a_code_typed_in_the_other_channel_makes_one_person(phones: TwoPhones) -> None:
    code = await joins(phones)
    found = await persons_of(phones)
    assert found["telegram"] == found["zalo_oa"]
    async with phones.world.app.store.read() as tx:
        roles = select(func.count()).where(memberships.c.person_id == found["zalo_oa"])
        assert await tx.scalar(roles) == 1
    await phones.says("Kẻ khác Zalo", code, "")
    told = [one.words for one in await phones.settle() if one.who == "Kẻ khác Zalo"]
    assert any("mã" in words.lower() for words in told), told
    async with phones.world.app.store.read() as tx:
        mine = select(func.count()).where(accounts.c.person_id == found["telegram"])
        assert await tx.scalar(mine) == 2


async def test_a_code_is_good_for_a_quarter_of_an_hour(phones: TwoPhones) -> None:
    await phones.says("Nam", "nối kênh", "")
    heard = [one.words for one in await phones.settle() if one.who == "Nam"]
    code = next(words for words in heard if re.fullmatch(r"[A-Z0-9-]{4,12}", words))
    phones.world.clock.forward(minutes=16)
    await phones.says("Nam Zalo", code, "")
    (*_, heard_there) = await phones.settle()
    assert "Mã này" in heard_there.words
    assert not heard_there.buttons
    found = await persons_of(phones)
    assert found["telegram"] != found["zalo_oa"]


async def test_a_form_begun_on_telegram_is_ended_on_zalo(phones: TwoPhones) -> None:
    await joins(phones)
    await phones.clock_to(datetime(2026, 6, 13, 1, 0, tzinfo=UTC))
    await phones.settle()
    await phones.settle()
    await Chat(phones).plays("""
        Nam: [Báo ngay]
        Bot: Báo cáo 6 tháng đầu năm 2026 của Thôn Đông Lĩnh, hạn 20/6, 7 câu. Anh/chị trả lời từng câu, hoặc nhắn một lèo cũng được ạ.
          Thôn mình có bao nhiêu hộ đã phân loại rác tại nhà? Ví dụ: 142
        Nam: 142
        Bot: Cả thôn mình có bao nhiêu hộ? Ví dụ: 150
        Nam Zalo: 150
        Bot: Trong kỳ, thôn mình có mấy vụ đốt rơm rạ? Không có thì anh/chị ghi 0. Ví dụ: 0
        Nam Zalo: không có
        Bot: Đến nay thôn mình có mấy khu dân cư xanh - sạch - đẹp? Ví dụ: 1
        Nam: 1
        Bot: Đến nay thôn mình có mấy mô hình nông nghiệp sinh thái, tuần hoàn? Ví dụ: 2
        Nam Zalo: 0
        Bot: Đến nay thôn mình có bao nhiêu hộ được công nhận Gia đình xanh? Ví dụ: 25
        Nam Zalo: 25
        Bot: Đơn vị mình đã có kế hoạch chuyển đổi xanh của riêng mình chưa ạ? [Rồi] [Chưa]
        Nam Zalo: [Rồi]
        Bot: Anh/chị có gì muốn nói thêm về kết quả kỳ này không ạ? (gõ BỎ QUA nếu không) [Bỏ qua]
        Nam Zalo: [Bỏ qua]
        Bot: Báo cáo 6 tháng đầu năm 2026 của Thôn Đông Lĩnh. Anh/chị xem lại giúp em:
          1. Hộ gia đình phân loại rác tại nguồn: 142 hộ
          2. Trong tổng số (hộ): 150 hộ
          3. Không còn đốt rơm rạ trên đồng ruộng: 0 vụ
          4. Có mô hình khu dân cư xanh - sạch - đẹp: 1 mô hình
          5. Có mô hình nông nghiệp sinh thái, tuần hoàn: 0 mô hình
          6. Có gia đình xanh: 25 hộ
          7. Cơ quan, đơn vị, thôn có kế hoạch chi tiết: Rồi
          8. Nói thêm: (bỏ qua) [Gửi] [Sửa]
        Nam Zalo: [Gửi]
        Bot: Em đã nhận Báo cáo 6 tháng đầu năm 2026 trước hạn, mã BC-1. Cảm ơn anh/chị! [Sửa]
        (8:00 ngày 17/6/2026)
    """)


async def nudges_of(phones: TwoPhones) -> list[tuple[str, str]]:
    """(channel, state) of every reminder so far, oldest first."""
    async with phones.world.app.store.read() as tx:
        rows = await tx.execute(
            select(outbox.c.channel, outbox.c.state)
            .where(outbox.c.purpose == "nudge")
            .order_by(outbox.c.id)
        )
        return [(row.channel, row.state) for row in rows]


async def test_a_nudge_goes_to_the_channel_last_used_and_by_the_other_where_the_window_is_shut(
    phones: TwoPhones,
) -> None:
    """Nam wrote on Zalo last, five days ago: free there no more, so Telegram carries it."""
    await joins(phones)
    await phones.clock_to(datetime(2026, 6, 13, 1, 0, tzinfo=UTC))
    await phones.settle()
    (heard,) = await phones.settle()  # what is held looks for another way every few seconds
    assert heard.who == "Nam"
    assert "còn 7 ngày nữa là hạn báo cáo" in heard.words
    async with phones.world.app.store.read() as tx:
        row = (await tx.execute(select(window_choices))).one()
    assert (row.channel, row.choice, row.why) == ("zalo_oa", "elsewhere", "silent-48h")
    assert await nudges_of(phones) == [("telegram", "sent")]


async def test_a_nudge_stays_on_zalo_while_the_window_is_open(phones: TwoPhones) -> None:
    await joins(phones)
    phones.world.clock.at = datetime(2026, 6, 12, 8, 0, tzinfo=UTC)
    await phones.says("Nam Zalo", "giúp", "")
    await phones.settle()
    await phones.clock_to(datetime(2026, 6, 13, 1, 0, tzinfo=UTC))
    (heard,) = await phones.settle()
    assert heard.who == "Nam Zalo"


async def test_who_blocked_us_where_they_wrote_last_is_reached_by_the_next_channel(
    phones: TwoPhones,
) -> None:
    await joins(phones)
    phones.world.clock.at = datetime(2026, 6, 12, 8, 0, tzinfo=UTC)
    await phones.says("Nam Zalo", "giúp", "")
    await phones.settle()
    phones.world.clock.forward(minutes=1)
    await phones.says("Nam", "giúp", "")
    await phones.settle()
    phones.telegram.people["Nam"].chat.blocked = True  # Telegram tells us only when we write
    await phones.clock_to(datetime(2026, 6, 13, 1, 0, tzinfo=UTC))
    (heard,) = await phones.settle()
    assert heard.who == "Nam Zalo"
    assert await nudges_of(phones) == [("zalo_oa", "sent")]
