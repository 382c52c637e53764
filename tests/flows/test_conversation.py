"""The pure turn: next question, back, skip, later, stop, help, doubt, confirm, edit, old buttons, late photos."""

from __future__ import annotations

from bot.conversation import CONFIRM
from bot.events import Tap
from bot.flows.form import Gleaned, Park, Submit
from bot.flows.questions import choice, photos, text, whole, yes_no
from tests.flows.paper import Paper, flow_of

HOUSEHOLDS = whole("ho", "Bao nhiêu hộ ạ?", label="Số hộ", unit="hộ", example="142")
SORTED = yes_no("xong", "Đã phân loại chưa ạ?", label="Phân loại")
REMARK = text("them", "Nói thêm gì không ạ?", label="Nói thêm", optional=True)


def test_the_next_question_is_the_first_empty_one():
    paper = Paper(flow_of(HOUSEHOLDS, SORTED))
    assert "Bao nhiêu hộ" in paper.replies[0].words
    assert "phân loại" in paper.says("142")
    assert paper.answers == {"ho": 142}


def test_a_finished_form_is_shown_before_it_is_sent():
    paper = Paper(flow_of(HOUSEHOLDS, SORTED))
    paper.says("142")
    page = paper.says("có")
    assert "1. Số hộ: 142 hộ" in page
    assert "2. Phân loại: Có" in page
    assert paper.labels == ["Gửi", "Sửa"]
    paper.says("gửi")
    assert isinstance(paper.acts[0], Submit)


def test_nothing_is_sent_without_a_yes():
    paper = Paper(flow_of(HOUSEHOLDS))
    paper.says("142")
    assert "Em chưa hiểu" in paper.says("hôm nay trời đẹp")
    assert paper.acts == ()


def test_back_drops_the_last_answer():
    paper = Paper(flow_of(HOUSEHOLDS, SORTED))
    paper.says("142")
    assert "Bao nhiêu hộ" in paper.says("quay lai")
    assert paper.answers == {}


def test_back_at_the_first_question_says_so():
    paper = Paper(flow_of(HOUSEHOLDS, SORTED))
    assert "câu đầu tiên" in paper.says("Quay lại")


def test_an_optional_question_may_be_skipped_and_is_shown_so():
    paper = Paper(flow_of(HOUSEHOLDS, REMARK))
    paper.says("142")
    assert "2. Nói thêm: (bỏ qua)" in paper.says("bỏ qua")
    assert paper.answers["them"] is None


def test_a_needed_question_cannot_be_skipped_but_can_wait():
    paper = Paper(flow_of(HOUSEHOLDS))
    assert "ĐỂ SAU" in paper.says("bỏ qua")
    paper.says("để sau")
    assert isinstance(paper.acts[0], Park)
    assert paper.session is None


def test_stopping_files_nothing():
    paper = Paper(flow_of(HOUSEHOLDS))
    assert "chưa gửi gì" in paper.says("thôi")
    assert paper.session is None
    assert paper.acts == ()


def test_help_explains_this_very_question_and_asks_it_again():
    paper = Paper(flow_of(HOUSEHOLDS))
    answer = paper.says("giúp")
    assert "142" in answer
    assert "GẶP CÁN BỘ" in answer
    assert "Bao nhiêu hộ" in answer


def test_an_old_button_is_answered_politely_and_changes_nothing():
    paper = Paper(flow_of(HOUSEHOLDS, SORTED))
    paper.says("142")
    old = paper.replies[0].buttons[0].token
    paper.taps("Có")
    assert "câu trước" in paper.hears(Tap(old))
    assert paper.answers == {"ho": 142, "xong": True}


def test_a_value_that_is_hard_to_believe_is_asked_once_more():
    doubtful = whole(
        "ho", "Bao nhiêu hộ ạ?", label="Số hộ", example="142",
        doubt=lambda form, value: "Nhiều quá, đúng không ạ?" if value > 1000 else "",
    )  # fmt: skip
    paper = Paper(flow_of(doubtful, SORTED))
    assert "Nhiều quá" in paper.says("5000")
    assert paper.answers == {}
    paper.taps("Đúng rồi")
    assert paper.answers == {"ho": 5000}


def test_a_doubted_value_can_simply_be_typed_again():
    doubtful = whole(
        "ho", "Bao nhiêu hộ ạ?", label="Số hộ", example="142",
        doubt=lambda form, value: "Nhiều quá, đúng không ạ?" if value > 1000 else "",
    )  # fmt: skip
    paper = Paper(flow_of(doubtful, SORTED))
    paper.says("5000")
    paper.says("500")
    assert paper.answers == {"ho": 500}


