"""Figures people take back: "57 chị. À nhầm, 75 chị", "54 chứ không phải 45"."""

import re
from dataclasses import dataclass
from itertools import islice

from bot.reading.dates import matches_at
from bot.reading.marks import Marks
from bot.reading.results import Result

_WRONG_NEXT = re.compile(
    r"\b(?:khong|ko|k|kg|hong|hok) phai(?: la)?\b"
    r"|\b(?:ghi|go|viet|bao|danh|nhap|dem|dang|noi|bam|post|tinh)(?: \w+)? (?:nham|lon|sai|du)(?: (?:thanh|la|so|con so))?\b(?! ?[,.:;])"
)
_TAKEN_BACK = re.compile(
    r"\b(?:a nham|nham|nham roi|a lon|ghi lon|bi lon|a quen|a khong|a ko|y em la|y la|sorry|so ri|xl|xin loi|dung ra la"
    r"|dung ra|chinh xac la|chinh xac phai la|phai la|sua lai|sua thanh|dinh chinh|moi dung|thuc te la|cap nhat lai|dung la)\b"
)
_ADMITTED = re.compile(
    r"\b(?:ghi|go|viet|bao|danh|nhap|dem|dang|noi|bam|post)\b(?P<gap>(?:[^,.;!?()]|(?<=\d)[.,](?=\d)){0,40}?)\b(?:nham|sai|thua|thieu|lon|loi|khong dung|chua dung)\b"
)
_REPLACED = re.compile(
    r"\b(?:sua|doi|chinh|chuyen)(?: lai)?(?: tu| so)?\b(?P<gap>(?:[^.;!?()]|(?<=\d)[.](?=\d)){0,30}?)\b(?:thanh|sang|->)"
)
# Where each of them can begin; tried there, not at every letter.
_WROTE = "ghi|go|viet|bao|danh|nhap|dem|dang|noi|bam|post"
_WRONG_BEGINS = re.compile(rf"khong|ko|k|hong|hok|tinh|{_WROTE}")
_TAKEN_BACK_BEGINS = re.compile(
    r"a |nham|ghi lon|bi lon|y |sorry|so ri|xl|xin loi|dung|chinh xac|phai la|sua|dinh chinh|moi dung|thuc te|cap nhat"
)
_ADMITTED_BEGINS = re.compile(_WROTE)
_REPLACED_BEGINS = re.compile("sua|doi|chinh|chuyen")
_MOST_CORRECTIONS = 12
_REFUSED = "đã sửa lại"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A figure taken back and the one that replaces it, if any was given."""

    wrong: Result
    right: Result | None


def apply_corrections(marks: Marks, results: list[Result]) -> tuple[list[Result], list[Withdrawn]]:
    """The results with withdrawn figures refused, and who replaced whom."""
    plain = marks.tokens.folded.plain
    if not any(
        word in plain
        for word in (
            "nham",
            "phai",
            "lon",
            "quen",
            "sua",
            "chinh",
            "sorry",
            "loi",
            "a k",
            "y ",
            "sai",
            "thua",
            "dung",
            "doi",
            "thieu",
            "chuyen",
            "cap nhat",
            "xl",
        )
    ):
        return results, []
    wrong: dict[int, int | None] = {}
    denied = list(islice(matches_at(_WRONG_NEXT, plain, _WRONG_BEGINS), _MOST_CORRECTIONS))
    for match in denied:
        _withdraw_next(marks, results, match, wrong)
    for pattern, begins in ((_ADMITTED, _ADMITTED_BEGINS), (_REPLACED, _REPLACED_BEGINS)):
        for match in islice(matches_at(pattern, plain, begins), _MOST_CORRECTIONS):
            inside = _figures_between(marks, results, match.start("gap"), match.end("gap"))
            if (inside and pattern is _ADMITTED) or len(inside) == 1:
                wrong.setdefault(inside[-1], _next_figure(results, inside[-1]))
    for match in islice(matches_at(_TAKEN_BACK, plain, _TAKEN_BACK_BEGINS), _MOST_CORRECTIONS):
        if not any(found.start() <= match.start() < found.end() for found in denied):
            _withdraw_previous(marks, results, match, wrong)
    return _withdrawn(results, wrong)


def _figures_between(marks: Marks, results: list[Result], start: int, end: int) -> list[int]:
    return [
        at for at, result in enumerate(results)
        if start <= marks.items[result.quantity.first].start and marks.items[result.quantity.last].end <= end
    ]  # fmt: skip


def _next_figure(results: list[Result], at: int) -> int | None:
    return at + 1 if at + 1 < len(results) else None


def _withdraw_next(
    marks: Marks, results: list[Result], match: re.Match[str], wrong: dict[int, int | None]
) -> None:
    ahead = _figures_between(marks, results, match.end(), match.end() + 30)
    if not ahead:
        return
    first = ahead[0]
    between = marks.tokens.folded.plain[
        match.end() : marks.items[results[first].quantity.first].start
    ]
    if len(between.split()) > 3 or "," in between:
        return
    earlier = [at for at in range(first) if at not in wrong]
    right = earlier[-1] if earlier else _next_figure(results, first)
    wrong[first] = right


def _withdraw_previous(
    marks: Marks, results: list[Result], match: re.Match[str], wrong: dict[int, int | None]
) -> None:
    before = [
        at
        for at in range(len(results))
        if marks.items[results[at].quantity.last].end <= match.start() + 1
    ]
    after = [
        at
        for at in range(len(results))
        if marks.items[results[at].quantity.first].start >= match.end()
    ]
    if match.group() == "moi dung":
        before = [
            at for at in before if results[at].measure is not None or results[at].refusal is None
        ]
        if len(before) < 2 or before[-1] in wrong.values():
            return
        before, after = before[:-1], before[-1:]
    if not before or not after:
        return
    here = marks.sentences[results[after[0]].quantity.first]
    for right in after:
        if marks.sentences[results[right].quantity.first] != here or right in wrong:
            continue
        candidates = [
            at for at in before if at not in wrong and _same_thing(results[at], results[right])
        ]
        if candidates:
            wrong[candidates[-1]] = right
        elif right == after[0] and results[right].measure is None and before[-1] not in wrong:
            wrong[before[-1]] = right


def _same_thing(one: Result, other: Result) -> bool:
    return one.measure is not None and one.measure == other.measure


def _withdrawn(
    results: list[Result], wrong: dict[int, int | None]
) -> tuple[list[Result], list[Withdrawn]]:
    corrected, withdrawn = list(results), []
    for at, right in wrong.items():
        taken = results[at]
        if right is not None and right not in wrong:
            corrected[right] = _with_measure(corrected[right], taken)
        corrected[at] = corrected[at]._replace(refusal=_REFUSED)
        withdrawn.append(Withdrawn(taken, corrected[right] if right is not None else None))
    return corrected, withdrawn


def _with_measure(right: Result, wrong: Result) -> Result:
    """A bare figure that replaces another counts the same thing."""
    if right.measure is not None or wrong.measure is None:
        return right
    same_unit = wrong.quantity.dimension is not None and wrong.quantity.noun is not None
    factor = (
        wrong.value / wrong.quantity.number.value
        if same_unit and wrong.quantity.number.value
        else 1
    )
    return right._replace(measure=wrong.measure, value=right.value * factor, refusal=None)
