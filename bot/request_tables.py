"""What came back on a request, as one table that fits into a chat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from bot.events import Button, Reply
from bot.flows.answers import shown_number
from storage.obligations import EXCUSED, REPORTED
from storage.requests import Request, Returned

_MOST_ROWS = 40


def table(request: Request, rows: Sequence[Returned]) -> Reply:
    """Every unit's answers in a line, sums under them, and who is missing."""
    fields = request.form.get("fields", [])
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
