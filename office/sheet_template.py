"""The empty Excel sheet that an office fills in with its units and people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from office.sheet_words import (
    ALIASES,
    HELP_SHEET,
    HOUSEHOLDS,
    KIND,
    LISTS_SHEET,
    NAME,
    PARENT,
    PEOPLE_COLUMNS,
    PEOPLE_SHEET,
    PERSON,
    PHONE,
    RANK,
    ROLE,
    ROLES,
    UNIT,
    UNIT_COLUMNS,
    UNITS_SHEET,
    classes_of,
)
from plans.pack import Pack

ROWS = 1000
"""How many rows the choices reach; more may be typed below them."""

_WIDTHS = {
    NAME: 34, KIND: 34, PARENT: 30, ALIASES: 34, HOUSEHOLDS: 10,
    PERSON: 28, UNIT: 34, ROLE: 24, RANK: 9, PHONE: 16,
}  # fmt: skip
_HEADER = PatternFill("solid", fgColor="1B5E20")

_HELP = (
    "CÁCH ĐIỀN",
    "1. Trang “Đơn vị”: mỗi dòng là một thôn, trường, hợp tác xã… của xã. Những đơn vị kế hoạch đã nêu tên "
    "(UBND, các phòng, các hội) có sẵn rồi, không cần ghi lại.",
    "2. “Loại” chọn trong danh sách. “Thuộc đơn vị” để trống nếu trực thuộc xã.",
    "3. “Tên gọi khác” cách nhau bằng dấu phẩy: tên cũ, tên tắt, cách bà con hay gọi. "
    "Đổi tên đơn vị thì ghi tên cũ vào đây rồi nhập lại.",
    "4. Trang “Người”: mỗi dòng là một người với một vai trò. Một người hai vai trò ghi hai dòng, "
    "cùng số điện thoại. Cán bộ theo dõi cả xã thì ghi đơn vị là tên xã: vai trò ở một phòng chỉ thấy phòng ấy.",
    "5. “Thứ tự” 1 là người được nhắc trước, 2 là người dự phòng. Để trống là 1.",
    "6. Không gộp ô, không xóa dòng tiêu đề. Điền xong lưu dạng .xlsx rồi nhập: soxanh units import TỆP.xlsx",
    "7. Nhập lại tệp đã sửa bao nhiêu lần cũng được, không bị trùng.",
    "",
    "VÍ DỤ (tên đặt ra, không có thật)",
)
_UNIT_EXAMPLE = (UNIT_COLUMNS, ("Thôn Đồng Mẫu", "(chọn loại)", "", "Đồng Mẫu, Làng Mẫu", 215))
_PEOPLE_EXAMPLE = (
    PEOPLE_COLUMNS,
    ("Nguyễn Thị Ví Dụ", "Thôn Đồng Mẫu", "Người báo cáo", 1, "0900 000 001"),
    ("Trần Văn Ví Dụ", "Thôn Đồng Mẫu", "Người báo cáo", 2, "0900 000 002"),
)


def write_units_template(path: Path, pack: Pack) -> None:
    """Write the empty workbook for one plan: two sheets to fill in, and how, with examples.

    Raises:
        OSError: the file cannot be written.
    """
    book = Workbook()
    units = book.active
    assert isinstance(units, Worksheet)
    units.title = UNITS_SHEET
    people = book.create_sheet(PEOPLE_SHEET)
    _write_help(book.create_sheet(HELP_SHEET))
    lists = book.create_sheet(LISTS_SHEET)
    lists.sheet_state = "hidden"
    singles = [unit.name for unit in pack.units if not unit.many]
    kinds = _list(lists, 1, [each.label for each in classes_of(pack)])
    roles = _list(lists, 2, list(ROLES))
    parents = _list(lists, 3, [pack.document.commune.name, *singles])
    _write_header(units, UNIT_COLUMNS)
    _write_header(people, PEOPLE_COLUMNS)
    _choose(units, UNIT_COLUMNS.index(KIND), kinds, strict=True)
    _choose(units, UNIT_COLUMNS.index(PARENT), parents, strict=False)
    _whole(units, UNIT_COLUMNS.index(HOUSEHOLDS), 0, 100_000)
    _choose(people, PEOPLE_COLUMNS.index(UNIT), f"'{UNITS_SHEET}'!$A$2:$A${ROWS}", strict=False)
    _choose(people, PEOPLE_COLUMNS.index(ROLE), roles, strict=True)
    _whole(people, PEOPLE_COLUMNS.index(RANK), 1, 9)
    phone = get_column_letter(PEOPLE_COLUMNS.index(PHONE) + 1)
    for row in range(2, ROWS + 1):
        people[f"{phone}{row}"].number_format = "@"  # text: Excel would drop the leading 0
    book.save(path)


def _write_header(sheet: Worksheet, columns: Sequence[str]) -> None:
    for at, column in enumerate(columns, start=1):
        cell = sheet.cell(row=1, column=at, value=column)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = _HEADER
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(at)].width = _WIDTHS[column]
    sheet.freeze_panes = "A2"
    sheet.row_dimensions[1].height = 24


def _write_help(sheet: Worksheet) -> None:
    sheet.column_dimensions["A"].width = 34
    for letter in "BCDE":
        sheet.column_dimensions[letter].width = 22
    for line in _HELP:
        sheet.append([line])
        row = sheet.max_row
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=5)
        sheet.cell(row=row, column=1).alignment = Alignment(wrap_text=True, vertical="top")
        sheet.cell(row=row, column=1).font = Font(bold=line.isupper() or line.startswith("VÍ DỤ"))
        sheet.row_dimensions[row].height = 34 if len(line) > 110 else 18
    for example in (_UNIT_EXAMPLE, _PEOPLE_EXAMPLE):
        for values in example:
            sheet.append(list(values))
        sheet.append([])


def _list(sheet: Worksheet, column: int, values: Sequence[str]) -> str:
    """Write choices into a column of the hidden sheet; returns the reference to them."""
    for at, value in enumerate(values, start=1):
        sheet.cell(row=at, column=column, value=value)
    letter = get_column_letter(column)
    return f"'{LISTS_SHEET}'!${letter}$1:${letter}${max(len(values), 1)}"


def _choose(sheet: Worksheet, column: int, choices: str, *, strict: bool) -> None:
    rule = DataValidation(type="list", formula1=choices, allow_blank=True)
    rule.showErrorMessage = strict
    rule.errorTitle = "Chọn trong danh sách"
    rule.error = "Anh/chị chọn một mục trong danh sách thả xuống giúp em."
    _add(sheet, rule, column)


def _whole(sheet: Worksheet, column: int, least: int, most: int) -> None:
    rule = DataValidation(
        type="whole", operator="between", formula1=str(least), formula2=str(most), allow_blank=True
    )
    rule.showErrorMessage = True
    rule.errorTitle = "Số nguyên"
    rule.error = f"Anh/chị ghi một số từ {least} đến {most} giúp em."
    _add(sheet, rule, column)


def _add(sheet: Worksheet, rule: DataValidation, column: int) -> None:
    letter = get_column_letter(column + 1)
    sheet.add_data_validation(rule)
    rule.add(f"{letter}2:{letter}{ROWS}")
