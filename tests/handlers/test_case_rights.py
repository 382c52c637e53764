"""Who may see what of a case in chat: every role against every field, named and sealed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.events import Photo, Tap, Text
from storage.access import Role
from storage.engine import Store
from tests.conftest import Clock
from tests.handlers.case_house import OFFICE, House, a_house

COMMUNE = "Xã Hà Đông"

# what is looked for in the answer to the case's code
FIELDS = {
    "kind": "Đốt rơm rạ",
    "state": "Tình trạng",
    "place": "bờ mương",
    "words": "khói mù mịt",
    "asked": "mấy giờ họ đốt",
    "internal": "nội bộ: đã gọi trưởng thôn",
    "limits": "Hạn xử lý",
    "doubt": "Cần xem lại",
    "rating": "chấm: 4/5",
    "name": "Bình Văn Dân",
    "photos": "",
}

CITIZEN = {"kind", "state", "place", "asked"}
OFFICIAL = {*CITIZEN, "words", "internal", "limits", "doubt", "rating", "photos"}
HANDLING = {*OFFICIAL, "name"}

# role of the one who asks, the unit they hold it in, what they see
TABLE = [
    ("the reporter", "", None, CITIZEN),
    ("a stranger", "", None, set()),
    ("a village's reporting official", "Thôn Đoài", Role.REPORTER, set()),
    ("a village's leader", "Thôn Đoài", Role.LEADER, set()),
    ("a handler of another unit", "Phòng Kinh tế", Role.HANDLER, set()),
    ("a reporting official of the unit", OFFICE, Role.REPORTER, set()),
    ("a reviewer of the unit", OFFICE, Role.REVIEWER, OFFICIAL),
    ("a handler of the unit", OFFICE, Role.HANDLER, HANDLING),
    ("the leader of the unit", OFFICE, Role.LEADER, HANDLING),
    ("a reviewer of the commune", COMMUNE, Role.REVIEWER, OFFICIAL),
    ("an admin of the commune", COMMUNE, Role.ADMIN, OFFICIAL),
    ("the leader of the commune", COMMUNE, Role.LEADER, HANDLING),
]

# role, unit, deeds that are taken from them by words
DEEDS = {
    "nhận": {"a handler of the unit", "the leader of the unit", "the leader of the commune"},
    "chuyển": {
        "a handler of the unit",
        "the leader of the unit",
        "an admin of the commune",
        "the leader of the commune",
    },
    "mở lại": {"the leader of the unit", "the leader of the commune"},
    "mở niêm phong": {"the leader of the commune"},
    "chặn": {"an admin of the commune", "the leader of the commune"},
    "gửi thêm": {"the reporter"},
}

REFUSED = ("chưa được phép", "không tìm thấy")


@pytest.fixture
async def house(store: Store, clock: Clock, tmp_path: Path) -> House:
    """A commune with a citizen who has a name."""
    made = await a_house(store, clock, tmp_path)
    await made.enters("Bình Văn Dân")
    return made


async def asker(house: House, who: str, unit: str, role: Role | None) -> str:
    if who == "the reporter":
        return "Bình Văn Dân"
    await house.enters(who, unit, role)
    return who


async def eventful(house: House, *, sealed: bool) -> str:
    """A case with something in every field; closed cases show no limits, so it is open again."""
    before, after = await house.picture(looks_hash="0f1e2d3c4b5a6978"), await house.picture()
    case = await house.opens("Bình Văn Dân", sealed=sealed, media=((before, "photo"),))
    other = await house.opens("Bình Văn Dân", place_words="chợ")
    code = case.code
    await house.types("Hạnh", f"hỏi thêm {code}", "mấy giờ họ đốt ạ?")
    await house.types("Bình Văn Dân", "bảy giờ", "bỏ qua")
    await _shows(house, "Hạnh", code, after, "đã dập")
    await house.types("Bình Văn Dân", f"đã xong {code}", f"chấm 4 {code}")
    await _shows(house, "Hạnh", other.code, await house.picture(looks_hash="0f1e2d3c4b5a6978"), "x")
    await house.types("Bình Văn Dân", f"chưa {code}")
    await house.types(
        "Minh", f"chuyển {code}", "phong kinh te", "nội bộ: đã gọi trưởng thôn", "không"
    )
    await house.types("Minh", f"chuyển {code}", "Văn phòng HĐND và UBND", "bỏ qua", "không")
    await house.types("Minh", "thôi")
    return code


async def _shows(house: House, name: str, code: str, picture: int, words: str) -> None:
    await house.types(name, f"xử lý xong {code}")
    await house.hears(name, Photo(ref="p", media=picture))
    await house.types(name, "xong", words)


@pytest.mark.parametrize("sealed", [False, True], ids=["named", "sealed"])
async def test_every_role_sees_its_fields_and_no_other(house: House, sealed: bool) -> None:
    """A sealed reporter's name is seen by nobody, whatever their role."""
    code = await eventful(house, sealed=sealed)
    shown: dict[str, set[str]] = {}
    for who, unit, role, _ in TABLE:
        name = await asker(house, who, unit, role)
        replies = await house.hears(name, Text(code))
        words = "\n".join(reply.words for reply in replies)
        shown[who] = {field for field, mark in FIELDS.items() if mark and mark in words}
        shown[who] |= {"photos"} if any(reply.photos for reply in replies) else set()
    hidden = {"name"} if sealed else set()
    assert shown == {who: fields - hidden for who, _, _, fields in TABLE}


