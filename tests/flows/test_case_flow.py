"""Deeds on a case on paper: what is asked first, which buttons a state offers, what words mean a deed."""

from __future__ import annotations

import msgspec
import pytest

from bot.flows import case_buttons
from bot.flows.case_act import DEEDS, OUTSIDE, CaseBrief, case_act
from bot.flows.case_verbs import VERBS, Aim, Verb, aim, button, deed_in
from bot.flows.case_words import OFFICIAL_STATE_WORDS, STATE_WORDS, Told, to_citizen
from bot.flows.form import Form, Submit
from plans.handling import CaseState, CaseStep, after
from tests.flows.paper import MOMENT, Paper

CODE = "PA-7F3K"
EVERY = frozenset(verb.key for verb in VERBS)


def brief(deed: str, **more: object) -> CaseBrief:
    return msgspec.structs.replace(CaseBrief(deed=deed, code=CODE, seen="received"), **more)


def filed(paper: Paper) -> bool:
    return any(isinstance(act, Submit) for act in paper.acts)


# --- tokens and words ------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.key)
def test_every_deed_can_be_typed_and_fits_a_token(verb: Verb) -> None:
    """With the longest code and state: 64 bytes is what Telegram takes."""
    for state in CaseState:
        made = button(verb.key, "PA-7F3KQZ", state.value)
        assert len(made.token.encode()) <= 64
        assert made.token.isascii()
    plain = button(verb.key, CODE)
    assert deed_in(plain.says) == plain.token
    assert deed_in(plain.says.upper()) == plain.token


@pytest.mark.parametrize(
    ("typed", "token"),
    [
        ("nhan pa7f3k", f"do.case.take.{CODE}"),
        ("PA-7F3K xử lý xong ạ", f"go.case.done.{CODE}"),
        ("đã xong PA-7F3K nhé", f"do.case.fixed.{CODE}"),
        ("PA-7F3K", None),
        ("nhận", None),
        ("xã đã nhận PA-7F3K chưa em", None),
    ],
)
def test_words_are_a_deed_only_when_they_are_nothing_else(typed: str, token: str | None) -> None:
    """A sentence about a case is not an order."""
    assert deed_in(typed) == token


def test_a_token_is_read_back_whatever_is_missing() -> None:
    """A token that somebody made up aims at nothing, it does not break."""
    assert aim("take.PA-7F3K.received") == Aim("take", CODE, "received")
    assert aim("take.pa-7f3k") == Aim("take", CODE, "")
    assert aim("") == Aim("", "", "")


# --- buttons ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", list(CaseState))
def test_only_possible_steps_are_offered(state: CaseState) -> None:
    """In no state a button that the table would refuse."""
    shown = case_buttons.first(CODE, state, EVERY) + case_buttons.rare(CODE, state, EVERY)
    for one in (*shown, *case_buttons.of_citizen(CODE, state)):
        deed = one.token.split(".")[2]
        if deed in case_buttons.STEP_OF:
            assert after(state, case_buttons.STEP_OF[deed]) is not None


def test_without_rights_nothing_is_offered() -> None:
    """Also not the way to "việc khác"."""
    assert all(case_buttons.first(CODE, state, frozenset()) == () for state in CaseState)


def test_the_citizen_can_always_say_something() -> None:
    """Add while it runs, answer, disagree; a merged case is spoken of through the one it went into."""
    for state in set(CaseState) - {CaseState.MERGED}:
        assert case_buttons.of_citizen(CODE, state), state


# --- questions -------------------------------------------------------------------------------------


def test_every_deed_that_asks_has_its_questions() -> None:
    """And a verb leads to each, but for the appeal against a block, which has no case."""
    assert {verb.key for verb in VERBS if verb.asks} | {"unblock"} == DEEDS
    near = (("PA-AAAA", "rác"),)
    for deed in DEEDS:
        form = Form(brief(deed, near=near), {}, MOMENT)
        assert case_act.asks(form)


