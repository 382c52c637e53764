"""Why a figure is no result: a price, a rate, a plan, a whole, a part, what is missing.

The rules are those of the corpus (tests/corpus/README.md, "Not values"). Each rule
looks at one figure among all and answers with a reason for people, or None.
"""

from bisect import bisect_left
from collections.abc import Callable

from bot.reading.dates import DateFound
from bot.reading.marks import Marks
from bot.reading.measures import Result, is_approx_word

_WHOLES = frozenset({"participants", "households", "models", "area_ha", "points", "trees"})
_PER_GATHERING = frozenset(
    "buoi dot lan toi ngay tuan thang nam sang chieu quy vu dem phien lop cuoc hom khi lua mua".split()
)
_MOST_PER_HEAD = 20
_EVERY_SO_OFTEN = frozenset("thang tuan ngay nam quy".split())
_CAPACITY = frozenset({"cong", "dung", "the", "loai"})
_VESSELS = frozenset(
    {"ham", "be", "thung", "bon", "xo", "binh", "biogas", "bioga", "tec", "can", "chum", "lo"}
)

NO_NOUN = "không rõ đếm gì"
"""The refusal of a figure with no noun: the conversation asks about it."""

Rule = Callable[[Marks, list[Result], int], str | None]


def refusal_of(
    marks: Marks, results: list[Result], position: int, future: list[DateFound]
) -> str | None:
    """The reason why the figure at `position` is no result, None when it is one.

    `future` holds the days to come that the message names; `results` before
    `position` have been judged already.
    """
    for rule in _RULES:
        said = rule(marks, results, position)
        if said is not None:
            return said
    return _planned(marks, results, position, future)


def _not_a_count(marks: Marks, results: list[Result], position: int) -> str | None:
    result = results[position]
    if result.measure in (None, "other") and _is_photo(marks, result.quantity.first):
        return "số ảnh"
    if result.guessed and marks.plain(result.quantity.first - 1) == "nau":
        return "không phải kết quả"  # "nấu 1 nồi cháo ăn mừng"
    if result.measure == "participants" and _is_mishap(marks, result.quantity.last + 1):
        return "không phải kết quả"
    classes = result.measure == "sessions" and marks.plain(result.quantity.last) == "lop"
    after = result.quantity.last + 1
    counted_next = after < len(marks.items) and marks.items[after].sort == "number"
    if classes and (counted_next or marks.plain(after) in ("tham", "cung", "huong")):
        return "số đơn vị"
    if result.measure == "other" and (
        not result.value or marks.form(result.quantity.first - 1) in ("ở", "tại")
    ):
        return "không phải kết quả"  # "0 sự cố"; "lắp ở 3 ngã ba"
    if marks.plain(result.quantity.last) == "diem" and marks.form(result.quantity.first - 1) in (
        "tại",
        "tai",
    ):
        return "nơi chốn"  # "trồng tại 3 điểm"
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
    return names.get(said, "không phải kết quả") if said else NO_NOUN


def _is_mishap(marks: Marks, after: int) -> bool:
    """ "1 bạn bị mảnh chai cứa": who came to harm is no one who took part."""
    return marks.form(after) in ("bị", "bi") or marks.plain(after) in ("vang", "om")


def _is_photo(marks: Marks, here: int) -> bool:
    for at in range(max(0, here - 3), here):
        form = marks.form(at)
        if form in ("ảnh", "hình"):
            return True
        if form == "anh" and (
            marks.plain(at + 1) == "kem" or marks.plain(at - 1) in ("gui", "kem")
        ):
            return True
    return False


