"""The Excel sheet of units and people: the empty one invites, the filled one is read or refused whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from office.sheet_words import PEOPLE_COLUMNS, PEOPLE_SHEET, UNIT_COLUMNS, UNITS_SHEET, classes_of
from office.sheets import SheetProblems, read_units, write_units_template
from plans.loader import shipped_pack
from plans.phone_numbers import phone_of
from storage.sheet import SheetPerson, SheetUnit
from tests.storage.an_xuan import mini_pack

VILLAGE = ("Thôn Đông Lĩnh", "Các thôn", "", "Đông Lĩnh, Làng Đông", 215)
LAN = ("Nguyễn Thị Lan", "thôn đông lĩnh", "Người báo cáo", 1, "0900 000 001")


def filled(
    folder: Path,
    units: list[tuple[Any, ...]] | None = None,
    people: list[tuple[Any, ...]] | None = None,
) -> Path:
    """The template with these rows."""
    path = folder / "an-xuan.xlsx"
    write_units_template(path, mini_pack())
    book = load_workbook(path)
    for sheet, rows in (
        (book[UNITS_SHEET], [VILLAGE] if units is None else units),
        (book[PEOPLE_SHEET], [LAN] if people is None else people),
    ):
        for number, row in enumerate(rows, start=2):
            for column, value in enumerate(row, start=1):
                sheet.cell(row=number, column=column, value=value)
    book.save(path)
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(SheetProblems) as refused:
        read_units(path, mini_pack())
    return str(refused.value).splitlines()


def test_the_template_shows_what_to_fill_in(tmp_path: Path) -> None:
    """Two sheets with frozen headers and choices, help with examples, the lists out of sight."""
    path = tmp_path / "mau.xlsx"
    write_units_template(path, mini_pack())
    book = load_workbook(path)
    assert book.sheetnames == ["Đơn vị", "Người", "Hướng dẫn", "Danh mục"]
    units, people = book["Đơn vị"], book["Người"]
    assert tuple(cell.value for cell in units[1]) == UNIT_COLUMNS
    assert tuple(cell.value for cell in people[1]) == PEOPLE_COLUMNS
    assert (units.freeze_panes, people.freeze_panes) == ("A2", "A2")
    assert {rule.type for rule in units.data_validations.dataValidation} == {"list", "whole"}
    assert book["Danh mục"].sheet_state == "hidden"
    kinds = [row[0] for row in book["Danh mục"].iter_rows(max_col=1, values_only=True) if row[0]]
    assert kinds[:2] == ["Các thôn", "Trường học"]
    assert "Hội, đoàn thể" in kinds
    assert people["E5"].number_format == "@"


@pytest.mark.parametrize("key", ["ha-dong", "bim-son"])
def test_every_shipped_plan_has_a_template(tmp_path: Path, key: str) -> None:
    """Its classes are the choices, each once."""
    path = tmp_path / "mau.xlsx"
    write_units_template(path, shipped_pack(key))
    labels = [each.label for each in classes_of(shipped_pack(key))]
    assert len(labels) == len(set(labels))
    kinds = load_workbook(path)["Danh mục"].iter_rows(max_col=1, values_only=True)
    assert [row[0] for row in kinds if row[0]] == labels


def test_an_empty_template_is_nothing_to_import(tmp_path: Path) -> None:
    """Said once, for the file."""
    assert problems(filled(tmp_path, [], [])) == [
        "Tệp chưa có dòng nào. Anh/chị điền trang “Đơn vị” và “Người” giúp em."
    ]


def test_a_filled_sheet_is_read(tmp_path: Path) -> None:
    """Names without accents or in small letters find their unit; phones become ten digits."""
    people = [LAN, ("Trần Văn Minh", "LHPN", "lãnh đạo", None, 900000002)]
    sheet = read_units(filled(tmp_path, people=people), mini_pack())
    assert sheet.units == (
        SheetUnit(
            "thon-dong-linh", "Thôn Đông Lĩnh", "village", "thon", None,
            ("Đông Lĩnh", "Làng Đông"), 215,
        ),
    )  # fmt: skip
    assert sheet.people == (
        SheetPerson("Nguyễn Thị Lan", "thon-dong-linh", "reporter", 1, "0900000001"),
        SheetPerson("Trần Văn Minh", "hoi-phu-nu", "leader", 1, "0900000002"),
    )


def test_parents_come_before_children_wherever_they_stand(tmp_path: Path) -> None:
    """A branch listed above its union; a unit under a room of the plan; one under the commune."""
    units = [
        ("Chi hội Một", "Hội, đoàn thể", "Hội Nông dân", "", None),
        ("Hội Nông dân", "Hội, đoàn thể", "", "", None),
        ("Tổ thú y", "Hội, đoàn thể", "phòng kinh tế", "", None),
        ("Thôn Đông Lĩnh", "Các thôn", "Xã An Xuân", "", "1.215"),
    ]
    sheet = read_units(filled(tmp_path, units), mini_pack())
    assert [(unit.code, unit.parent) for unit in sheet.units] == [
        ("hoi-nong-dan", None),
        ("chi-hoi-mot", "hoi-nong-dan"),
        ("to-thu-y", "phong-kinh-te"),
        ("thon-dong-linh", "an-xuan"),
    ]
    assert sheet.units[3].households == 1215


def test_all_mistakes_are_named_at_once_by_cell(tmp_path: Path) -> None:
    """Every wrong cell of both sheets, from the top down, with what to do."""
    units = [
        ("Thôn Đông Lĩnh", "Các thôm", "UBNN xã", "", "hai trăm"),
        ("Thôn Dong Linh", "Các thôn", "", "", -5),
        ("", "", "", "cũ", 10),
        ("Văn phòng", "Hội, đoàn thể", "", "", 1.5),
        ("Thôn Xa", "Các thôn", "Sao Hỏa", "", 1000000),
    ]
    people = [
        ("Lan", "Thôn Đông Lính", "Người báo cáo", "một", "0900 000 001"),
        ("Minh", "Thôn Đông Lĩnh", "Người báo cáp", 2, "0900 000 001"),
        ("", "", "", 0, "12345"),
        ("Hoa", "Thôn Xa", "Quản trị", 1, ""),
        ("Hoa", "Thôn Xa", "Quản trị", 1, ""),
    ]
    assert problems(filled(tmp_path, units, people)) == [
        "Đơn vị!B2: Không có loại “Các thôm”. Có phải “Các thôn” không?",
        "Đơn vị!C2: Không thấy đơn vị “UBNN xã”. Có phải “UBND xã” không?",
        "Đơn vị!E2: “hai trăm” không phải số hộ. Ví dụ: 215",
        "Đơn vị!A3: “Thôn Dong Linh” trùng với dòng 2 (không tính dấu).",
        "Đơn vị!E3: “-5” không phải số hộ. Ví dụ: 215",
        "Đơn vị!A4: Thiếu tên đơn vị.",
        "Đơn vị!B4: Thiếu loại. Anh/chị chọn trong danh sách giúp em.",
        "Đơn vị!A5: “Văn phòng” đã có trong kế hoạch, không cần ghi lại.",
        "Đơn vị!E5: “1.5” không phải số hộ. Ví dụ: 215",
        "Đơn vị!C6: Không thấy đơn vị “Sao Hỏa”. Anh/chị ghi thêm ở trang “Đơn vị” hoặc sửa tên giúp em.",
        "Đơn vị!E6: “1000000” không phải số hộ. Ví dụ: 215",
        "Người!D2: “một” không phải thứ tự. Ghi 1 cho người được nhắc trước, 2 cho người dự phòng.",
        "Người!C3: Không có vai trò “Người báo cáp”. Có phải “Người báo cáo” không?",
        "Người!E3: Số này đã ghi cho “Lan” ở dòng 2.",
        "Người!A4: Thiếu họ tên.",
        "Người!B4: Thiếu đơn vị.",
        "Người!C4: Thiếu vai trò. Anh/chị chọn trong danh sách giúp em.",
        "Người!D4: “0” không phải thứ tự. Ghi 1 cho người được nhắc trước, 2 cho người dự phòng.",
        "Người!E4: “12345” không phải số điện thoại. Ví dụ: 0900 000 001",
        "Người!A6: “Hoa” trùng với dòng 5.",
    ]


def test_a_persons_unknown_unit_is_answered_with_the_nearest_name(tmp_path: Path) -> None:
    """ "Thôn Đông Linhh" is nearly Thôn Đông Lĩnh."""
    people = [("Lan", "Thôn Đông Linhh", "Người báo cáo", 1, "")]
    assert problems(filled(tmp_path, people=people)) == [
        "Người!B2: Không thấy đơn vị “Thôn Đông Linhh”. Có phải “Thôn Đông Lĩnh” không?"
    ]


def test_units_that_hang_in_a_circle_are_refused(tmp_path: Path) -> None:
    """Each of the circle is named, also one with another mistake beside it."""
    kind = "Hội, đoàn thể"
    units = [("A", kind, "B", "", None), ("B", kind, "A", "", None), ("C", kind, "B", "", None)]
    units.append(("D", "", "D", "", None))
    assert problems(filled(tmp_path, units, [])) == [
        "Đơn vị!C2: “A” không thể thuộc chính nó.",
        "Đơn vị!C3: “B” không thể thuộc chính nó.",
        "Đơn vị!B5: Thiếu loại. Anh/chị chọn trong danh sách giúp em.",
        "Đơn vị!C5: “D” không thể thuộc chính nó.",
    ]


def test_merged_cells_and_formulas_without_a_result_are_refused(tmp_path: Path) -> None:
    """Excel shows them as if they held something; the file does not."""
    path = filled(tmp_path, [VILLAGE, ("Thôn Tây", "Các thôn", "", "", "=E2*2")])
    book = load_workbook(path)
    book[PEOPLE_SHEET].merge_cells("A3:B3")
    book.save(path)
    assert problems(path) == [
        "Đơn vị!E3: Công thức chưa có kết quả. Anh/chị mở bằng Excel, lưu lại, hoặc gõ thẳng giá trị giúp em.",
        "Người!A3: Ô gộp (A3:B3). Anh/chị bỏ gộp ô, mỗi dòng ghi đủ giúp em.",
    ]


def test_a_sheet_or_column_that_is_gone_is_missed(tmp_path: Path) -> None:
    """The other sheet's mistakes are named all the same."""
    path = filled(tmp_path, [("Thôn", "Sai", "", "", None)])
    book = load_workbook(path)
    book[PEOPLE_SHEET]["C1"] = "Chức vụ"
    book.save(path)
    assert problems(path)[-1] == (
        "Người: Dòng 1 thiếu cột “Vai trò”. Anh/chị giữ nguyên dòng tiêu đề của tệp mẫu giúp em."
    )
    assert len(problems(path)) == 2
    del book[UNITS_SHEET]
    book.save(path)
    assert problems(path)[0] == "Đơn vị: Thiếu trang “Đơn vị”. Anh/chị điền vào tệp mẫu giúp em."


