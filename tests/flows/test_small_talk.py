"""What people say around the forms, as they type it; and what must never be taken for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.flows.form import Act, Look, Open
from bot.flows.small_talk import around, asks_aside

CORPUS = Path(__file__).parents[1] / "corpus" / "messages-dev.jsonl"


def leads(words: str, *, official: bool = False) -> Act | None:
    return around(words, reporter=True, official=official)


@pytest.mark.parametrize(
    ("words", "act"),
    [
        ("xã ơi bao giờ nộp báo cáo", Look("owed")),
        ("cho hoi han nop la ngay nao", Look("owed")),
        ("thon toi con thieu bao cao nao khong", Look("owed")),
        ("toi muon bao cao", Open("report")),
        ("Em xin nộp báo cáo 6 tháng đầu năm ạ", Open("report")),
        ("tôi muốn phản ánh việc xả rác", Open("violation")),
        ("toi muon bao o nhiem", Open("violation")),
        ("muốn kiến nghị với xã", Open("difficulty")),
        ("cho toi gap can bo", Look("human")),
        ("số điện thoại của xã là gì", Look("human")),
        ("khó quá", Look("help", {"lost": "1"})),
        ("tôi không biết làm thế nào", Look("help", {"lost": "1"})),
        ("mày là ai đấy", Look("help", {"greeting": "1"})),
        ("bot ngu quá", Look("help", {"angry": "1"})),
        ("quay lại", Look("help", {"nothing_open": "1"})),
        ("ok em", Look("help", {"agrees": "1"})),
        ("dạ vâng", Look("help", {"agrees": "1"})),
    ],
)
def test_short_wishes_and_questions_lead_where_they_mean(words: str, act: Act) -> None:
    assert leads(words) == act


@pytest.mark.parametrize(
    "words",
    [
        "đây em gửi ảnh bãi rác sau đình",
        "chị em thôn 3 ra quân dọn đường",
        "không biết ai đổ rác ra kênh",
        "bao cao so ho phan loai 142/150",
        "báo cáo có người đốt rơm ngoài đồng",
        "trưa nay không ngủ được vì khói",
        "nhà máy xả nước thải ra sông",
        "dân chưa có thùng rác",
        "30",
    ],
)
def test_what_tells_something_is_left_to_the_reader(words: str) -> None:
    assert leads(words) is None


def test_no_report_or_complaint_of_the_corpus_is_taken_for_talk() -> None:
    """Campaigns, figures, complaints, difficulties and corrections as people really typed them."""
    tells = {"campaign", "indicator", "violation", "difficulty", "correction"}
    lines = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    told = [one for one in lines if one["kind"] in tells]
    assert len(told) > 80
    assert [one["text"] for one in told if leads(one["text"], official=True)] == []


def test_only_officials_ask_who_has_not_reported() -> None:
    assert leads("mấy thôn chưa nộp rồi", official=True) == Look("missing")
    assert leads("mấy thôn chưa nộp rồi") is None


def test_a_citizen_asks_after_a_case_and_a_reporter_after_the_plan() -> None:
    """The same words: a citizen has nothing but cases, "việc" of a reporter is the plan's."""
    asked = "việc của tôi đến đâu rồi"
    assert around(asked, reporter=False, official=False) == Look("cases")
    assert leads(asked) is None
    assert leads("phản ánh hôm trước xử lý chưa") == Look("cases")
    assert leads("có phản ánh nào mới không", official=True) == Look("cases_todo")


def test_inside_a_form_only_questions_are_answered_aside() -> None:
    """An answer that happens to be "ok" or "khó quá" stays the form's."""
    assert asks_aside("bao giờ hết hạn", reporter=True, official=False) == Look("owed")
    assert asks_aside("cho tôi gặp cán bộ", reporter=False, official=False) == Look("human")
    for answer in ("ok", "khó quá", "quay lại", "tôi muốn báo cáo"):
        assert asks_aside(answer, reporter=True, official=False) is None