def _priced(marks: Marks, results: list[Result], position: int) -> str | None:
    quantity = results[position].quantity
    after = quantity.last + 1
    following = marks.plain(after)
    if quantity.dimension == "money" and marks.plain(quantity.first - 1) in ("x", "*"):
        return "đơn giá"
    if following == "/" and after + 1 < len(marks.items) and marks.items[after + 1].sort == "word":
        per = marks.plain(after + 1)
        if per in ("tong", "tren", "so"):
            return None
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
    for hit in marks.cues_beside("rate", quantity.first):
        if hit.first >= quantity.first or not marks.same_clause(hit.first, quantity.first):
            continue
        word = marks.plain(hit.last + 1)
        if hit.entry.plain == ("moi",):
            if marks.form(hit.first) == "mới" or (
                word in _PER_GATHERING and not _stated_before(results, position)
            ):
                continue
            if marks.form(hit.first) == "moi" and (
                hit.last + 1 not in marks.nouns or word == "truong"
            ):
                continue  # "mới" more likely than "mỗi"
        everyone = marks.form(hit.first) == "moi" and marks.plain(hit.first + 1) == "nguoi"
        if everyone and quantity.number.value > _MOST_PER_HEAD:
            continue  # "moi nguoi trong 210 cay": mọi người
        if hit.entry.plain == ("moi",) and (word == "co" or marks.plain(hit.first - 1) == "co"):
            continue  # "mới có 40%", "có mỗi 9 đứa"
        if (
            hit.entry.plain == ("cu",)
            and marks.plain(hit.last + 1) not in _CU_FOLLOWERS
            and not word.isdigit()
        ):
            continue
        after_word = hit.first > 0 and marks.items[hit.first - 1].sort == "word"
        if hit.entry.plain == ("cu",) and marks.form(hit.first) == "cu" and after_word:
            continue  # "xà cừ", "báo cũ"
        if hit.entry.plain == ("cu",) or quantity.first - hit.last <= 5:
            return "định mức"
    return _exchange(marks, results, position)


def _stated_before(results: list[Result], position: int) -> bool:
    """Whether the total was given already, so that "mỗi lớp 50 người" only divides it."""
    measure = results[position].measure
    return any(other.measure == measure and other.refusal is None for other in results[:position])


_CU_FOLLOWERS = frozenset({"mot", "hai", "ba", "nua", "moi", "nop", "mang", "den", "thang", "nam"})


def _exchange(marks: Marks, results: list[Result], position: int) -> str | None:
    """ "1kg vỏ đổi 5kg gạo": a rate of exchange, on both sides."""
    for left in (position, position - 1):
        if left < 0 or left + 1 >= len(results):
            continue
        giving, taking = results[left].quantity, results[left + 1].quantity
        if giving.number.value != 1 or taking.first - giving.last > 6:
            continue
        if any(marks.plain(at) in ("doi", "=") for at in range(giving.last + 1, taking.first)):
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
                and marks.plain(at - 1) != "mo"  # "mở rộng 250m ngõ"
                and not (hit.entry.plain == ("sau",) and marks.form(at) != "sâu")
            ):
                return "kích thước"
    before = quantity.first - 1
    if quantity.dimension == "area" and marks.plain(before) == "tuong":
        return "kích thước"  # "1 bức tường 30m2"
    capacity = any(
        (hit := marks.cue_ending_at(at, "size_before")) is not None
        and hit.entry.plain[0] in _CAPACITY
        for at in (before, before - 1)
    )
    while before > 0 and marks.plain(before) in ("chung", "nuoc", "cong", "cu", "moi"):
        before -= 1
    if quantity.dimension == "volume" and (capacity or marks.plain(before) in _VESSELS):
        return "dung tích"
    litres = quantity.noun is not None and quantity.noun.entry.plain[0] == "lit"
    if quantity.dimension not in ("volume", "mass") and not litres:
        return None
    return (
        "dung tích"
        if position and _is_vessel_before(marks, results[position - 1], quantity.first)
        else None
    )


_VESSEL_WORDS = frozenset("loai co rac nhua dung tich chua nuoc inox".split())


def _is_vessel_before(marks: Marks, vessel: Result, here: int) -> bool:
    """ "35 thùng rác 120 lít": the litres are the size of the bin."""
    if vessel.measure not in ("points", "other") or vessel.quantity.measure is None:
        return False
    gap = [marks.plain(at) for at in range(vessel.quantity.last + 1, here)]
    return len(gap) <= 3 and all(word in _VESSEL_WORDS for word in gap)


_NOT_DONE = frozenset("ky nop dong lam xay lap dang noi duoc".split())


