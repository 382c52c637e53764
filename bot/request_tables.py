"""What came back on a request, as one table: for a chat, as a picture's rows, and as a workbook."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font

from bot.events import Button, Reply
from bot.flows.answers import shown_number
from bot.flows.words import plain
from bot.table_picture import Row
from storage.obligations import EXCUSED, REPORTED
from storage.requests import Request, Returned

_MOST_ROWS = 40


def table(request: Request, rows: Sequence[Returned]) -> Reply:
    """Every unit's answers in a line, sums under them, and who is missing."""
    fields = request.form.get("fields", [])
    rows = by_name(rows)
    filed = [row for row in rows if row.state in REPORTED and row.answers is not None]
    missing = [row.unit_name for row in rows if row.state not in (*REPORTED, EXCUSED)]
    lines = [f"{request.title}: {len(filed)}/{len(rows)} đơn vị đã gửi"]
    lines += [
        f"• {row.unit_name}: {_values(fields, row.answers or {})}" for row in filed[:_MOST_ROWS]
    ]
    if len(filed) > _MOST_ROWS:
        lines.append(f"… và {len(filed) - _MOST_ROWS} đơn vị nữa")
    lines += _sums(fields, filed)
    if missing:
        lines.append(f"Chưa gửi: {', '.join(missing)}")
    again = Button(label="Xem lại bảng", token=f"look.request.{request.id}", says="yêu cầu của tôi")
    return Reply(words="\n".join(lines), buttons=(again,))


def by_name(rows: Sequence[Returned]) -> list[Returned]:
    """In the order of the alphabet as people know it, on every database."""
    return sorted(rows, key=lambda row: (plain(row.unit_name), row.unit_id))


def picture_rows(request: Request, rows: Sequence[Returned]) -> list[Row]:
    """The table as rows of a picture: green filed, red missing, grey excused."""
    fields = request.form.get("fields", [])
    drawn = []
    for row in by_name(rows):
        if row.state in REPORTED and row.answers is not None:
            drawn.append(Row(row.unit_name, _values(fields, row.answers), "green"))
        elif row.state == EXCUSED:
            drawn.append(Row(row.unit_name, "được miễn", "grey"))
        else:
            drawn.append(Row(row.unit_name, "chưa gửi", "red"))
    return drawn


def workbook(request: Request, rows: Sequence[Returned]) -> bytes:
    """The table as an .xlsx file: a row a unit, a column a question, numbers as numbers."""
    fields = request.form.get("fields", [])
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Tổng hợp"
    sheet.append([request.title])
    sheet.append(["Đơn vị", *(_head(field) for field in fields), "Tình trạng"])
    for row in by_name(rows):
        answers = row.answers if row.state in REPORTED and row.answers is not None else None
        cells = [_cell(field, (answers or {}).get(field["key"])) for field in fields]
        sheet.append([_safe(row.unit_name), *cells, _standing(row)])
    for line in (1, 2):
        for cell in sheet[line]:
            cell.font = Font(bold=True)
    sheet.column_dimensions["A"].width = 28
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def _head(field: Mapping[str, Any]) -> str:
    unit = field.get("unit", "")
    return (
        f"{field['label']} ({unit})"
        if unit and f"({unit})" not in field["label"]
        else str(field["label"])
    )


def _cell(field: Mapping[str, Any], value: Any) -> str | int | float | None:
    if value is None:
        return None
    if field["kind"] in ("whole", "decimal"):
        number = Decimal(str(value))
        return int(number) if number == number.to_integral_value() else float(number)
    return _safe(_value(field, value))


def _safe(words: str) -> str:
    """Words that a spreadsheet would take for a formula stay words."""
    return f"'{words}" if words.startswith(("=", "+", "-", "@")) else words


def _standing(row: Returned) -> str:
    if row.state in REPORTED and row.answers is not None:
        return "không có gì" if row.answers.get("zero") else "đã gửi"
    return "được miễn" if row.state == EXCUSED else "chưa gửi"


def _values(fields: Sequence[Mapping[str, Any]], answers: Mapping[str, Any]) -> str:
    shown = [_value(field, answers.get(field["key"])) for field in fields]
    if answers.get("zero"):
        return "không có gì"
    return (
        shown[0]
        if len(shown) == 1
        else "; ".join(
            f"{field['label']}: {value}" for field, value in zip(fields, shown, strict=True)
        )
    )


def _value(field: Mapping[str, Any], value: Any) -> str:
    if value is None:
        return "–"
    match field["kind"]:
        case "whole" | "decimal":
            return f"{shown_number(value)} {field.get('unit', '')}".strip()
        case "yes_no":
            return "có" if value else "không"
        case "photos":
            return f"{len(value)} ảnh"
    return str(value)


def _sums(fields: Sequence[Mapping[str, Any]], filed: Sequence[Returned]) -> list[str]:
    lines = []
    for field in fields:
        if field["kind"] not in ("whole", "decimal") or not filed:
            continue
        values = [(row.answers or {}).get(field["key"]) for row in filed]
        total = sum((Decimal(str(value)) for value in values if value is not None), Decimal(0))
        whole = int(total) if total == total.to_integral_value() else total
        lines.append(
            f"Cộng {field['label'].lower()}: {shown_number(whole)} {field.get('unit', '')}".strip()
        )
    return lines
