"""A pack imported again says what changed, from what to what."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plans.changes import KEYED, WHOLE, changes
from plans.loader import packs, shipped_pack
from plans.pack import Pack

OLD = shipped_pack("bim-son")


def edited(edit: Callable[[dict[str, Any]], Any]) -> Pack:
    plain = OLD.model_dump(mode="json")
    edit(plain)
    return Pack.model_validate(plain)


def said(edit: Callable[[dict[str, Any]], Any]) -> list[str]:
    return [str(each) for each in changes(OLD, edited(edit))]


def entry(plain: dict[str, Any], section: str, key: str) -> dict[str, Any]:
    found = next(each for each in plain[section] if each["key"] == key)
    assert isinstance(found, dict)
    return found


def test_the_same_pack_changes_nothing():
    assert changes(OLD, edited(lambda plain: None)) == ()


def test_a_changed_number_is_told_from_what_to_what():
    assert said(lambda plain: entry(plain, "targets", "che-phu-rung").update(value=8)) == [
        "sửa chỉ tiêu “Tỷ lệ che phủ rừng” (che-phu-rung): con số phải đạt từ 7,7 thành 8"
    ]


def test_several_fields_of_one_entry_are_one_change():
    words = said(lambda plain: entry(plain, "targets", "che-phu-rung").update(value=9, year=2025))
    assert words == [
        "sửa chỉ tiêu “Tỷ lệ che phủ rừng” (che-phu-rung): "
        "con số phải đạt từ 7,7 thành 9; năm phải đạt từ 2023 thành 2025"
    ]


def test_a_removed_entry_is_told_by_its_old_name():
    def drop(plain: dict[str, Any]) -> None:
        plain["targets"] = [each for each in plain["targets"] if each["key"] != "che-phu-rung"]

    assert said(drop) == ["bỏ chỉ tiêu “Tỷ lệ che phủ rừng” (che-phu-rung)"]


def test_a_new_entry_is_told_by_its_name():
    new = {"key": "doi-xe", "name": "Đội xe", "kind": "service", "source": {"line": 5}}
    (change,) = changes(OLD, edited(lambda plain: plain["units"].append(new)))
    assert (change.section, change.key, change.what) == ("units", "doi-xe", "added")
    assert change.words == "thêm đơn vị “Đội xe” (doi-xe)"


def test_what_was_left_open_and_is_filled_in_is_told():
    assert said(lambda plain: plain["document"].update(number="12/KH-UBND")) == [
        "sửa văn bản: số hiệu từ để trống thành 12/KH-UBND"
    ]


def test_a_rhythm_is_told_in_words():
    words = said(
        lambda plain: entry(plain, "duties", "bao-cao-nam").update(rhythms=[{"every": "quarter"}])
    )
    assert words == [
        "sửa nghĩa vụ báo cáo “Báo cáo kết quả hằng năm” (bao-cao-nam): các kỳ báo cáo "
        "từ mỗi năm, trước ngày 20/12 thành mỗi quý"
    ]


def test_a_tasks_summary_is_its_name():
    summary = next(task.summary for task in OLD.tasks if task.key == "bao-ve-rung")
    words = said(lambda plain: entry(plain, "tasks", "bao-ve-rung").update(support=["cong-an"]))
    assert words == [
        f"sửa nhiệm vụ “{summary}” (bao-ve-rung): đơn vị phối hợp từ để trống thành cong-an"
    ]


def test_notes_written_and_struck_out_are_told():
    gone = OLD.notes[-1].text
    words = said(lambda plain: plain["notes"][-1].update(text="Không nêu ngày ký"))
    assert words == [f"sửa ghi chú: thêm “Không nêu ngày ký”; bỏ “{gone}”"]


def test_only_the_question_that_changed_is_told():
    words = said(
        lambda plain: entry(plain, "targets", "bai-rac-nui-voi")["asks"][0].update(
            words="Bãi rác xong chưa ạ?"
        )
    )
    assert words == [
        "sửa chỉ tiêu “Bãi rác Núi Voi (phường Đông Sơn) xử lý triệt để” (bai-rac-nui-voi): "
        "câu hỏi “Bãi rác Núi Voi đã xử lý xong hẳn chưa ạ?”: "
        "lời câu hỏi từ Bãi rác Núi Voi đã xử lý xong hẳn chưa ạ? thành Bãi rác xong chưa ạ?"
    ]


def test_a_weekday_and_its_part_of_the_day_are_told_in_words():
    key = "tong-ve-sinh-chieu-thu-sau"
    (words,) = said(
        lambda plain: entry(plain, "campaigns", key)["rhythm"].update(weekday=[7], part_of_day=None)
    )
    assert words.endswith("nhịp lặp lại từ mỗi tuần, chiều thứ Sáu thành mỗi tuần, Chủ nhật")


def test_moving_an_entry_is_no_change():
    assert said(lambda plain: plain["targets"].reverse()) == []


def test_yes_and_no_are_words():
    words = said(lambda plain: entry(plain, "duties", "bao-cao-nam").update(on_request=True))
    assert words[0].endswith("chỉ báo cáo khi có yêu cầu từ không thành có")


@pytest.mark.parametrize("one", packs())
@pytest.mark.parametrize("other", packs())
def test_only_different_packs_differ(one: str, other: str):
    assert bool(changes(shipped_pack(one), shipped_pack(other))) is (one != other)


def test_every_section_of_a_pack_is_compared():
    assert {*KEYED, *WHOLE} == set(Pack.model_fields)


@settings(deadline=None)  # a whole pack is read each time: slow on a busy machine, never wrong
@given(st.sets(st.integers(min_value=0, max_value=len(OLD.tasks) - 1)))
def test_what_goes_one_way_comes_back_the_other(dropped: set[int]):
    new = edited(
        lambda plain: plain.update(
            tasks=[each for at, each in enumerate(plain["tasks"]) if at not in dropped]
        )
    )
    away = {each.key for each in changes(OLD, new) if each.what == "removed"}
    back = {each.key for each in changes(new, OLD) if each.what == "added"}
    assert away == back == {OLD.tasks[at].key for at in dropped}