def test_one_entry_of_the_confirm_page_is_changed():
    paper = Paper(flow_of(HOUSEHOLDS, SORTED, REMARK))
    paper.says("142")
    paper.says("có")
    paper.says("bỏ qua")
    assert "đang ghi: Có" in paper.says("sửa mục 2")
    page = paper.says("chưa")
    assert "2. Phân loại: Không" in page
    assert "1. Số hộ: 142 hộ" in page


def test_a_change_that_is_taken_back_keeps_the_old_answer():
    paper = Paper(flow_of(HOUSEHOLDS, SORTED))
    paper.says("142")
    paper.says("có")
    paper.says("sửa mục 1")
    assert "1. Số hộ: 142 hộ" in paper.says("quay lại")


def test_entries_keep_their_numbers_while_one_is_being_changed():
    """ "sửa mục 1" twice is the first entry twice, and a change that is given up changes nothing."""
    paper = Paper(flow_of(HOUSEHOLDS, REMARK))
    paper.says("142")
    paper.says("bỏ qua")
    assert "Bao nhiêu hộ" in paper.says("sửa mục 1")
    assert "Bao nhiêu hộ" in paper.says("sửa mục 1")
    assert "Nói thêm gì" in paper.says("sửa mục 2")
    assert "1. Số hộ: 142 hộ" in paper.says("đủ cả rồi")


def test_somebody_who_does_not_know_is_told_how_to_wait():
    paper = Paper(flow_of(HOUSEHOLDS))
    told = paper.says("toi chua nam duoc, kho qua")
    assert "ĐỂ SAU" in told
    assert "Bao nhiêu hộ" in told
    assert "Em chưa đọc được số" in paper.says("hôm nay trời đẹp")


def test_the_edit_button_offers_every_entry():
    paper = Paper(flow_of(HOUSEHOLDS, SORTED))
    paper.says("142")
    paper.says("có")
    paper.taps("Sửa")
    assert paper.labels == ["1. Số hộ", "2. Phân loại"]
    paper.taps("1. Số hộ")
    paper.says("150")
    assert paper.answers["ho"] == 150


def test_an_entry_that_does_not_exist_is_refused_with_the_count():
    paper = Paper(flow_of(HOUSEHOLDS))
    paper.says("142")
    assert "có 1 mục" in paper.says("sửa mục 9")


def test_an_album_is_collected_until_done():
    paper = Paper(flow_of(photos("anh", "Gửi ảnh ạ."), HOUSEHOLDS))
    paper.sends_photo(11)
    assert "2 ảnh" in paper.sends_photo(12)
    assert paper.replies[0].after_s > 0
    assert paper.replies[0].slot
    paper.says("xong")
    assert paper.answers == {"anh": [11, 12]}


def test_the_same_photo_twice_counts_once():
    paper = Paper(flow_of(photos("anh", "Gửi ảnh ạ."), HOUSEHOLDS))
    paper.sends_photo(11)
    assert "1 ảnh" in paper.sends_photo(11)


def test_a_late_photo_still_belongs_to_the_form():
    paper = Paper(flow_of(photos("anh", "Gửi ảnh ạ."), HOUSEHOLDS))
    paper.sends_photo(11)
    paper.says("xong")
    assert "2 ảnh" in paper.sends_photo(12)
    assert paper.answers == {"anh": [11, 12]}
    paper.says("142")
    assert "3 ảnh" in paper.sends_photo(13)
    assert paper.session is not None
    assert paper.session.asked == CONFIRM


def test_free_text_fills_several_answers_and_quotes_what_it_read():
    flow = flow_of(
        HOUSEHOLDS,
        SORTED,
        gleans=lambda form, words: {
            "ho": Gleaned(142, "trăm bốn hai hộ"),
            "xong": Gleaned(True, "Có"),
        },
    )
    paper = Paper(flow, said="trăm bốn hai hộ, có cả")
    page = paper.replies[0].words
    assert "Số hộ: 142 hộ (“trăm bốn hai hộ”)" in page
    assert "Phân loại: Có\n" in page, "a quote that says the same is left out"
    assert "1. Số hộ: 142 hộ" in page
    assert paper.acts == ()


def test_a_question_that_no_longer_applies_is_not_asked():
    only = text("ly_do", "Vì sao ạ?", label="Lý do", only_if=lambda form: form.get("xong") is False)
    paper = Paper(flow_of(SORTED, only))
    page = paper.says("có")
    assert "Lý do" not in page
    paper = Paper(flow_of(SORTED, only))
    assert "Vì sao" in paper.says("chưa")


def test_a_form_that_needs_no_confirming_is_filed_at_once():
    paper = Paper(
        flow_of(choice("viec", "Việc gì ạ?", {"a": "Việc A"}, label="Việc"), confirms=False)
    )
    paper.says("1")
    assert isinstance(paper.acts[0], Submit)