async def test_every_deed_is_refused_to_whom_it_does_not_belong(house: House) -> None:
    """By words as by buttons: a token that somebody made up opens nothing."""
    allowed: dict[str, set[str]] = {deed: set() for deed in DEEDS}
    for who, unit, role, _ in TABLE:
        name = await asker(house, who, unit, role)
        for deed in DEEDS:
            case = await house.opens("Bình Văn Dân", sealed=True)
            if deed == "mở lại":
                await house.types("Minh", f"từ chối {case.code}", "không phải")
            answer = await house.types(name, f"{deed} {case.code}")
            if not any(sign in answer for sign in REFUSED):
                allowed[deed].add(who)
            await house.types(name, "thôi")
    assert allowed == DEEDS


async def test_the_seal_is_opened_with_a_trace_that_only_the_reporter_may_ask_for(
    house: House,
) -> None:
    """Who, when and why; a handler who asks is told nothing."""
    code = (await house.opens("Bình Văn Dân", sealed=True)).code
    said = await house.types("Minh", f"mở niêm phong {code}", "bị đe dọa, cần bảo vệ")
    assert "Bình Văn Dân" in said
    asked = Tap(f"look.case_seal.{code}")
    own = await house.hears("Bình Văn Dân", asked)
    assert "Minh" in own[-1].words
    assert "bị đe dọa" in own[-1].words
    assert "không tìm thấy" in (await house.hears("Hạnh", asked))[-1].words


async def test_a_reporter_whose_case_was_merged_sees_nothing_of_the_others(house: House) -> None:
    """Their own words and place, and how the matter stands: not who else reported it, or what."""
    one = await house.opens("Bình Văn Dân", words="nhà ông Tám đốt", lat=20.94, lon=106.33)
    await house.enters("Lan Thị Dân")
    two = await house.opens("Lan Thị Dân", words="khói vào nhà", lat=20.94, lon=106.33)
    await house.types("Hạnh", f"gộp {two.code}", "1")
    await house.types("Hạnh", f"nhận {one.code}")
    seen = await house.types("Lan Thị Dân", two.code)
    assert "đã nhận xử lý" in seen
    assert one.code not in seen
    assert "ông Tám" not in seen
    assert "không tìm thấy" in await house.types("Lan Thị Dân", one.code)