def _missing(marks: Marks, results: list[Result], position: int) -> str | None:
    """ "còn 24 hộ chưa nộp", "thiếu 3 thùng": what is still to come."""
    quantity = results[position].quantity
    before = quantity.first - 1
    while is_approx_word(marks, before):
        before -= 1
    hit = marks.cue_ending_at(before, "missing")
    if hit is not None and hit.entry.plain != ("chua",):
        return "còn thiếu"
    if marks.form(before - 1) in ("chưa", "chua") and marks.plain(before) in _NOT_DONE:
        return "còn thiếu"  # "chưa ký 11 nhà"
    after = marks.form(quantity.last + 1)
    if after in ("chưa", "chua") and results[position].measure != "violations_count":
        return "còn thiếu"
    left = marks.plain(before) == "con" or (
        marks.plain(before) == "lai" and marks.plain(before - 1) == "con"
    )
    if left and marks.form(before) in ("còn", "lại", "con", "lai"):
        rest = range(quantity.last + 1, min(quantity.last + 8, len(marks.items)))
        lacking = any(
            marks.plain(at) in ("chua", "thieu", "no", "ton", "nua", "khat", "xin")
            and marks.same_clause(at, quantity.last)
            for at in rest
        )
        if lacking or marks.plain(before) == "lai":
            return "còn thiếu"
    return None


def _whole(marks: Marks, results: list[Result], position: int) -> str | None:
    """ "8.982 hộ trong 20.864 hộ": the second figure is the whole."""
    result = results[position]
    if _followed_by_part(marks, results, position) or _share_is_stated(marks, results, position):
        return "tổng số để so"
    if result.measure not in _WHOLES:
        return None
    before, said_total = _before_total_words(marks, result.quantity.first)
    word = marks.form(before)
    if word == "/":
        return "tổng số để so" if said_total else None
    if word not in ("trong", "trên", "tren"):
        return None
    compared = [
        other.quantity.last
        for other in results[:position]
        if other.refusal is None
        and marks.same_sentence(other.quantity.first, before)
        and other.measure in (result.measure, "percent")
    ]
    if word == "trong":
        # Without accents it is "trồng" as often: only people are counted among a whole then.
        sure = (
            said_total
            or marks.items[before].accented
            or result.measure in ("participants", "households")
        )
        whole = said_total or compared or _anything_later(marks, results, position)
        return "tổng số để so" if sure and whole and result.measure != "trees" else None
    over = said_total or compared[-1:] == [before - 1]
    return "tổng số để so" if over else None


def _share_is_stated(marks: Marks, results: list[Result], position: int) -> bool:
    """ "2.318 hộ, đã có 2.104 hộ phân loại, đạt 90,8%": the share names its whole."""
    whole = results[position]
    if whole.measure == "percent":
        return False
    here = whole.quantity.first
    later = [
        one for one in results[position + 1 :] if marks.same_sentence(one.quantity.first, here)
    ]
    shares = [one.value for one in later if one.measure == "percent"]
    return any(
        abs(100 * part.value - share * whole.value) * 10 < whole.value
        for part in later
        if part.measure == whole.measure and 0 < part.value < whole.value
        for share in shares
    )


def _followed_by_part(marks: Marks, results: list[Result], position: int) -> bool:
    """ "1.128 hộ thì 1.050 hộ đã đăng ký"."""
    if position + 1 >= len(results):
        return False
    between = range(results[position].quantity.last + 1, results[position + 1].quantity.first)
    if len(between) > 4 or not any(marks.plain(at) == "thi" for at in between):
        return False
    result, part = results[position], results[position + 1]
    return part.measure == result.measure and part.value <= result.value


def _before_total_words(marks: Marks, here: int) -> tuple[int, bool]:
    """The token before "khoảng", "tổng số" and the like, and whether a total was said."""
    before = here - 1
    while is_approx_word(marks, before) and marks.plain(before) != "tren":
        if marks.plain(before) == "do" and marks.plain(before - 1) == "trong":
            return -1, False  # "trong đó"
        before -= 1
    end = before
    while marks.plain(before) in ("so", "tong", "cong", "toan", "ca") and end - before < 3:
        before -= 1
    return max(before, 0), before < end


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
        for hit in marks.cues_beside("share", here)
        if hit.last < here and marks.form(hit.first) != "gom"
    ]
    before = bisect_left(marks.brackets, here) - 1
    opened = marks.brackets[before] if before >= 0 else -1
    is_open = opened >= 0 and marks.same_sentence(opened, here)
    starts = [hit.first for hit in cues[-3:]] + (
        [opened] if is_open and not marks.closes_between(opened, here) else []
    )
    if _is_apart_of_all(marks, results, position):
        return "một phần của tổng đã nêu"
    for start in starts:
        whole = next(
            (
                other for other in reversed(results[:position])
                if other.quantity.first < start and other.measure == result.measure and other.refusal is None
                and marks.same_sentence(other.quantity.first, here) and other.value >= result.value
            ),
            None,
        )  # fmt: skip
        if whole is not None and not _names_the_movement(marks, start, result.quantity.last + 5):
            return "một phần của tổng đã nêu"
    return None


