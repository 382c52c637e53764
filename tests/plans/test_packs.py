"""The five shipped packs hold what their plans state. Facts were distilled by hand from the plans' texts."""

import re
from hashlib import blake2b
from pathlib import Path

import pytest

from plans.checks import sources_of
from plans.loader import packs, shipped_catalogue, shipped_pack
from plans.measures import figure_of
from plans.pack import Comparator, Measure, Pack, QuestionKind

LENGTHS = {"ha-dong": 432, "tan-ky": 255, "cam-giang": 134, "an-hung": 128, "bim-son": 218}
"""How many lines each plan's text has."""

SIGNATURES = {
    "ha-dong": range(426, 433),
    "tan-ky": range(248, 256),
    "cam-giang": range(119, 125),
    "an-hung": range(122, 129),
    "bim-son": range(215, 219),
}
"""Where the signing block of each plan stands."""

ALL = pytest.mark.parametrize("key", sorted(LENGTHS))


def cited(pack: Pack) -> set[int]:
    return {line for _, source in sources_of(pack) for line in source.lines}


def texts(pack: Pack) -> list[str]:
    """Everything a pack says in words of its own choice: no names, no questions."""
    found = [pack.document.title, *(parent.about or "" for parent in pack.document.parents)]
    found += [unit.role or "" for unit in pack.units]
    found += [each.about or "" for each in (*pack.campaigns, *pack.duties)]
    found += [text for task in pack.tasks for text in (task.summary, task.output or "")]
    return [*found, *(note.text for note in pack.notes)]


def all_texts(pack: Pack) -> str:
    return pack.model_dump_json()


def test_five_packs_are_shipped():
    assert packs() == ("an-hung", "bim-son", "cam-giang", "ha-dong", "tan-ky")


# --- all packs ---------------------------------------------------------------------------------


@ALL
def test_every_entry_cites_lines_that_the_plan_has(key: str):
    pack = shipped_pack(key)
    assert pack.document.line_count == LENGTHS[key]
    assert cited(pack) <= set(range(1, LENGTHS[key] + 1))


@ALL
def test_nothing_is_taken_from_the_signing_block(key: str):
    assert not cited(shipped_pack(key)) & set(SIGNATURES[key])


SURNAMES = "Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Trịnh|Đào|Đinh"
PERSON = re.compile(rf"\b(?:{SURNAMES})(?: [A-ZĐÀ-Ỹ][a-zà-ỹđ]+){{2,3}}\b")


@ALL
def test_no_person_is_named(key: str):
    assert PERSON.search("Vũ Thị Hoa") is not None
    said = all_texts(shipped_pack(key)).replace("TNCS Hồ Chí Minh", "")  # the Youth Union's name
    assert PERSON.findall(said) == []


SHINGLES = frozenset((Path(__file__).parent / "seed_shingles.txt").read_text().split())
"""Hashes of eight-word runs of the plans, at least one out of any nine neighbours (winnowing):
whoever copies sixteen words in a row meets one of them."""


def shingles(text: str) -> set[str]:
    words = re.findall(r"[^\W_]+", text.lower())
    runs = (" ".join(words[at : at + 8]) for at in range(len(words) - 7))
    return {blake2b(run.encode(), digest_size=5).hexdigest() for run in runs}


def test_the_shingles_know_a_sentence_of_a_plan():
    title = "về chuyển đổi xanh thành phố Hải Phòng giai đoạn 2026-2030, tầm nhìn đến năm 2050 trên địa bàn"
    assert shingles(title) & SHINGLES


@ALL
def test_no_sentence_is_copied_from_a_plan(key: str):
    copied = [text for text in texts(shipped_pack(key)) if shingles(text) & SHINGLES]
    assert copied == []


@ALL
def test_summaries_are_short(key: str):
    assert all(len(task.summary.split()) <= 25 for task in shipped_pack(key).tasks)


@ALL
def test_every_question_is_plain_and_has_an_answerable_example(key: str):
    for each in shipped_pack(key).targets:
        for ask in each.asks:
            assert re.search(r"[?.]$", ask.words), ask.words
            assert not re.search(r"\b(chỉ tiêu|tử số|mẫu số|indicator)\b", ask.words), ask.words
            if ask.kind is QuestionKind.WHOLE:
                assert re.fullmatch(r"\d+(\.\d{3})*", ask.example)
            if ask.kind is QuestionKind.DECIMAL:
                assert re.fullmatch(r"\d+(,\d+)?", ask.example)
            if ask.kind is QuestionKind.YES_NO:
                assert ask.example in ("có", "rồi", "chưa")


