"""Values that can be read but are hard to believe: asked once more, the person has the last word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from bot.flows.answers import shown_number
from bot.flows.form import Form
from plans.doubts import SMALL, TENFOLD

if TYPE_CHECKING:
    from bot.flows.report import Item


def doubt_of(item: Item, items: Sequence[Item]) -> Callable[[Form[Any], Any], str]:
    """The doubt of one question, which may look at the answers of the questions it is paired with."""

    def doubt(form: Form[Any], value: Any) -> str:
        number = number_of(value)
        if number is None:
            return ""
        return (
            _beyond_whole(item, items, form, number)
            or _beyond_unit(item, number)
            or _jump(item, number)
        )

    return doubt


def number_of(value: Any) -> Decimal | None:
    """An answer as a number; None for answers that are none."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        return Decimal(value if isinstance(value, int) else str(value))
    except InvalidOperation:
        return None


def _beyond_whole(item: Item, items: Sequence[Item], form: Form[Any], number: Decimal) -> str:
    """More households sorting than there are households."""
    if all(one.key != item.pair for one in items):
        return ""
    against = number_of(form.get(item.pair))
    if against is None:
        return ""
    part, everything = (number, against) if item.part == "numerator" else (against, number)
    if part <= everything:
        return ""
    return (
        f"{shown_number(part)} lại nhiều hơn tổng số {shown_number(everything)} {item.unit}".rstrip()
        + ", em sợ gõ nhầm. Đúng vậy không ạ?"
    )


def _beyond_unit(item: Item, number: Decimal) -> str:
    if item.most is None or number <= item.most:
        return ""
    return f"Theo danh sách, đơn vị mình có {shown_number(item.most)} hộ, anh/chị ghi {shown_number(number)}. Đúng vậy không ạ?"


def _jump(item: Item, number: Decimal) -> str:
    last = number_of(item.last)
    if last is None or max(last, number) < SMALL:
        return ""
    if number >= last * TENFOLD or number * TENFOLD <= last:
        return f"Kỳ trước là {shown_number(last)}, lần này {shown_number(number)}, chênh nhiều quá. Đúng vậy không ạ?"
    return ""
