"""A telephone number: offered early, asked for with its purpose, never necessary, and taken back."""

from __future__ import annotations

from pathlib import Path

import msgspec
from sqlalchemy import select

from storage import people, phones
from storage.access import Role
from storage.engine import Store
from storage.tables import accounts, inbox, persons
from tests.conftest import Clock
from tests.emulators.media import a_photo
from tests.stages.zalo_oa import ZaloOaStage, oa_world
from tests.transcripts.conftest import CROSSED, Play
from tests.world import World

PHONE = "0900000001"


async def told(world: World) -> list[str]:
    """Every number that people gave themselves."""
    async with world.app.store.read() as tx:
        return list(
            await tx.scalars(select(persons.c.told_phone).where(persons.c.told_phone != ""))
        )


@CROSSED
async def test_a_reporter_gives_a_number_changes_it_and_takes_it_back(play: Play) -> None:
    """What is no mobile number is asked for again, kindly; only who has a role is asked at all."""
    await play.world.settles_in("ha-dong")
    await play.registers("Nam", "Thôn Đông Lĩnh", Role.REPORTER)
    await play.plays("""
        Nam: số điện thoại
        Bot: Anh/chị cho em xin số di động nhé, ví dụ: 0900 000 001. Số này chỉ để cán bộ xã gọi khi tin của em không tới được anh/chị; không hiện ở đâu khác, xóa lúc nào cũng được. Gửi số là anh/chị đồng ý; không muốn thì gõ BỎ QUA ạ.
        Nam: bỏ qua
        Bot: Dạ không sao ạ, em không ghi số nào. Khi nào muốn gửi thì gõ SỐ ĐIỆN THOẠI nhé.
        Nam: /sdt
        Bot: Anh/chị cho em xin số di động nhé, ví dụ: 0900 000 001. Số này chỉ để cán bộ xã gọi khi tin của em không tới được anh/chị; không hiện ở đâu khác, xóa lúc nào cũng được. Gửi số là anh/chị đồng ý; không muốn thì gõ BỎ QUA ạ.
        Nam: 09000
        Bot: Em chưa đọc được số này. Số di động có 10 chữ số, bắt đầu bằng 0 ạ.

          Anh/chị cho em xin số di động nhé, ví dụ: 0900 000 001. Số này chỉ để cán bộ xã gọi khi tin của em không tới được anh/chị; không hiện ở đâu khác, xóa lúc nào cũng được. Gửi số là anh/chị đồng ý; không muốn thì gõ BỎ QUA ạ.
        Nam: số của tôi là +84 900.000.001 nhé
        Bot: Em ghi số 0900 000 001 rồi ạ. Muốn xóa, anh/chị gõ XÓA SỐ CỦA TÔI nhé.
    """)
    assert await told(play.world) == [PHONE]
    async with play.world.app.store.read() as tx:
        kept = "".join(await tx.scalars(select(inbox.c.body)))
    assert "900.000.001" not in kept
    await play.plays("""
        Nam: số điện thoại của tôi
        Bot: Em đang giữ số 0900 000 001. Đổi thì anh/chị gửi số mới. Số này chỉ để cán bộ xã gọi khi tin của em không tới được anh/chị; không hiện ở đâu khác, xóa lúc nào cũng được. Để nguyên thì gõ BỎ QUA, xóa thì gõ XÓA SỐ CỦA TÔI.
        Nam: bỏ qua
        Bot: Dạ, em để nguyên số cũ ạ.
        Nam: xóa số của tôi
        Bot: Em xóa số của anh/chị rồi ạ.
        Nam: xóa số của tôi
        Bot: Em không giữ số nào anh/chị gửi ạ.
        Lan: số điện thoại
        Bot: Chào anh/chị! Em là Sổ Xanh, trợ lý tự động của xã. Gõ GIÚP lúc nào cũng được ạ.
        Bot: Em không cần số điện thoại của anh/chị đâu ạ, phản ánh cứ nhắn em ở đây. Số điện thoại em chỉ hỏi người báo cáo và cán bộ, để xã gọi khi tin nhắn không tới.
    """)
    assert await told(play.world) == []


async def test_the_official_account_asks_by_the_platforms_own_form_right_after_registering(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    """And the same number on another channel makes nobody the same person."""
    async with oa_world(sqlite_store, clock, tmp_path, public_url="http://127.0.0.1:9") as made:
        oa, world = made
        assert world.app.zalo.oa is not None
        sender = world.app.zalo.oa.oa._sender
        logo = oa.base_url + oa.media.put(a_photo("logo"), ".png", "image/png")
        sender._rules = msgspec.structs.replace(sender._rules, contact_image_url=logo)
        await world.settles_in("ha-dong")
        stage = ZaloOaStage(oa, world)
        await world.registers(stage, "Nam", "Thôn Đông Lĩnh", Role.REPORTER)
        await stage.taps("Nam", "Gửi số điện thoại", "")
        await stage.settle()
        nam = oa.person("Nam")
        form = nam.sees()[-1]
        assert form.kind == "request_user_info"
        assert "chỉ để cán bộ xã gọi" in form.text
        assert "BỎ QUA" in form.text
        await nam.submits_info("Nam", "84900000001")
        await stage.settle()
        assert await told(world) == [PHONE]
        await nam.submits_info("Nam", "84900000002")  # the old form once more, asked by nobody
        await stage.settle()
        await stage.taps("Nam", "Không", "")
        await stage.settle()
        assert "giữ số 0900 000 002 của anh/chị nhé" in nam.sees()[-2].text
        assert nam.sees()[-1].text == "Dạ, em để nguyên số cũ ạ."
        assert await told(world) == [PHONE]
        async with world.app.store.begin() as tx:
            address = ("elsewhere", "bot", "7")
            arrival = people.Arrival(*address, name="Ai đó")
            other = (await people.arrive(tx, [arrival], now=clock(), ids=world.ids))[address]
            await phones.tell(tx, other.person_id, PHONE, now=clock())
        async with world.app.store.read() as tx:
            assert len(set(await tx.scalars(select(accounts.c.person_id)))) == 2