@ALL
def test_the_examples_come_to_a_figure_of_the_targets_measure(key: str):
    for each in shipped_pack(key).targets:
        answers = {
            ask.key: ask.example in ("có", "rồi")
            if ask.kind is QuestionKind.YES_NO
            else ask.example.replace(".", "").replace(",", ".")
            for ask in each.asks
            if ask.part != "remark"
        }
        figure = figure_of(each, answers)
        indicator = shipped_catalogue().get(each.indicator)
        assert figure is not None
        assert indicator is not None
        shares = indicator.measure in (Measure.RATIO, Measure.YES_NO)
        assert (figure.denominator is not None) is shares
        if shares:
            assert figure.denominator is not None
            assert figure.numerator <= figure.denominator


@ALL
def test_who_reports_is_only_the_plans_word_where_the_plan_says_so(key: str):
    stated = {each.key for each in shipped_pack(key).targets if each.reported_by.stated}
    assert stated == {
        "ha-dong": {"ke-hoach-chi-tiet", "truong-hoc-xanh"},
        "bim-son": {"ke-hoach-cua-don-vi"},
    }.get(key, set())


@ALL
def test_no_period_is_invented(key: str):
    asked = {each.reported_in.duty for each in shipped_pack(key).targets}
    dated = {"ha-dong": {"bao-cao-dinh-ky", "doanh-nghiep-bao-cao"}, "bim-son": {"bao-cao-nam"}}
    assert asked == dated.get(key, {None})


@ALL
def test_straw_burning_counts_confirmed_cases_too(key: str):
    zero = [each for each in shipped_pack(key).targets if each.indicator == "dot-rom-ra"]
    assert [(each.comparator, each.value, each.cases_of) for each in zero] == (
        [(Comparator.EQUAL, 0, ("dot-rom-ra",))]
        if key in ("ha-dong", "tan-ky", "cam-giang")
        else []
    )


# --- every number of the plans -----------------------------------------------------------------

NUMBERS: dict[str, set[tuple[tuple[int, ...], str, float, str, int | None]]] = {
    "ha-dong": {
        ((51, 165), ">=", 100, "%", 2030),
        ((51, 165, 257, 345), ">=", 100, "%", 2030),
        ((51, 167), ">=", 100, "%", 2030),
        ((53, 127), ">=", 20, "%", 2030),
        ((55,), ">=", 100, "%", 2030),
        ((57,), ">=", 100, "%", 2030),
        ((131,), "=", 0, "vụ", None),
    },
    "tan-ky": {
        ((49,), ">=", 100, "%", 2030),
        ((51, 89), "keep", 112, "ha", 2030),
        ((53, 95), ">=", 4, "sản phẩm", 2030),
        ((55,), ">=", 20, "%", 2030),
        ((57,), ">=", 75, "%", 2030),
        ((59, 97), ">=", 20, "ha", 2030),
        ((61, 91), "=", 0, "vụ", 2030),
        ((63, 103), ">=", 100, "%", 2030),
        ((65, 105), ">=", 100, "%", 2030),
        ((67, 101), ">=", 100, "%", 2030),
        ((69, 119), ">=", 100, "%", 2030),
        ((71,), ">=", 100, "%", 2030),
        ((73,), ">=", 100, "%", 2030),
        ((75,), ">=", 100, "%", 2030),
        ((77, 113), ">=", 20, "%", 2030),
        ((79, 115), ">=", 8.5, "%", 2030),
        ((81, 135), ">=", 100, "%", 2030),
        ((83,), ">=", 85, "%", 2030),
    },
    "cam-giang": {
        ((29,), ">=", 100, "%", 2030),
        ((31, 33), ">=", 100, "%", 2030),
        ((35,), ">=", 20, "%", 2030),
        ((37,), ">=", 100, "%", 2030),
        ((61, 134), ">=", 100, "%", 2030),
        ((131,), ">=", 100, "%", 2030),
        ((85, 131), ">=", 100, "%", 2030),
        ((77, 132), "=", 0, "vụ", 2030),
        ((132,), ">=", 100, "%", 2030),
        ((133,), ">=", 20, "%", 2030),
        ((53,), "=", 0, "cơ sở", None),
        ((99,), ">=", 100, "%", None),
    },
    "an-hung": set(),
    "bim-son": {
        ((33,), ">=", 95, "%", 2023),
        ((34,), ">=", 98, "%", 2023),
        ((35,), ">=", 98, "%", 2023),
        ((36,), ">=", 100, "%", 2023),
        ((37,), ">=", 100, "%", 2023),
        ((38,), ">=", 7.7, "%", 2023),
        ((39,), ">=", 100, "%", 2023),
        ((43,), ">=", 100, "%", 2025),
        ((44,), ">=", 100, "%", 2025),
        ((45,), ">=", 100, "%", 2025),
        ((46, 49), ">=", 100, "%", 2025),
        ((47,), ">=", 100, "%", 2025),
        ((48,), ">=", 100, "%", 2025),
        ((104, 106), ">=", 100, "%", None),
    },
}


