"""The sheet of invite codes to print, cut and hand over: one slip a person, with a QR code where there is a link."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import segno
from openpyxl import Workbook
from openpyxl.drawing.image import Image
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

COLUMNS = ("Họ tên", "Đơn vị", "Vai trò", "Mã mời", "Quét mã")
WIDTHS = (28, 34, 22, 16, 20)
ROW_HEIGHT_PT = 96
QR_SIDE_PX = 118
"""About 3 cm on paper: a phone reads it from an arm's length."""

_EDGE = Side(style="dashed", color="888888")
_LINE = Border(left=_EDGE, right=_EDGE, top=_EDGE, bottom=_EDGE)


@dataclass(frozen=True, slots=True)
class InviteSlip:
    """What one slip says. `link` opens the chat with the code in it; None where there is no such link."""

    name: str
    unit: str
    role: str
    code: str
    link: str | None = None


def write_invite_slips(path: Path, slips: Sequence[InviteSlip], *, title: str) -> None:
    """Write the slips for printing on A4, one row each, as wide as the page.

    Raises:
        OSError: the file cannot be written.
    """
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "Mã mời"
    sheet.append([title])
    sheet.append(
        [
            "Mở chat Sổ Xanh của xã, gõ mã (hoặc quét), là vào đúng vai. Mỗi mã dùng một lần, không đưa người khác."
        ]
    )
    sheet["A1"].font = Font(bold=True, size=16)
    sheet.append(COLUMNS)
    for cell in sheet[3]:
        cell.font = Font(bold=True)
    for slip in slips:
        _add(sheet, slip)
    _for_paper(sheet)
    book.save(path)


def _add(sheet: Worksheet, slip: InviteSlip) -> None:
    sheet.append([slip.name, slip.unit, slip.role, slip.code])
    row = sheet.max_row
    sheet.row_dimensions[row].height = ROW_HEIGHT_PT
    for column in range(1, len(COLUMNS) + 1):
        cell = sheet.cell(row=row, column=column)
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        cell.border = _LINE
    sheet.cell(row=row, column=4).font = Font(bold=True, size=16, name="DejaVu Sans Mono")
    if slip.link:
        sheet.add_image(_qr(slip.link), f"E{row}")


def _qr(link: str) -> Image:
    content = io.BytesIO()
    segno.make(link, error="m", micro=False).save(content, kind="png", scale=6, border=3)
    content.seek(0)
    image = Image(content)
    image.width = image.height = QR_SIDE_PX
    return image


def _for_paper(sheet: Worksheet) -> None:
    for letter, width in zip("ABCDE", WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "3:3"
