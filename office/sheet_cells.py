"""Rows out of an Excel file, with every reason why a cell cannot be read, by sheet and cell."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from plans.names import plain

LIMIT_BYTES = 20 * 1024 * 1024
"""A sheet of 20,000 rows is about 1 MB; what unpacks to more than five times this is no sheet."""
UNPACKED_LIMIT_BYTES = 5 * LIMIT_BYTES
ROW_LIMIT = 20_000


@dataclass(frozen=True, slots=True, order=True)
class SheetProblem:
    """One thing to mend: on which sheet, in which cell ("" for the file or sheet as a whole)."""

    sheet: str
    row: int
    column: int
    words: str

    @property
    def cell(self) -> str:
        """The cell's name, "B7"; "" where no single cell is meant."""
        return f"{get_column_letter(self.column)}{self.row}" if self.column else ""

    def __str__(self) -> str:
        if not self.sheet:
            return self.words
        return (
            f"{self.sheet}!{self.cell}: {self.words}"
            if self.cell
            else f"{self.sheet}: {self.words}"
        )


class SheetProblems(Exception):
    """The file cannot be taken in; `problems` lists everything to mend, from the top down."""

    def __init__(self, problems: Sequence[SheetProblem]) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        super().__init__("\n".join(str(each) for each in self.problems))


@dataclass(slots=True)
class Row:
    """One row of a sheet: its number in Excel and its values by column."""

    sheet: str
    number: int
    values: dict[str, Any]
    columns: dict[str, int]

    def text(self, column: str) -> str:
        """The value as trimmed text; numbers as they are typed; "" when empty."""
        value = self.values.get(column)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return "" if value is None else " ".join(str(value).split())


@dataclass(slots=True)
class Problems:
    """Collects what is wrong while reading goes on."""

    found: list[SheetProblem] = field(default_factory=list)

    def of_file(self, words: str) -> None:
        """Something about the whole file."""
        self.found.append(SheetProblem("", 0, 0, words))

    def of_sheet(self, sheet: str, words: str) -> None:
        """Something about a whole sheet."""
        self.found.append(SheetProblem(sheet, 0, 0, words))

    def at(self, row: Row, column: str, words: str) -> None:
        """Something about one cell."""
        self.found.append(SheetProblem(row.sheet, row.number, row.columns.get(column, 1), words))

    def raise_any(self, order: Sequence[str] = ()) -> None:
        """Raise all that was found, sheets in the given order. Raises SheetProblems."""
        if self.found:
            rank = {name: at for at, name in enumerate(order)}
            in_order = sorted(
                self.found, key=lambda each: (rank.get(each.sheet, -1), each.row, each.column)
            )
            # one reason a cell is enough; the first found is the one the others follow from
            first = {(each.sheet, each.cell or each.words): each for each in reversed(in_order)}
            raise SheetProblems([each for each in in_order if each in first.values()])


def open_book(path: Path) -> tuple[Workbook, Workbook]:
    """The workbook with the values Excel worked out, and the same with its formulas.

    Raises:
        SheetProblems: no such file, empty, another type, broken, or far too large.
    """
    problems = Problems()
    if not path.is_file():
        problems.of_file(f"Không thấy tệp {path.name}.")
    elif path.stat().st_size == 0:
        problems.of_file(
            f"Tệp {path.name} trống (0 byte). Anh/chị lưu lại từ Excel rồi thử lại giúp em."
        )
    elif path.stat().st_size > LIMIT_BYTES or _unpacks_too_large(path):
        problems.of_file(f"Tệp {path.name} quá lớn. Anh/chị bỏ ảnh và các trang khác ra giúp em.")
    elif not zipfile.is_zipfile(path):
        problems.of_file(
            f"Tệp {path.name} không phải Excel dạng .xlsx. Nếu là tệp .xls cũ hay .csv, "
            "anh/chị mở bằng Excel rồi chọn “Lưu thành” .xlsx giúp em."
        )
    problems.raise_any()
    try:
        return load_workbook(path, data_only=True), load_workbook(path)
    except (InvalidFileException, KeyError, ValueError, OSError, zipfile.BadZipFile) as broken:
        problems.of_file(f"Tệp {path.name} không mở được: có thể bị hỏng hoặc đặt mật khẩu.")
        raise SheetProblems(problems.found) from broken


def _unpacks_too_large(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as packed:
        return sum(part.file_size for part in packed.infolist()) > UNPACKED_LIMIT_BYTES


def rows_of(
    books: tuple[Workbook, Workbook], name: str, columns: Sequence[str], problems: Problems
) -> list[Row]:
    """The rows of a sheet that hold anything, below its header; empty with problems otherwise."""
    values, formulas = (_sheet(book, name) for book in books)
    if values is None or formulas is None:
        problems.of_sheet(name, f"Thiếu trang “{name}”. Anh/chị điền vào tệp mẫu giúp em.")
        return []
    places = _columns(values, columns)
    if missing := [column for column in columns if column not in places]:
        problems.of_sheet(
            name,
            f"Dòng 1 thiếu cột {_listed(missing)}. Anh/chị giữ nguyên dòng tiêu đề của tệp mẫu giúp em.",
        )
        return []
    if values.max_row > ROW_LIMIT:
        problems.of_sheet(name, f"Có hơn {ROW_LIMIT} dòng, không phải danh sách của một xã.")
        return []
    _refuse_merged(values, name, problems)
    return list(_rows(values, formulas, name, places, problems))


def _sheet(book: Workbook, name: str) -> Worksheet | None:
    for sheet in book.worksheets:
        if plain(sheet.title) == plain(name):
            return sheet
    return None


def _columns(sheet: Worksheet, columns: Sequence[str]) -> dict[str, int]:
    by_plain = {plain(column): column for column in columns}
    found: dict[str, int] = {}
    for cell in sheet[1]:
        if (column := by_plain.get(plain(str(cell.value or "")))) and column not in found:
            found[column] = int(cell.column or 0)
    return found


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def _refuse_merged(sheet: Worksheet, name: str, problems: Problems) -> None:
    for area in sheet.merged_cells.ranges:
        words = f"Ô gộp ({area.coord}). Anh/chị bỏ gộp ô, mỗi dòng ghi đủ giúp em."
        problems.found.append(SheetProblem(name, area.min_row, area.min_col, words))


def _rows(
    values: Worksheet,
    formulas: Worksheet,
    name: str,
    places: dict[str, int],
    problems: Problems,
) -> Iterator[Row]:
    for number in range(2, values.max_row + 1):
        row = Row(name, number, {}, places)
        for column, at in places.items():
            value = values.cell(row=number, column=at).value
            typed = formulas.cell(row=number, column=at).value
            if value is None and isinstance(typed, str) and typed.startswith("="):
                words = "Công thức chưa có kết quả. Anh/chị mở bằng Excel, lưu lại, hoặc gõ thẳng giá trị giúp em."
                problems.at(row, column, words)
                value = typed
            elif (
                isinstance(value, str) and value.startswith("#") and value.endswith(("!", "?", "A"))
            ):
                problems.at(row, column, f"Công thức bị lỗi {value}.")
            row.values[column] = value
        if any(row.text(column) for column in places):
            yield row