def _is_apart_of_all(marks: Marks, results: list[Result], position: int) -> bool:
    """ "Toàn xã 420 người. Riêng thôn Hạ 96 người": one unit's share of what all did."""
    result = results[position]
    here = result.quantity.first
    apart = [at for at in range(max(0, here - 5), here) if marks.plain(at) == "rieng"]
    return any(
        other.measure == result.measure
        and other.refusal is None
        and other.value > result.value
        and any(
            marks.plain(at) in ("toan", "tong", "ca")
            for at in range(max(0, other.quantity.first - 4), other.quantity.first)
        )
        for other in results[:position]
        if apart
    )


def _names_the_movement(marks: Marks, start: int, end: int) -> bool:
    """A share that is named after the movement is the figure the post is about."""
    if any(marks.plain(at) == "huu" and marks.plain(at + 1) == "co" for at in range(start, end)):
        return True
    return any(
        start < hit.first < end and marks.same_clause(hit.first, end - 5)
        for hit in marks.hits_of("movement")
    )


def _often(marks: Marks, results: list[Result], position: int) -> str | None:
    """ "tuần 2 lần": how often, not how many."""
    result = results[position]
    before = result.quantity.first - 1
    within = marks.plain(before - 1) in ("trong", "ca", "qua", "suot")
    often = result.measure == "sessions" and marks.plain(before) in _EVERY_SO_OFTEN and not within
    return "tần suất" if often else None


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


def _compared(marks: Marks, results: list[Result], position: int) -> str | None:
    """ "vượt kế hoạch 3,4%", "tăng 12% so với cùng kỳ": how much more, not how much."""
    result = results[position]
    here, after = result.quantity.first, result.quantity.last + 1
    if result.measure != "percent":
        return None
    before = [
        marks.plain(at) for at in range(max(0, here - 4), here) if marks.same_clause(at, here)
    ]
    compared = marks.plain(after) in ("so", "cung") or marks.plain(after + 1) == "cung"
    grown = before[-1:] in (["tang"], ["giam"]) and compared
    return "so với kế hoạch hoặc kỳ trước" if "vuot" in before or grown else None


def _fraction_of(marks: Marks, results: list[Result], position: int) -> str | None:
    quantity = results[position].quantity
    if (
        quantity.denominator is not None
        and quantity.denominator <= 10
        and quantity.number.value < quantity.denominator
    ) and (quantity.noun is None or marks.plain(quantity.last) in ("so",)):
        return "phân số"
    return None


_RULES: tuple[Rule, ...] = (
    _not_a_count, _priced, _rated, _sized, _missing, _whole, _shared, _often, _raised_from, _compared, _fraction_of,
)  # fmt: skip


def _planned(
    marks: Marks, results: list[Result], position: int, future: list[DateFound]
) -> str | None:
    """Targets and plans: the last word before the figure decides whether it is done or wished."""
    here = results[position].quantity.first
    starts = [
        hit.last
        for hit in marks.cues_beside("plan_noun", here)
        if hit.last < here
        and marks.same_clause(hit.first, here)
        and marks.cue_ending_at(hit.last, "carrying_out") is None
    ]
    for hit in marks.cues_beside("plan", here):
        near_enough = hit.entry.plain != ("vuot",) or here - hit.last <= 2
        until_now = marks.plain(hit.last + 1) in ("gio", "nay", "day")  # "từ đầu năm tới giờ"
        if hit.last < here and near_enough and not until_now:
            starts.append(hit.last)
    starts += [
        at for found in future for at in marks.starts_in(found.at, found.until)
        if at < here and marks.same_sentence(at, here)
    ]  # fmt: skip
    if starts:
        last = max(starts)
        ended = any(
            last < hit.first < here for hit in marks.cue_hits("plan_ends")
        ) or marks.closes_between(last + 1, here)
        return None if ended else "kế hoạch, chỉ tiêu"
    if position and results[position - 1].refusal == "kế hoạch, chỉ tiêu":
        gap = [marks.plain(at) for at in range(results[position - 1].quantity.last + 1, here)]
        return "kế hoạch, chỉ tiêu" if gap in ([","], ["va"], [",", "va"]) else None
    return None
