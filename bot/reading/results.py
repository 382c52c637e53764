"""Which figures of a message are results: each is measured, judged, and parts give way to totals."""

import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice

from bot.reading.dates import DateFound
from bot.reading.marks import Marks
from bot.reading.measures import Result, measured
from bot.reading.numbers import Number
from bot.reading.quantities import Quantity
from bot.reading.refusals import refusal_of

__all__ = ["Result", "is_ahead", "judge"]


def judge(marks: Marks, quantities: list[Quantity], dates: list[DateFound]) -> list[Result]:
    """Every figure of a message with its verdict, in text order."""
    results = [measured(marks, quantity) for quantity in quantities]
    future = [found for found in dates if found.role == "day" and is_ahead(marks, found)]
    for position, result in enumerate(results):
        refusal = refusal_of(marks, results, position, future)
        if refusal is not None:
            results[position] = result._replace(refusal=refusal)
    results = _without_sorts(marks, _without_parts(marks, results))
    results += _nothing_happened(marks)
    return sorted(results, key=lambda result: result.quantity.first)


def is_ahead(marks: Marks, found: DateFound) -> bool:
    """Whether a day was named as one to come ("ngày mai", "mai 7h")."""
    words = marks.tokens.folded.plain[found.at : found.until]
    return words.endswith("mai") or words.startswith("mai ")


def _without_parts(marks: Marks, results: list[Result]) -> list[Result]:
    """Drop the parts where their total is stated: "xoài 60, bưởi 65, tổng 125 cây"."""
    kept = list(results)
    alike: dict[str | None, list[int]] = defaultdict(list)
    for position, result in enumerate(results):
        alike[result.measure].append(position)
    for position, total in enumerate(results):
        if kept[position].refusal is not None or total.measure is None:
            continue
        parts = [
            at for at in alike[total.measure] if at != position and kept[at].refusal is None
        ]  # fmt: skip
        whole = sum(kept[at].value for at in parts)
        if len(parts) < 2 or whole * 101 < total.value * 100:
            continue
        if not _is_stated_total(marks, total):
            here = marks.sentences[total.quantity.first]
            told = [
                at
                for at in parts
                if at > position and marks.sentences[kept[at].quantity.first] != here
            ]
            beside = [at for at in parts if marks.sentences[kept[at].quantity.first] == here]
            # "Lắp 24 bóng đèn. Xã tặng 10 bóng, dân mua 14 bóng"
            later = len(told) == len(parts) and sum(kept[at].value for at in told) == total.value
            parts = told if later else beside
            whole = sum(kept[at].value for at in parts)
        difference = abs(whole - total.value)
        if len(parts) >= 2 and difference <= total.value / 100:
            for at in parts:
                kept[at] = kept[at]._replace(refusal="một phần của tổng đã nêu")
    return kept


def _without_sorts(marks: Marks, results: list[Result]) -> list[Result]:
    """Drop the sorts of what was counted: "310 cây gồm 200 bàng, 110 phượng"."""
    kept = list(results)
    for position, total in enumerate(results):
        if kept[position].refusal is not None or total.measure in (None, "other"):
            continue
        sorts = []
        for at in range(position + 1, len(results)):
            here = results[at].quantity.first
            if results[at].measure != "other" or not marks.same_sentence(
                here, total.quantity.first
            ):
                break
            sorts.append(at)
        if len(sorts) < 2 or not _opens_a_list(marks, total, results[sorts[0]]):
            continue
        if sum(results[at].value for at in sorts) == total.value:
            for at in sorts:
                kept[at] = kept[at]._replace(refusal="một phần của tổng đã nêu")
    return kept


def _opens_a_list(marks: Marks, total: Result, first: Result) -> bool:
    between = range(total.quantity.last + 1, first.quantity.first)
    return any(marks.plain(at) in ("gom", ":", "(", "trong") for at in between)


def _is_stated_total(marks: Marks, result: Result) -> bool:
    here = result.quantity.first
    return any(hit.last < here for hit in marks.cues_beside("total", here))


_MOST_NOTHINGS = 12
_NOTHING = re.compile(
    r"\b(?:khong|ko|k|kg|hong|chua|chang|cha|0)(?: he| con| co| xay ra| phat hien| ghi nhan| de xay ra| phat sinh| thay| bi| phai| lap bien ban| xu phat| phat){0,3}"
    r"(?: (?:vu|truong hop|th|vi pham|vu viec)\b(?: \w+){0,6}? nao\b"
    r"| (?:vu|truong hop)(?: (?:vi pham|chay|dot \w+|do trom|nao))+"
    r"| (?:ho|nha|ai|nguoi|ho dan|gia dinh)(?: nao)?(?: con)? (?:dot|vi pham|xa|vut|do trom|lan chiem|tha rong|do rac)\b(?: (?:rom|rac|dong|bua|thai))?)"
)


def _nothing_happened(marks: Marks) -> Iterator[Result]:
    """ "chưa có hộ nào đốt rơm", "không xảy ra vụ nào": none is a figure too."""
    for match in islice(_NOTHING.finditer(marks.tokens.folded.plain), _MOST_NOTHINGS):
        places = list(marks.starts_in(match.start(), match.end()))
        if not places or marks.plain(places[0]) == "0":
            continue
        first, last = places[0], places[-1]
        start, end = marks.tokens.span(first, last)
        number = Number(Decimal(0), first, last, start, end, in_words=True)
        quantity = Quantity(number, Decimal(0), first, last, measure="violations_count")
        yield Result(quantity, "violations_count", Decimal(0), approx=False)
