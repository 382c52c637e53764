"""The days a message speaks of: hôm qua, CN vừa rồi, 12/4, 22-24/7, mùng 6 Tết, 25/3 âm."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Literal

from bot.reading.fold import Folded, fold_with_map
from bot.reading.lunar import latest_day_of_moon, latest_lunar

Role = Literal["day", "occasion", "deadline"]


@dataclass(frozen=True, slots=True)
class DateFound:
    """A day named in a message; `start` and `end` count in the original text.

    `first_day` is set for a range ("22-24/7"), whose day is its last. An occasion
    ("mừng 8/3") or a deadline ("nộp trước 20/6") is not the day of the activity.
    `explicit` tells a written day and month from "hôm qua" or "thứ 7".
    """

    day: date
    start: int
    end: int
    at: int  # in the folded text
    until: int
    first_day: date | None = None
    role: Role = "day"
    explicit: bool = False
    soon: bool = False  # read as this year it lies within the next three weeks


_PART = r"(?:sang som|rang sang|sang|trua|chieu toi|chieu|toi|dem|khuya|som)"
_NUM = r"(?<![\d.,/-])"
_END = r"(?![\d/])(?![.,]\d)"
_DM = r"(?P<d>\d{1,2})\s?/\s?(?P<m>\d{1,2})"
_YEAR = r"(?:\s?/\s?(?P<y>\d{4}|\d{2}))?"
_CUE = rf"(?:\b(?:ngay|hom|bua|{_PART}|cn|chu nhat|t[2-7]|thu \w+)[ ,]{{0,2}}(?:ngay |nay )?)"
_AFTER_PAST = (
    r"(?:vua roi|vua qua|vua xong|vua r|tuan truoc|tuan qua|tuan roi|tuan nay|truoc|roi|qua)"
)

_LIST = re.compile(
    rf"{_NUM}(?P<f>\d{{1,2}})(?:\s?(?:,|;)\s?\d{{1,2}})*\s?(?:-|den|toi|va|,|&)\s?{_DM}{_YEAR}{_END}"
)
_SPAN = re.compile(
    rf"{_NUM}(?P<f>\d{{1,2}})\s?/\s?(?P<fm>\d{{1,2}})(?:/\d{{2,4}})?\s?"
    rf"(?:-|den|toi|va|,|&)\s?(?:het )?(?:ngay )?{_DM}{_YEAR}{_END}"
)
_SLASH = re.compile(rf"{_NUM}{_DM}{_YEAR}{_END}(?P<am>\s?\(?(?:am lich|am|al)\b)?")
_DOTTED = re.compile(
    rf"(?:(?P<cue>{_CUE})|(?P<bol>^|\n|[^\w\s,.-]\s)\s*|(?<![\d.,/-]))(?P<d>\d{{1,2}})(?P<sep>[.-])(?P<m>\d{{1,2}})"
    rf"(?:(?P=sep)(?P<y>\d{{4}}|\d{{2}}))?(?!\d)(?![.,/-]\d)"
)
_SPELLED = re.compile(
    rf"{_NUM}(?P<d>\d{{1,2}}) ?thang (?P<m>\d{{1,2}}|gieng|chap|hai|ba|tu|bay|tam|chin|muoi)\b"
    r"(?:[ ,/]{0,2}(?:nam )?(?P<y>20\d\d))?(?P<am>\s?\(?(?:am lich|am|al)\b)?"
)
_MOON = re.compile(
    r"\b(?:(?P<ram>ram)(?: thang (?P<rm>\d{1,2}|gieng|chap|bay|tam|muoi))?"
    r"|(?P<mung>mung|mong) (?P<md>\d{1,2}|mot|hai|ba|bon|nam|sau|bay|tam|chin|muoi)"
    r"(?P<tet> tet)?(?! ?[/.\d])(?! thang)"
    r"|(?P<td>[23]\d) (?:am )?tet)\b"
)
_RELATIVE = re.compile(
    rf"\b(?:(?P<today>(?:hom|bua|{_PART}|ngay hom|som) (?:nay|ni)|hnay|hom ni"
    r"|^hn(?= \d)|hoi (?:sang|trua|chieu)|ban (?:sang|trua|chieu)|tu (?:sang|trua|chieu|toi) (?:den|toi) (?:gio|nay))"
    rf"|(?P<yesterday>(?:(?:ngay|{_PART}) )?(?:hom|bua) (?:qua|wa)|{_PART} (?:qua|wa)|(?:{_PART} )?hqua"
    r"|hoi (?:hom(?: qua)?|toi|khuya|dem))"
    rf"|(?P<before>(?:{_PART} )?(?:hom|bua) kia)"
    rf"|(?P<tomorrow>(?:{_PART}|ngay) mai|mai \d{{1,2}} ?[hg]))\b"
)
_WEEKDAY = re.compile(
    rf"\b(?P<lead>(?:{_PART}|hom|ngay|bua) )?"
    r"(?:(?P<thu>thu) ?(?P<n>[2-7]|hai|ba|tu|nam|sau|bay)|(?P<t>t)(?P<tn>[2-7])|(?P<sun>chu nhat|chua nhat|cn))\b"
    rf"(?! xanh)(?: (?P<tail>{_AFTER_PAST}|hang tuan|tuan sau|tuan toi|nay|toi day)\b)?"
)
_AGO = re.compile(
    r"\b(?:cach (?:day|nay)(?: (?:gan|hon|khoang))? (?P<a>\d{1,2}) (?P<u>ngay|hom|bua|tuan)"
    r"|(?P<b>\d{1,2}) (?P<v>ngay|hom|bua) truoc)\b"
)
_BARE_DAY = re.compile(r"\b(?:ngay|hom|bua) (?P<d>\d{1,2})\b(?![/.,-]?\d)(?! ?(?:thang|%))")
_WEEKEND = re.compile(r"\bcuoi tuan (?:vua roi|vua qua|qua|truoc|roi)\b")

_OCCASION = re.compile(
    r"(?:chao mung|mung|k[yi] niem|tien toi|lap thanh tich|dip|sinh nhat|phong trao|thang thanh nien|le)"
    r"(?: (?:nhan|ngay|dip|le|thanh lap|truyen thong|qt|quoc te|phu nu|pn|quoc khanh|mung|hoi|doan|dang|vn"
    r"|viet|nam|nha|giao|bac|bac ho|giai phong|\d+ nam)){0,5}\s*$"
)
_DEADLINE = re.compile(
    r"\b(?:han(?: chot| nop| cuoi)?(?: la| den)?|cham nhat(?: la)?|truoc|muon nhat|hen(?: gap)?(?: lai)?)(?: (?:ngay|het|vao|nhau|sang|chieu|toi|hom|cn))*\s*$"
)
_NOT_A_DAY = re.compile(
    r"(?:\bso|\bnha|\bhem|\bngo|\bduong|\bpho|\bkiet|\bqd|\bnq|\bkenh|\bquyet dinh|\bnghi quyet|\bto"
    r"|\bkhu|\btruc|\bhoat dong|\bsuot)\s*$"
)
_CUE_BEFORE = re.compile(rf"{_CUE}$")
_PLACE_PART = re.compile(r"\b(?:may|vai|nhieu|\d+|bao|ca|chuc) $")
# A pair of figures before such a word is "so many of so many", when the first is not the larger.
_SHARE_AFTER = re.compile(
    r"\s?(?:so )?(?:ho|gia dinh|gd|nguoi|em|hs|hv|hoi vien|doan vien|dang vien|tieu chi|chi tieu|nha|dat"
    r"|dien tich|ao|can bo|cb|thanh vien|ruong|co so|muc)\b|\s?[%=]"
)
_UNITS_AFTER = re.compile(
    r"\s?(?:so )?(?:thon|xom|khu|to|ap|xa|phuong|chi hoi|chi doan|chi bo|hoi|doan|truong|diem|tuyen|don vi|ban|khoi)\b"
    r"(?! ?(?:\d|em|minh|ta|toi|pn|nd|ccb|phu nu|nong dan|cuu chien|thanh nien|xa|phuong|huyen))"
)
_UNIT_AFTER = re.compile(
    r"\s?(?:kg|ki|ky|tan|ta|yen|can|km|m|m2|m3|ha|hecta|trieu|tr|ty|k|nghin|ngan|sao|mau|%|khoi|nguoi|cay|ho|tuoi|d|dong|lang|h|g|gio)\b|\s?%"
)
# The words the two dearest patterns begin with: they are tried there, not at every letter.
_PARTS_BEGIN = "hom|bua|sang|rang|trua|chieu|toi|dem|khuya|som|ngay"
_RELATIVE_BEGINS = re.compile(rf"{_PARTS_BEGIN}|hnay|^hn|hoi|ban|tu|hqua|mai")
_WEEKDAY_BEGINS = re.compile(rf"{_PARTS_BEGIN}|thu|t[2-7]|chu|cn")
_DOTTED_PAIR = re.compile(r"\d[.-]\d")
_FIGURE_BEGINS = re.compile(r"\d+")
_MOST_DAYS = 24
_MONTH_WORDS = dict(
    zip("gieng hai ba tu nam sau bay tam chin muoi".split(), range(1, 11), strict=True)
) | {"mot": 1, "chap": 12, "bon": 4}
# "25.6 ra mắt", "25.6 chi hội …": a day rather than a decimal, for nothing is measured.
_WHO_AFTER = re.compile(
    r" (?:ra|chi hoi|chi doan|hoi|doan|thon|xom|ap|khu|hpn|hnd|ccb|pn|xa|phuong|dtn|bon em)\b"
)
_WEEKDAY_WORDS = {"hai": 0, "ba": 1, "tu": 2, "nam": 3, "sau": 4, "bay": 5}

_Finder = Callable[[Folded, date], Iterator[DateFound]]


def find_dates(text: str | Folded, today: date) -> list[DateFound]:
    """Every day the message names, in text order; overlapping readings keep the fuller one."""
    folded = fold_with_map(text) if isinstance(text, str) else text
    kept: list[DateFound] = []
    for finder, needed in _FINDERS:
        if not any(sign in folded.plain for sign in needed):
            continue
        for found in islice(finder(folded, today), _MOST_DAYS):
            if all(found.until <= other.at or other.until <= found.at for other in kept):
                kept.append(found)
    return sorted(kept, key=lambda found: found.at)


def matches_at(
    pattern: re.Pattern[str], plain: str, begins: re.Pattern[str]
) -> Iterator[re.Match[str]]:
    """As `pattern.finditer(plain)`, for a pattern that only matches where `begins` does."""
    passed = 0
    for place in begins.finditer(plain):
        match = pattern.match(plain, place.start()) if place.start() >= passed else None
        if match is not None:
            passed = match.end()
            yield match


def activity_date(found: list[DateFound], today: date) -> DateFound | None:
    """The day of the activity or incident among the days found, None when none is named.

    Deadlines, occasions and days to come do not count; of "chiều T7 18/4" the
    written day decides, because people slip more in weekdays than in dates.
    """
    days = [one for one in found if one.role == "day" and one.day <= today]
    if not days:
        return None
    first = days[0]
    for other in days[1:]:
        if not first.explicit and other.explicit and other.at - first.until <= 12:
            return other
    return first


def parse_date(text: str, today: date) -> date | None:
    """The day a short answer names ("hôm qua", "25", "mùng 6 Tết"), never after `today`.

    A bare number is the latest such day of the month; "cuối tháng trước" is its last day.
    """
    found = activity_date(find_dates(text, today), today)
    if found is not None:
        return found.day
    plain = fold_with_map(text).plain.strip(" .!,")
    if re.fullmatch(r"(?:hom |bua )?nay|bay gio|vua xong|vua nay|moi nay", plain):
        return today
    if re.fullmatch(r"\d{1,2}", plain):
        return _latest_monthday(int(plain), today)
    dotted = re.fullmatch(r"(\d{1,2})[.\- ](\d{1,2})(?:[.\- ](\d{4}|\d{2}))?", plain)
    if dotted:
        return _dated(dotted[1], dotted[2], dotted[3], today)
    if "cuoi thang" in plain and (month := parse_month(plain, today)) is not None:
        last = month.replace(day=monthrange(month.year, month.month)[1])
        return min(last, today)
    return None


def parse_month(text: str, today: date) -> date | None:
    """The first day of the month a short answer names: "tháng trước", "tháng 5", "5/2026"."""
    plain = fold_with_map(text).plain.strip()
    if re.search(r"thang (?:nay|ni)\b", plain):
        return today.replace(day=1)
    if re.search(r"thang (?:truoc|vua roi|vua qua|qua|roi)\b", plain):
        return (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    named = re.search(r"\bthang (\d{1,2}|[a-z]+)(?:[ /-]{1,2}(?:nam )?(20\d\d))?", plain)
    bare = re.fullmatch(r"t?(\d{1,2})(?:[/-](20\d\d))?", plain)
    match = named or bare
    if match is None:
        return None
    number = _MONTH_WORDS.get(match[1]) or (int(match[1]) if match[1].isdigit() else 0)
    if not 1 <= number <= 12:
        return None
    year = int(match[2]) if match[2] else today.year - (number > today.month)
    return date(year, number, 1)


def _latest_monthday(day: int, today: date) -> date | None:
    """The latest day of that number in this month or the last one."""
    month = today.replace(day=1)
    for _ in range(3):
        if 1 <= day <= monthrange(month.year, month.month)[1] and month.replace(day=day) <= today:
            return month.replace(day=day)
        month = (month - timedelta(days=1)).replace(day=1)
    return None


def _dated(day: str, month: str, year: str | None, today: date) -> date | None:
    """A written day and month; without a year the latest that is not after `today`."""
    number = _MONTH_WORDS.get(month) or (int(month) if month.isdigit() else 0)
    years = (
        [int(year) + (2000 if len(year) == 2 else 0)]
        if year
        else range(today.year, today.year - 5, -1)
    )
    for each in years:
        try:
            found = date(each, number, int(day))
        except ValueError:
            continue
        if year or found <= today:
            return found
    return None


def _found(
    folded: Folded, match: re.Match[str], day: date | None, **more: object
) -> Iterator[DateFound]:
    if day is None:
        return
    at, until = match.span()
    start, end = folded.span(at, until)
    role = more.pop("role", None) or _role(folded, at)
    yield DateFound(day, start, end, at, until, role=role, **more)  # type: ignore[arg-type]  # `more` holds DateFound's own fields


def _role(folded: Folded, at: int) -> Role:
    before = folded.plain[max(0, at - 48) : at]
    if folded.form[max(0, at - 12) : at].rstrip().removesuffix(" ngày").endswith("đón"):
        return "occasion"
    if _OCCASION.search(before) and not before.endswith("nghi le "):
        typed = folded.form[max(0, at - 12) : at].split()
        mung_is_the_day = typed[-1:] in (["mùng"], ["mồng"]) or (
            typed[-1:] == ["mung"] and bool(_CUE_BEFORE.search(before[: before.rindex("mung")]))
        )
        return "day" if mung_is_the_day else "occasion"
    return "deadline" if _DEADLINE.search(before) else "day"


def _spans(folded: Folded, today: date) -> Iterator[DateFound]:
    for pattern in (_SPAN, _LIST):
        for match in matches_at(pattern, folded.plain, _FIGURE_BEGINS):
            last = _dated(match["d"], match["m"], match["y"], today)
            if last is None or _is_ratio(folded, match, "f"):
                continue
            all_of_all = pattern is _SPAN and int(match["d"]) <= int(match["m"])
            if all_of_all and _UNITS_AFTER.match(folded.plain, match.end()):
                continue  # "sáng 5/9, 11/11 thôn ra quân"
            month = match["fm"] if pattern is _SPAN else match["m"]
            first = _dated(match["f"], month, None, last)
            if first is not None and first <= last and (last - first).days <= 92:
                yield from _found(folded, match, last, first_day=first, explicit=True)


def _slashed(folded: Folded, today: date) -> Iterator[DateFound]:
    for match in matches_at(_SLASH, folded.plain, _FIGURE_BEGINS):
        if _is_ratio(folded, match, "d"):
            continue
        if match["am"]:
            day = latest_lunar(int(match["d"]), min(int(match["m"]), 12), today)
        else:
            day = _dated(match["d"], match["m"], match["y"], today)
        yield from _found(folded, match, day, explicit=True, soon=_is_soon(match, today))


def _is_ratio(folded: Folded, match: re.Match[str], first: str) -> bool:
    """ "12/15 hộ", "ngõ 3/2": a pair of figures that is no day."""
    plain, end = folded.plain, match.end()
    before = plain[max(0, match.start() - 24) : match.start()]
    if _NOT_A_DAY.search(before):
        return True
    if _CUE_BEFORE.search(before) or int(match[first]) > int(match["m"]):
        return False
    if _SHARE_AFTER.match(plain, end):
        return True
    units = _UNITS_AFTER.match(plain, end)
    return bool(units) and not _named_after(folded, units.end() if units else end)


def _named_after(folded: Folded, at: int) -> bool:
    """Whether a capitalised name follows: "5/6 thôn Đoài" is a day, "5/6 thôn" is not."""
    start, end = folded.span(at, min(at + 3, len(folded.plain)))
    following = folded.original[start:end].strip()
    return following[:1].isupper() and not following[1:2].isupper()


def _is_soon(match: re.Match[str], today: date) -> bool:
    try:
        this_year = date(int(match["y"] or today.year), int(match["m"]), int(match["d"]))
    except ValueError:
        return False
    return 0 < (this_year - today).days <= 21


def _dotted(folded: Folded, today: date) -> Iterator[DateFound]:
    if _DOTTED_PAIR.search(folded.plain) is None:
        return
    for match in _DOTTED.finditer(folded.plain):
        if _UNIT_AFTER.match(folded.plain, match.end()):
            continue
        if match["sep"] == "-" and not match["cue"] and not match["y"]:
            continue
        if not (
            match["cue"] or match["bol"] is not None or _WHO_AFTER.match(folded.plain, match.end())
        ):
            continue
        yield from _found(
            folded, match, _dated(match["d"], match["m"], match["y"], today), explicit=True
        )


def _spelled(folded: Folded, today: date) -> Iterator[DateFound]:
    for match in matches_at(_SPELLED, folded.plain, _FIGURE_BEGINS):
        month = _MONTH_WORDS.get(match["m"]) or int(match["m"])
        lunar = match["am"] or match["m"] in ("gieng", "chap")
        day = (
            latest_lunar(int(match["d"]), min(month, 12), today)
            if lunar
            else _dated(match["d"], str(month), match["y"], today)
        )
        counted_by_moon = lunar and folded.plain[: match.start()].endswith(("mung ", "mong "))
        yield from _found(
            folded, match, day, explicit=True, role="day" if counted_by_moon else None
        )


def _moon(folded: Folded, today: date) -> Iterator[DateFound]:
    for match in _MOON.finditer(folded.plain):
        typed = folded.form[match.start() : match.end()]
        if match["ram"]:
            day = _full_moon(folded, match, today)
        elif match["mung"]:
            if not typed.isascii() and not typed.startswith(("mùng", "mồng")):
                continue
            number = _MONTH_WORDS.get(match["md"]) or int(match["md"])
            day = (
                latest_lunar(number, 1, today)
                if match["tet"]
                else latest_day_of_moon(number, today)
            )
        else:
            day = latest_lunar(int(match["td"]), 12, today)
        yield from _found(folded, match, day, role="day", explicit=True)


def _full_moon(folded: Folded, match: re.Match[str], today: date) -> date | None:
    typed = folded.form[match.start("ram") : match.end("ram")]
    if typed not in ("rằm", "ram"):
        return None
    if match["rm"]:
        return latest_lunar(15, min(_MONTH_WORDS.get(match["rm"]) or int(match["rm"]), 12), today)
    before = folded.plain[max(0, match.start() - 5) : match.start()]
    return latest_day_of_moon(15, today) if re.search(r"(?:hom|ngay) $", before) else None


def _relative(folded: Folded, today: date) -> Iterator[DateFound]:
    for match in matches_at(_RELATIVE, folded.plain, _RELATIVE_BEGINS):
        before = folded.plain[max(0, match.start() - 12) : match.start()]
        # "mấy hôm nay", "hơn 10 hôm nay" are a stretch of time; "xóm 3 hôm qua" is a day.
        if match.lastgroup == "today" and _PLACE_PART.search(before):
            continue
        if not _day_part_is_meant(folded, match):
            continue
        days = {"today": 0, "yesterday": 1, "before": 2, "tomorrow": -1}[match.lastgroup or "today"]
        if folded.form[match.start() : match.end()].endswith("kìa"):
            days = 3
        yield from _found(folded, match, today - timedelta(days=days))
    for match in _AGO.finditer(folded.plain):
        count = int(match["a"] or match["b"]) * (7 if match["u"] == "tuan" else 1)
        yield from _found(folded, match, today - timedelta(days=count), role="day")
    for match in _WEEKEND.finditer(folded.plain):
        yield from _found(folded, match, today - timedelta(days=today.isoweekday() % 7 or 7))


def _day_part_is_meant(folded: Folded, match: re.Match[str]) -> bool:
    """ "tới nay" and "tôi qua" fold into "tối nay", "tối qua"; without accents
    "toi nay" is far more often "tới nay" in a report of what was done."""
    typed = folded.form[match.start() : match.end()].split()
    if match.group().startswith("toi"):
        return typed[0] == "tối" or (typed[0] == "toi" and match.lastgroup == "yesterday")
    return True


def _weekdays(folded: Folded, today: date) -> Iterator[DateFound]:
    for match in matches_at(_WEEKDAY, folded.plain, _WEEKDAY_BEGINS):
        tail = match["tail"]
        if tail in ("hang tuan", "tuan sau", "tuan toi", "toi day") or not _is_weekday(
            folded, match
        ):
            continue
        weekday = 6 if match["sun"] else _weekday_number(match["n"] or match["tn"])
        back = (today.weekday() - weekday) % 7
        if tail in ("tuan truoc", "tuan qua", "tuan roi"):
            back = today.weekday() + 7 - weekday
        elif tail not in (None, "nay", "tuan nay") and back == 0:
            back = 7
        yield from _found(folded, match, today - timedelta(days=back))


def _weekday_number(typed: str) -> int:
    return _WEEKDAY_WORDS[typed] if typed in _WEEKDAY_WORDS else int(typed) - 2


def _is_weekday(folded: Folded, match: re.Match[str]) -> bool:
    """Tell "thứ 6" from "lần thứ 6", "thu 6 triệu", "kênh T4" and "mỗi chủ nhật"."""
    plain = folded.plain
    before = plain[max(0, match.start() - 12) : match.start()]
    if re.search(
        r"\b(?:cu|cu den|moi|cac|hang|vu|lan|nam|dot|nguoi|khoa|tuan|lop|bai|ho|phong trao) $",
        before,
    ):
        return False
    surely = bool(match["lead"] or match["tail"]) or before.endswith(" tu ")
    dated = bool(
        re.match(r"[ ,(]{0,2}(?:ngay )?\d{1,2}[/.]\d", plain[match.end() : match.end() + 12])
    )
    if match["sun"]:
        return surely or dated or plain[match.start("sun") : match.end()].startswith("ch")
    if match["t"]:
        return surely or dated
    typed = folded.form[match.start("thu") : match.end("thu")]
    return surely or dated or typed == "thứ"


def _bare_days(folded: Folded, today: date) -> Iterator[DateFound]:
    for match in _BARE_DAY.finditer(folded.plain):
        if not _UNIT_AFTER.match(folded.plain, match.end()):
            yield from _found(folded, match, _latest_monthday(int(match["d"]), today))


# Each with the letters without which it finds nothing; most messages hold few of them.
_FINDERS: tuple[tuple[_Finder, tuple[str, ...]], ...] = (
    (_spans, ("/",)),
    (_moon, ("ram", "mung", "mong", "tet")),
    (_spelled, ("thang",)),
    (_slashed, ("/",)),
    (_dotted, tuple("0123456789")),
    (
        _relative,
        ("nay", "ni", "hn ", "hoi ", "ban ", "tu ", "qua", "wa", "kia", "mai", "truoc", "cach"),
    ),
    (_weekdays, ("thu", "t2", "t3", "t4", "t5", "t6", "t7", "chu", "chua", "cn")),
    (_bare_days, ("ngay ", "hom ", "bua ")),
)