@ALL
def test_every_number_of_the_plan_is_a_target(key: str):
    found = {
        (each.source.lines, each.comparator.value, each.value, each.unit, each.year)
        for each in shipped_pack(key).targets
        if each.value is not None
    }
    assert found == NUMBERS[key]


@pytest.mark.parametrize(
    ("key", "numbers", "deliverables"),
    [
        ("ha-dong", 7, 13),
        ("tan-ky", 19, 6),
        ("cam-giang", 12, 4),
        ("an-hung", 0, 12),
        ("bim-son", 14, 10),
    ],
)
def test_how_many_targets_each_plan_has(key: str, numbers: int, deliverables: int):
    done = [each for each in shipped_pack(key).targets if each.comparator is Comparator.DONE]
    assert len(done) == deliverables
    assert len(shipped_pack(key).targets) - len(done) == numbers


def test_what_the_plans_say_with_roughly_stays_rough():
    rough = [
        (key, each.key) for key in packs() for each in shipped_pack(key).targets if each.approximate
    ]
    assert rough == [("tan-ky", "nha-mang-nha-luoi")]


# --- every task --------------------------------------------------------------------------------


def odd(first: int, last: int) -> set[int]:
    return set(range(first, last + 1, 2))


TASK_LINES = {
    "ha-dong": odd(87, 101)
    | odd(105, 121)
    | odd(125, 141)
    | odd(145, 161)
    | odd(165, 181)
    | odd(185, 201)
    | odd(205, 221)
    | odd(227, 245)
    | odd(249, 267)
    | odd(271, 289)
    | odd(293, 311)
    | odd(315, 335)
    | odd(339, 351)
    | odd(355, 369)
    | {387, 391, 393, 395, 397, 399, 406, 408, 409, 410, 411, 413},
    "tan-ky": {39, 41, 43}
    | odd(89, 97)
    | odd(101, 109)
    | odd(113, 119)
    | odd(123, 127)
    | odd(131, 139)
    | odd(143, 147)
    | {153, 155, 157, 161, 163, 165, 169, 171, 175, 177, 179, 185, 189, 191}
    | odd(195, 201)
    | odd(205, 211)
    | odd(215, 221)
    | odd(225, 235),
    "cam-giang": {47, 49, 53, 55, 59, 61, 65, 67, 69, 73, 75, 77, 79, 81, 85, 87, 89, 91}
    | odd(95, 105)
    | {131, 132, 133, 134},
    "an-hung": {29, 31, 33, 35, 37, 39, 43, 45, 49, 53, 55, 57, 59, 61, 63, 65}
    | set(range(67, 74))
    | set(range(77, 81))
    | {84, 85, 89, 90, 91, 95, 96, 100, 102, 106, 108},
    "bim-son": {56, 58, 60, 62, 64, 66, 68, 74, 76, 80, 82, 84, 86, 88, 90, 94, 98, 100, 104, 106}
    | {108, 112, 114, 116, 118, 122, 124, 126, 128, 130, 132, 134, 138, 140, 144, 146, 148, 150}
    | {152, 156, 158, 160, 162, 164, 166, 168, 172, 174, 176, 178, 182, 184, 186, 188, 190, 204},
}
"""The lines of each plan that give somebody something to do (headings and funding aside)."""


@ALL
def test_every_line_that_gives_work_is_a_task(key: str):
    done = {line for task in shipped_pack(key).tasks for line in task.source.lines}
    assert TASK_LINES[key] - done == set()
