"""Which figures are results, and of what measure; each refusal has its reason.

The rules follow the corpus' README (tests/corpus/README.md): targets, prices,
per-person rates, wholes, what is missing and who only sent people are no results.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from bot.reading.dates import DateFound
from bot.reading.lexicon import Hit
from bot.reading.marks import Marks
from bot.reading.numbers import Number
from bot.reading.quantities import Quantity

_DIMENSION_MEASURES = {
    "length": "road_km", "area": "area_ha", "volume": "other", "money": "money_vnd", "percent": "percent",
}  # fmt: skip
_PEOPLE = frozenset({"participants", "households"})
_WHOLES = frozenset({"participants", "households", "models", "area_ha", "points", "trees"})
_PER_GATHERING = frozenset(
    "buoi dot lan toi ngay tuan thang nam sang chieu quy vu dem phien lop cuoc".split()
)
_EVERY_SO_OFTEN = frozenset("thang tuan ngay nam quy".split())
_TAKING_PART = frozenset({"tham", "du", "tgia"})
_STOP_WORDS = frozenset(
    """
    va voi la thi ma nhung duoc dc da roi nhe nha a ah oi cho cua tu den toi tai o trong ngoai tren duoi nay nua ca cac
    nhu de do vi boi cung con khong ko k chua hon kem se dang rat qua lam xong het moi tham vao ra len xuong di ve
    thang nam ngay test so gio hom bi co nen ai gi nao the day kia ay nhat deu thoi luon cung van vui va ok uh
    hoac hay neu khi luc sau truoc giua vua tung tren theo ve qua lai
    """.split()
)


@dataclass(frozen=True, slots=True)
class Result:
    """A figure judged: a result of `measure`, or refused for `refusal`."""

    quantity: Quantity
    measure: str | None
    value: Decimal
    approx: bool
    refusal: str | None = None
    guessed: bool = False


def judge(marks: Marks, quantities: list[Quantity], dates: list[DateFound]) -> list[Result]:
    """Every figure of a message with its verdict, in text order."""
    results = [_measured(marks, quantity) for quantity in quantities]
    future = [found for found in dates if found.role == "day" and _is_ahead(marks, found)]
    for position, result in enumerate(results):
        refusal = next(
            (said for rule in _RULES if (said := rule(marks, results, position)) is not None), None
        )
        if refusal is None:
            refusal = _planned(marks, results, position, future)
        if refusal is not None:
            results[position] = replace(result, refusal=refusal)
    results = _without_parts(marks, results)
    results += _nothing_happened(marks)
    return sorted(results, key=lambda result: result.quantity.first)


def _is_ahead(marks: Marks, found: DateFound) -> bool:
    words = marks.tokens.folded.plain[found.at : found.until]
    return words.endswith("mai") or words.startswith("mai ")


def _measured(marks: Marks, quantity: Quantity) -> Result:
    approx = quantity.approx or _is_approx(marks, quantity)
    measure, value, guessed = _measure_of(marks, quantity)
    return Result(quantity, measure, value, approx, guessed=guessed)


def _is_approx(marks: Marks, quantity: Quantity) -> bool:
    before = quantity.first - 1
    while marks.plain(before) in ("duoc", "dc", "co", "la", "tu"):
        before -= 1
    if marks.cue_ending_at(before, "approx_before") is not None:
        return True
    after = quantity.last + 1
    return any(
        hit.first == after and hit.entry.form[0] in ("+", "hơn")
        for hit in marks.cue_hits("approx_after")
    )


def _measure_of(marks: Marks, quantity: Quantity) -> tuple[str | None, Decimal, bool]:
    if quantity.dimension == "mass":
        return _mass_measure(marks, quantity), quantity.value, False
    if quantity.dimension is not None:
        return _DIMENSION_MEASURES[quantity.dimension], quantity.value, False
    if quantity.not_counted is not None:
        founded = quantity.not_counted == "units" and _is_founded(marks, quantity)
        return ("models" if founded else None), quantity.value, False
    if quantity.measure is not None:
        return _counted_measure(marks, quantity), quantity.value, False
    following = marks.plain(quantity.last + 1)
    if following in _TAKING_PART and marks.plain(quantity.last + 2) in ("gia", "du", ""):
        return "participants", quantity.value, False
    if _is_unknown_noun(marks, quantity.last + 1) and not quantity.number.in_words:
        return "other", quantity.value, True
    return None, quantity.value, False


def _is_unknown_noun(marks: Marks, at: int) -> bool:
    if at >= len(marks.items) or marks.items[at].sort != "word" or marks.items[at].newline:
        return False
    return marks.plain(at) not in _STOP_WORDS and len(marks.plain(at)) > 1


def _mass_measure(marks: Marks, quantity: Quantity) -> str:
    """Rubbish by the kilogram is waste_kg; rice, snails or straw by the kilogram is other."""
    stuff = _stuff_after(marks, quantity) or _stuff_just_before(marks, quantity)
    if stuff is not None:
        return "waste_kg" if stuff.entry.label == "waste" else "other"
    labels = [hit.entry.label for hit in marks.materials.values()]
    if "waste" in labels or "goods" not in labels:
        return "waste_kg"
    return "other"


def _stuff_after(marks: Marks, quantity: Quantity) -> Hit | None:
    for at in range(quantity.last + 1, min(quantity.last + 5, len(marks.items))):
        if marks.items[at].sort != "word" or not marks.same_clause(at, quantity.last):
            return None
        if at in marks.materials:
            return marks.materials[at]
    return None


def _stuff_just_before(marks: Marks, quantity: Quantity) -> Hit | None:
    """ "giấy 20kg, lon: 5kg": the thing stands before its weight."""
    at = quantity.first - 1
    while at >= 0 and (
        marks.plain(at) in (":", "=", "duoc", "dc", "la", "-")
        or marks.cue_ending_at(at, "approx_before")
    ):
        at -= 1
    for start in range(max(0, at - 3), at + 1):
        hit = marks.materials.get(start)
        if hit is not None and hit.last == at and marks.same_clause(start, quantity.first):
            return hit
    return None


def _is_founded(marks: Marks, quantity: Quantity) -> bool:
    """ "ra mắt 3 tổ tự quản": units newly formed are models, units taking part are not."""
    before = quantity.first - 1
    for _ in range(3):
        if marks.cue_ending_at(before, "founding") is not None:
            return marks.plain(before) != "co" or quantity.last > quantity.number.last + 1
        if marks.plain(before) not in ("moi", "duoc", "dc", "them", "va") and not _is_approx_word(
            marks, before
        ):
            return False
        before -= 1
    return False


def _is_approx_word(marks: Marks, at: int) -> bool:
    return marks.cue_ending_at(at, "approx_before") is not None


def _counted_measure(marks: Marks, quantity: Quantity) -> str:
    measure = quantity.measure or "other"
    if measure in _PEOPLE and _only_receives(marks, quantity):
        return "other"
    if measure == "bags":
        return _bag_measure(marks, quantity)
    if measure in _PEOPLE and measure == "households" and _violates(marks, quantity):
        return "violations_count"
    return measure


def _only_receives(marks: Marks, quantity: Quantity) -> bool:
    """ "tặng quà 420 hội viên", "giúp 45 gia đình": people who only receive something."""
    before = quantity.first - 1
    while _is_approx_word(marks, before) or marks.plain(before) in (
        "cho",
        "toi",
        "den",
        "duoc",
        "dc",
        "them",
    ):
        before -= 1
    if marks.cue_ending_at(before, "gift") is not None:
        return True
    given = [
        hit
        for hit in marks.cue_hits("gift")
        if hit.last < quantity.first and marks.same_sentence(hit.first, quantity.first)
    ]
    if not given:
        return False
    after = range(quantity.last + 1, quantity.last + 5)
    poor = any(
        hit.first in after and marks.same_clause(hit.first, quantity.last)
        for hit in marks.cue_hits("poor")
    ) or any(word in ("ngheo", "kho") for word in marks.plain(quantity.last).split())
    to_them = marks.plain(quantity.first - 1) == "cho" or marks.plain(quantity.first - 2) == "cho"
    same_clause = any(marks.same_clause(hit.first, quantity.first) for hit in given)
    return poor or (to_them and same_clause)


def _violates(marks: Marks, quantity: Quantity) -> bool:
    """ "3 hộ đốt rơm", "2 hộ lấn chiếm" count violations, not households."""
    if any(hit.first == quantity.last + 1 for hit in marks.cue_hits("violating")):
        return True
    return marks.plain(quantity.first - 1) == "phat" and marks.form(quantity.first - 1) in (
        "phạt",
        "phat",
    )


def _bag_measure(marks: Marks, quantity: Quantity) -> str:
    stuff = _stuff_after(marks, quantity)
    if stuff is not None and stuff.first == quantity.last + 1:
        return "bags" if stuff.entry.label == "waste" else "other"
    handed_out = any(
        marks.plain(at) in ("phat", "tang", "cap", "trao") and marks.same_clause(at, quantity.first)
        for at in range(max(0, quantity.first - 4), quantity.first)
    )
    plain_bag = quantity.noun is not None and quantity.noun.entry.plain == ("tui",)
    return "other" if plain_bag and handed_out else "bags"


Rule = Callable[[Marks, list[Result], int], str | None]


def _not_a_count(marks: Marks, results: list[Result], position: int) -> str | None:
    result = results[position]
    if result.measure is not None:
        return None
    said = result.quantity.not_counted
    names = {
        "duration": "thời gian",
        "age": "tuổi",
        "units": "số đơn vị",
        "size": "kích cỡ",
        "photo": "số ảnh",
    }
    return names.get(said, "không phải kết quả") if said else "không rõ đếm gì"


def _priced(marks: Marks, results: list[Result], position: int) -> str | None:
    quantity = results[position].quantity
    after = quantity.last + 1
    following = marks.plain(after)
    if following == "/" and after + 1 < len(marks.items) and marks.items[after + 1].sort == "word":
        per = marks.plain(after + 1)
        if per in _PER_GATHERING and results[position].measure != "sessions":
            return None
        return "đơn giá hoặc định mức"
    if quantity.dimension == "money":
        if following in ("moi", "mot") or (
            following == "1" and marks.items[after].sort == "number"
        ):
            return "đơn giá"
        for back in (1, 2, 3):
            at = quantity.first - back
            if marks.cue_ending_at(at, "price") is not None and marks.plain(at - 1) != "tri":
                return "đơn giá"
    return None


def _rated(marks: Marks, results: list[Result], position: int) -> str | None:
    """ "mỗi hộ 1 người", "cứ 1kg vỏ đổi 5kg gạo", "bình quân 3 bao": rates, not results."""
    quantity = results[position].quantity
    for hit in marks.cue_hits("rate"):
        if hit.first >= quantity.first or not marks.same_clause(hit.first, quantity.first):
            continue
        word = marks.plain(hit.last + 1)
        if hit.entry.plain == ("moi",):
            if word in _PER_GATHERING or marks.form(hit.first) == "mới":
                continue
            if marks.form(hit.first) == "moi" and word.isdigit():
                continue
        if (
            hit.entry.plain == ("cu",)
            and marks.plain(hit.last + 1) not in _CU_FOLLOWERS
            and not word.isdigit()
        ):
            continue
        if hit.entry.plain == ("cu",) or quantity.first - hit.last <= 5:
            return "định mức"
    return _exchange(marks, results, position)


_CU_FOLLOWERS = frozenset({"mot", "hai", "ba", "nua", "moi", "nop", "mang", "den", "thang", "nam"})


def _exchange(marks: Marks, results: list[Result], position: int) -> str | None:
    """ "1kg vỏ đổi 5kg gạo": a rate of exchange, on both sides."""
    for left in (position, position - 1):
        if left < 0 or left + 1 >= len(results):
            continue
        giving, taking = results[left].quantity, results[left + 1].quantity
        between = {marks.plain(at) for at in range(giving.last + 1, taking.first)}
        if giving.number.value == 1 and between & {"doi", "="} and taking.first - giving.last <= 6:
            return "tỷ lệ quy đổi"
    return None


def _sized(marks: Marks, results: list[Result], position: int) -> str | None:
    quantity = results[position].quantity
    if quantity.dimension == "length":
        for at in range(quantity.first - 1, max(-1, quantity.first - 5), -1):
            if not marks.same_clause(at, quantity.first) or marks.items[at].sort == "number":
                break
            hit = marks.cue_ending_at(at, "size_before")
            near = quantity.first - at <= 2 or (hit is not None and hit.entry.plain[0] in ("cach",))
            if (
                hit is not None
                and near
                and not (hit.entry.plain == ("sau",) and marks.form(at) != "sâu")
            ):
                return "kích thước"
    litres = quantity.noun is not None and quantity.noun.entry.plain[0] == "lit"
    if (quantity.dimension == "volume" or litres or quantity.dimension == "mass") and position > 0:
        vessel = results[position - 1]
        gap = [marks.items[at] for at in range(vessel.quantity.last + 1, quantity.first)]
        if vessel.measure in ("points", "other") and vessel.quantity.measure and len(gap) <= 3:
            if all(
                token.sort == "word"
                and token.plain in ("loai", "co", "rac", "nhua", "dung", "tich")
                for token in gap
            ):
                return "dung tích"
    return None


def _missing(marks: Marks, results: list[Result], position: int) -> str | None:
    """ "còn 24 hộ chưa nộp", "thiếu 3 thùng": what is still to come."""
    quantity = results[position].quantity
    before = quantity.first - 1
    while _is_approx_word(marks, before):
        before -= 1
    hit = marks.cue_ending_at(before, "missing")
    if hit is not None and hit.entry.plain != ("chua",):
        return "còn thiếu"
    after = marks.plain(quantity.last + 1)
    if after == "chua" and results[position].measure != "violations_count":
        return "còn thiếu"
    left = marks.plain(before) == "con" or (
        marks.plain(before) == "lai" and marks.plain(before - 1) == "con"
    )
    if left and marks.form(before) in ("còn", "lại", "con", "lai"):
        rest = range(quantity.last + 1, min(quantity.last + 8, len(marks.items)))
        lacking = any(
            marks.plain(at) in ("chua", "thieu", "no", "ton", "nua")
            and marks.same_clause(at, quantity.last)
            for at in rest
        )
        if lacking or marks.plain(before) == "lai":
            return "còn thiếu"
    return None


def _whole(marks: Marks, results: list[Result], position: int) -> str | None:
    """ "8.982 hộ trong 20.864 hộ": the second figure is the whole."""
    result = results[position]
    quantity = result.quantity
    if result.measure not in _WHOLES:
        return None
    before = quantity.first - 1
    while _is_approx_word(marks, before) and marks.plain(before) != "tren":
        before -= 1
    said = 0
    while marks.plain(before) in ("so", "tong", "cong", "toan", "ca") and said < 3:
        before, said = before - 1, said + 1
    earlier = [
        other
        for other in results[:position]
        if other.refusal is None
        and marks.same_sentence(other.quantity.first, quantity.first)
        and (other.measure == result.measure or other.measure == "percent")
    ]
    word = marks.form(before)
    if (
        word == "trong"
        and result.measure != "trees"
        and (said or earlier or _anything_later(marks, results, position))
    ):
        return "tổng số để so"
    if word in ("trên", "tren") and (said or (earlier and earlier[-1].quantity.last == before - 1)):
        return "tổng số để so"
    if word in ("/",) and said:
        return "tổng số để so"
    return None


def _anything_later(marks: Marks, results: list[Result], position: int) -> bool:
    here = results[position].quantity.first
    return any(
        other.measure is not None and marks.same_sentence(other.quantity.first, here)
        for other in results[position + 1 :]
    )


def _shared(marks: Marks, results: list[Result], position: int) -> str | None:
    """ "66tr, trong đó trường hỗ trợ 50tr": a share of a total that is stated."""
    result = results[position]
    here = result.quantity.first
    cues = [
        hit
        for hit in marks.cue_hits("share")
        if hit.last < here and marks.same_sentence(hit.first, here)
    ]
    opened = [
        at
        for at, token in enumerate(marks.items[:here])
        if token.plain == "(" and marks.same_sentence(at, here)
    ]
    starts = [hit.first for hit in cues] + (
        [opened[-1]] if opened and _still_open(marks, opened[-1], here) else []
    )
    for start in starts:
        whole = next(
            (
                other for other in reversed(results[:position])
                if other.quantity.first < start and other.measure == result.measure and other.refusal is None
                and marks.same_sentence(other.quantity.first, here) and other.value >= result.value
            ),
            None,
        )  # fmt: skip
        if whole is not None and not _names_the_movement(marks, start, here):
            return "một phần của tổng đã nêu"
    return None


def _still_open(marks: Marks, opened: int, here: int) -> bool:
    return all(marks.plain(at) != ")" for at in range(opened, here))


def _names_the_movement(marks: Marks, start: int, end: int) -> bool:
    """A share that is named after the movement is the figure the post is about."""
    return any(hit.entry.table == "movement" and start < hit.first < end for hit in marks.hits)


def _often(marks: Marks, results: list[Result], position: int) -> str | None:
    """ "tuần 2 lần": how often, not how many."""
    result = results[position]
    before = result.quantity.first - 1
    if result.measure == "sessions" and marks.plain(before) in _EVERY_SO_OFTEN:
        if marks.plain(before - 1) not in ("trong", "ca", "qua", "suot"):
            return "tần suất"
    return None


def _raised_from(marks: Marks, results: list[Result], position: int) -> str | None:
    """ "từ 30% lên 45%": where it came from."""
    quantity = results[position].quantity
    if marks.plain(quantity.first - 1) == "tu" and marks.plain(quantity.last + 1) in (
        "len",
        "xuong",
        "thanh",
    ):
        return "mức cũ"
    return None


def _fraction_of(marks: Marks, results: list[Result], position: int) -> str | None:
    quantity = results[position].quantity
    if (
        quantity.denominator is not None
        and quantity.denominator <= 10
        and quantity.number.value < quantity.denominator
    ):
        if quantity.noun is None or marks.plain(quantity.last) in ("so",):
            return "phân số"
    return None


_RULES: tuple[Rule, ...] = (
    _not_a_count, _priced, _rated, _sized, _missing, _whole, _shared, _often, _raised_from, _fraction_of,
)  # fmt: skip


def _planned(
    marks: Marks, results: list[Result], position: int, future: list[DateFound]
) -> str | None:
    """Targets and plans: the last word before the figure decides whether it is done or wished."""
    here = results[position].quantity.first
    carried_out = {hit.last for hit in marks.cue_hits("carrying_out")}
    starts = [
        hit.last
        for hit in marks.cue_hits("plan_noun")
        if hit.last < here
        and marks.same_clause(hit.first, here)
        and not _carried(hit, carried_out, marks)
    ]
    for hit in marks.cue_hits("plan"):
        if hit.last < here and marks.same_sentence(hit.first, here):
            if hit.entry.plain != ("vuot",) or here - hit.last <= 2:
                starts.append(hit.last)
    starts += [
        at for at, token in enumerate(marks.items[:here])
        if marks.same_sentence(at, here) and any(found.at <= token.start < found.until for found in future)
    ]  # fmt: skip
    if starts:
        last = max(starts)
        ended = any(last < hit.first < here for hit in marks.cue_hits("plan_ends"))
        return None if ended else "kế hoạch, chỉ tiêu"
    if position and results[position - 1].refusal == "kế hoạch, chỉ tiêu":
        gap = [marks.plain(at) for at in range(results[position - 1].quantity.last + 1, here)]
        return "kế hoạch, chỉ tiêu" if gap in ([","], ["va"], [",", "va"]) else None
    return None


def _carried(hit: Hit, carried_out: set[int], marks: Marks) -> bool:
    return hit.last in carried_out


def _without_parts(marks: Marks, results: list[Result]) -> list[Result]:
    """Drop the parts where their total is stated: "xoài 60, bưởi 65, tổng 125 cây"."""
    kept = list(results)
    for position, total in enumerate(results):
        if total.refusal is not None or total.measure is None:
            continue
        same = [
            at for at, other in enumerate(results)
            if at != position and other.measure == total.measure and other.refusal is None
            and marks.same_sentence(other.quantity.first, total.quantity.first)
        ]  # fmt: skip
        if (
            len(same) >= 2
            and abs(sum(results[at].value for at in same) - total.value) <= total.value / 100
        ):
            for at in same:
                kept[at] = replace(results[at], refusal="một phần của tổng đã nêu")
            return kept
    return kept


_NOTHING = re.compile(
    r"\b(?:khong|ko|k|kg|hong|chua|chang|cha|0)(?: he| con| co| xay ra| phat hien| ghi nhan| de xay ra| phat sinh| thay| bi){0,3}"
    r"(?: (?:vu|truong hop|th|vi pham|vu viec)\b(?: \w+){0,6}? nao\b"
    r"| (?:vu|truong hop)(?: (?:vi pham|chay|dot \w+|do trom|nao))+"
    r"| (?:ho|nha|ai|nguoi|ho dan|gia dinh)(?: nao)?(?: con)? (?:dot|vi pham|xa|vut|do trom|lan chiem|tha rong|do rac)\b(?: (?:rom|rac|dong|bua|thai))?)"
)


def _nothing_happened(marks: Marks) -> Iterator[Result]:
    """ "chưa có hộ nào đốt rơm", "không xảy ra vụ nào": none is a figure too."""
    for match in _NOTHING.finditer(marks.tokens.folded.plain):
        places = [
            at for at, token in enumerate(marks.items) if match.start() <= token.start < match.end()
        ]
        if not places or marks.plain(places[0]) == "0":
            continue
        first, last = places[0], places[-1]
        start, end = marks.tokens.span(first, last)
        number = Number(Decimal(0), first, last, start, end, in_words=True)
        quantity = Quantity(number, Decimal(0), first, last, measure="violations_count")
        yield Result(quantity, "violations_count", Decimal(0), approx=False)
