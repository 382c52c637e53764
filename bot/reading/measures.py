"""What a figure counts: the measure of a unit or noun in its surroundings."""

from decimal import Decimal
from typing import NamedTuple

from bot.reading.lexicon import Hit
from bot.reading.marks import Marks
from bot.reading.quantities import Quantity

_DIMENSION_MEASURES = {
    "length": "road_km", "area": "area_ha", "volume": "other", "money": "money_vnd", "percent": "percent",
}  # fmt: skip
_PEOPLE = frozenset({"participants", "households"})
_PAINTED = frozenset({"tranh", "tuong", "bich", "bat", "vai", "nilon"})
_STRETCHED = frozenset({"tuong", "ong", "bat", "luoi", "vai"})
_FALLEN = frozenset({"đổ", "gãy", "ngã", "do", "gay", "nga"})
# Alone these say nothing of what a message is about: đường is also a road, "da" also "đã".
_ALSO_OTHER_WORDS = frozenset(
    (word,)
    for word in "duong dat da nuoc ca bo hang bun thuoc giong phan cat mi men dua qua".split()
)
_TAKING_PART = frozenset({"tham", "du", "tgia"})
_STOP_WORDS = frozenset(
    """
    va voi la thi ma nhung duoc dc da roi nhe nha a ah oi cho cua tu den toi tai o trong ngoai tren duoi nay nua ca cac
    nhu de do vi boi cung con khong ko k chua hon kem se dang rat qua lam xong het moi tham vao ra len xuong di ve
    thang nam ngay test so gio hom bi co nen ai gi nao the day kia ay nhat deu thoi luon cung van vui va ok uh
    hoac hay neu khi luc sau truoc giua vua tung tren theo ve qua lai
    """.split()
)


class Result(NamedTuple):
    """A figure judged: a result of `measure`, or refused for `refusal`."""

    quantity: Quantity
    measure: str | None
    value: Decimal
    approx: bool
    refusal: str | None = None
    guessed: bool = False


def measured(marks: Marks, quantity: Quantity) -> Result:
    """The figure as a result of its measure, before anything is refused."""
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
        painted = marks.plain(quantity.last + 1) in _PAINTED
        if quantity.dimension == "area" and painted and marks.plain(quantity.last) != "ha":
            return "other", quantity.value * 10000, False  # murals are counted in m2
        if quantity.dimension == "length" and marks.plain(quantity.last + 1) in _STRETCHED:
            return "other", quantity.value * 1000, False  # walls and pipes are counted in metres
        return _DIMENSION_MEASURES[quantity.dimension], quantity.value, False
    if quantity.not_counted == "manner" and marks.form(quantity.last) == "mat" and _films(marks):
        return "points", quantity.value, False  # "74 mat": the eyes of cameras
    if quantity.not_counted is not None:
        founded = (
            quantity.denominator is None
            and quantity.not_counted == "units"
            and _is_founded(marks, quantity)
        )
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
    labels = [
        hit.entry.label
        for hit in marks.materials.values()
        if hit.entry.plain not in _ALSO_OTHER_WORDS
    ]
    if "waste" in labels or "goods" not in labels:
        return "waste_kg"
    return "other"


def _stuff_after(marks: Marks, quantity: Quantity) -> Hit | None:
    for at in range(quantity.last + 1, min(quantity.last + 5, len(marks.items))):
        if marks.items[at].sort != "word" or not marks.same_clause(at, quantity.last):
            return None
        if at in marks.materials and marks.form(at) != "da":  # "4 tan da ve bai": đã
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
            several = quantity.noun is not None and quantity.noun.last > quantity.noun.first
            return marks.plain(before) != "co" or several
        if marks.plain(before) not in ("moi", "duoc", "dc", "them", "va") and not is_approx_word(
            marks, before
        ):
            return False
        before -= 1
    return False


def is_approx_word(marks: Marks, at: int) -> bool:
    """Whether "khoảng", "hơn", "gần" … ends at this token."""
    return marks.cue_ending_at(at, "approx_before") is not None


def _counted_measure(marks: Marks, quantity: Quantity) -> str:
    measure = quantity.measure or "other"
    if measure in _PEOPLE and _only_receives(marks, quantity):
        return "other"
    felled = marks.cue_ending_at(quantity.first - 1, "felled") is not None
    if measure == "trees" and (felled or marks.form(quantity.last + 1) in _FALLEN):
        return "other"
    if measure == "bags":
        return _bag_measure(marks, quantity)
    if (
        measure == "sessions"
        and marks.form(quantity.last) == "lan"
        and _is_handed_out(marks, quantity)
    ):
        return "other"  # "phat 85 lan": làn, not lần
    if measure in _PEOPLE and measure == "households" and _violates(marks, quantity):
        return "violations_count"
    return measure


def _only_receives(marks: Marks, quantity: Quantity) -> bool:
    """ "tặng quà 420 hội viên", "giúp 45 gia đình": people who only receive something."""
    handed = marks.nouns.get(quantity.last + 2)
    if marks.form(quantity.last + 1) in ("nhận", "nhan") and handed is not None:
        return handed.entry.label in ("other", "sessions")  # "340 chị nhận làn"
    before = quantity.first - 1
    while is_approx_word(marks, before) or marks.plain(before) in (
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
    beside = marks.cues_beside("gift", quantity.first)
    given = [hit for hit in beside if hit.last < quantity.first]
    if not given:
        return False
    after = range(quantity.last + 1, quantity.last + 5)
    poor = any(
        hit.first in after and marks.same_clause(hit.first, quantity.last)
        for hit in marks.cues_beside("poor", quantity.last)
    ) or any(word in ("ngheo", "kho") for word in marks.plain(quantity.last).split())
    to_them = marks.plain(quantity.first - 1) == "cho" or marks.plain(quantity.first - 2) == "cho"
    same_clause = any(marks.same_clause(hit.first, quantity.first) for hit in given)
    return poor or (to_them and same_clause)


def _violates(marks: Marks, quantity: Quantity) -> bool:
    """ "3 hộ đốt rơm", "2 hộ lấn chiếm" count violations, not households."""
    if any(hit.first == quantity.last + 1 for hit in marks.cue_hits("violating")):
        return True
    return marks.cue_ending_at(quantity.first - 1, "punished") is not None


def _bag_measure(marks: Marks, quantity: Quantity) -> str:
    stuff = _stuff_after(marks, quantity)
    if stuff is not None and stuff.first == quantity.last + 1:
        return "bags" if stuff.entry.label == "waste" else "other"
    handed_out = _is_handed_out(marks, quantity)
    plain_bag = quantity.noun is not None and quantity.noun.entry.plain == ("tui",)
    return "other" if plain_bag and handed_out else "bags"


def _films(marks: Marks) -> bool:
    return any(token.plain in ("camera", "cam") for token in marks.items)


def _is_handed_out(marks: Marks, quantity: Quantity) -> bool:
    return any(
        marks.plain(at) in ("phat", "tang", "cap", "trao") and marks.same_clause(at, quantity.first)
        for at in range(max(0, quantity.first - 4), quantity.first)
    )