def test_a_case_goes_to_a_unit_by_its_name() -> None:
    """Without accents; a word for the unit is optional."""
    paper = Paper(case_act, brief("give", units=((7, "Phòng Kinh tế"), (8, "Công an xã"))))
    assert "[Phòng" not in paper.says("phong kinh te")
    paper.says("bỏ qua")
    assert filed(paper)
    assert paper.answers == {"unit": 7, "words": None}


def test_outside_the_commune_the_body_is_asked_for() -> None:
    """And nobody is asked to make that a rule."""
    paper = Paper(case_act, brief("give", units=((7, "Phòng Kinh tế"),), routes=True))
    assert "cơ quan nào" in paper.taps("Cơ quan ngoài xã")
    paper.says("Sở Nông nghiệp và Môi trường")
    paper.says("bỏ qua")
    assert filed(paper)
    assert paper.answers["unit"] == OUTSIDE


def test_many_units_leave_a_few_buttons_and_always_the_way_out() -> None:
    """Any of them can be typed."""
    units = tuple((n, f"Thôn {n}") for n in range(1, 31))
    paper = Paper(case_act, brief("give", units=units))
    assert len(paper.labels) == 7
    assert paper.labels[-1] == "Cơ quan ngoài xã"
    paper.says("thon 29")
    assert paper.answers["unit"] == 29


def test_a_handler_must_show_a_picture() -> None:
    """ "Bỏ qua" does not get past the question."""
    paper = Paper(case_act, brief("done"))
    assert "cần anh/chị trả lời" in paper.says("bỏ qua")
    paper.sends_photo(5)
    paper.says("xong")
    paper.says("đã dọn")
    assert filed(paper)
    assert paper.answers == {"photos": [5], "words": "đã dọn"}


def test_a_leader_without_a_picture_gives_a_reason() -> None:
    """With one, no reason is asked for."""
    without = Paper(case_act, brief("done", decides=True))
    assert "Vì sao không có ảnh" in without.says("bỏ qua")
    without.says("trời mưa")
    without.says("đã dọn")
    assert without.answers == {"photos": None, "reason": "trời mưa", "words": "đã dọn"}
    with_one = Paper(case_act, brief("done", decides=True))
    with_one.sends_photo(5)
    with_one.says("xong")
    with_one.says("đã dọn")
    assert filed(with_one)


def test_what_was_said_first_is_the_answer() -> None:
    """Words that came without a button are not asked for again."""
    paper = Paper(case_act, brief("answer", asked="Mấy giờ ạ?"), said="bảy giờ tối")
    paper.says("bỏ qua")
    assert filed(paper)
    assert paper.answers["words"] == "bảy giờ tối"


# --- what the citizen is told ----------------------------------------------------------------------

SILENT = {
    CaseStep.OPEN,  # the form's own farewell says it
    CaseStep.ANSWER,
    CaseStep.NOT_FIXED,
    CaseStep.APPEAL,
    CaseStep.CONFIRM,
    CaseStep.UNCONFIRM,
    CaseStep.NOTE,
}


@pytest.mark.parametrize("step", list(CaseStep))
def test_the_citizen_hears_of_every_step_that_is_not_their_own(step: CaseStep) -> None:
    """Under their own code, with the handler's words as they were given."""
    told = Told(code=CODE, kind="Rác", unit="Phòng Kinh tế", state="received", words="lý do rõ")
    reply = to_citizen(step, told)
    assert (reply is None) is (step in SILENT)
    if reply is not None:
        assert CODE in reply.words
        assert reply.buttons


def test_before_and_after_are_shown_together() -> None:
    """In that order."""
    told = Told(code=CODE, kind="", unit="", state="resolved", words="x", before=(1, 2), after=(3,))
    reply = to_citizen(CaseStep.RESOLVE, told)
    assert reply is not None
    assert reply.photos == (1, 2, 3)
    assert [one.label for one in reply.buttons] == ["Đã xong", "Chưa"]


def test_every_state_has_its_words() -> None:
    """For citizens and for officials."""
    assert set(STATE_WORDS) == set(OFFICIAL_STATE_WORDS) == {state.value for state in CaseState}