def test_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    """Also with another sheet in front and headers typed without accents."""
    path = tmp_path / "rieng.xlsx"
    book = Workbook()
    book.create_sheet("Ghi chú", 0)
    units = book.create_sheet("DON VI")
    units.append(["So ho", "Ghi chú", "Thuoc don vi", "Loai", "Ten goi khac", "Ten don vi"])
    units.append([215, "x", None, "Các thôn", None, "Thôn Đông Lĩnh"])
    people = book.create_sheet("nguoi")
    people.append(list(reversed(PEOPLE_COLUMNS)))
    book.save(path)
    (unit,) = read_units(path, mini_pack()).units
    assert (unit.name, unit.households) == ("Thôn Đông Lĩnh", 215)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "trống"),
        (b"ten,loai\nThon,Cac thon\n", "không phải Excel dạng .xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "không phải Excel dạng .xlsx"),
    ],
    ids=["empty", "csv", "old xls"],
)
def test_other_files_are_told_apart(tmp_path: Path, content: bytes, words: str) -> None:
    """An empty file, a CSV under another name, an old .xls: each is said to be no .xlsx."""
    path = tmp_path / "tep.xlsx"
    path.write_bytes(content)
    (said,) = problems(path)
    assert words in said


def test_a_zip_that_is_no_workbook_and_a_missing_file_are_told(tmp_path: Path) -> None:
    """Without a traceback."""
    import zipfile

    path = tmp_path / "anh.xlsx"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("anh.txt", "ảnh")
    assert problems(path) == ["Tệp anh.xlsx không mở được: có thể bị hỏng hoặc đặt mật khẩu."]
    assert problems(tmp_path / "khong-co.xlsx") == ["Không thấy tệp khong-co.xlsx."]


def test_a_file_that_unpacks_to_far_more_than_a_list_is_refused(tmp_path: Path) -> None:
    """Before it is unpacked."""
    import zipfile

    path = tmp_path / "bom.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (101 * 1024 * 1024))
    assert problems(path) == ["Tệp bom.xlsx quá lớn. Anh/chị bỏ ảnh và các trang khác ra giúp em."]


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("0900 000 001", "0900000001"),
        ("+84 900.000.001", "0900000001"),
        ("84900000001", "0900000001"),
        ("900000001", "0900000001"),
        ("(0225) 3000-000", "02253000000"),
        ("0100000000", None),
        ("090000000", None),
        ("không có", None),
    ],
)
def test_phone_numbers(typed: str, phone: str | None) -> None:
    """As people and Excel write them."""
    assert phone_of(typed) == phone
