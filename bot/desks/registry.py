"""The table of contents: every form and look-up, and the words that open each."""

from __future__ import annotations

from collections.abc import Callable

from bot.desks import (
    calendar,
    campaign,
    case,
    case_act,
    case_expect,
    case_forget,
    correct,
    difficulty,
    extend,
    group,
    helping,
    likely,
    link,
    nag,
    nag_expect,
    nag_office,
    owed,
    phone,
    progress,
    register,
    report,
    request,
    review,
    violation,
    web_door,
)
from bot.desks.base import At, Does
from bot.events import Said
from bot.flows import case as case_words
from bot.flows import help as help_words
from bot.flows import link as link_words
from bot.flows import phone as phone_words
from bot.flows import progress as progress_words
from bot.flows import web_door as web_words
from bot.flows.form import Act, Who
from bot.flows.route import openers
from bot.handlers.speak import Desks
from bot.reading.reading import Context

FORMS = {
    one.flow.name: one
    for one in (
        register.desk,
        report.desk,
        extend.desk,
        request.desk,
        review.desk,
        campaign.desk,
        violation.desk,
        difficulty.desk,
        correct.desk,
        likely.desk,
        case_act.desk,
        case_forget.desk,
        phone.desk,
    )
}

DOES: dict[str, Does] = {"nag": nag.do, "case": case_act.do}
"""What is done at once, without a question."""

GROUP_OPENED_BY = ("/nhom", "/dangkynhom")


_LOOKS_OPENED_BY = [
    ("help", help_words.OPENED_BY),
    ("human", help_words.HUMAN_OPENED_BY),
    ("owed", owed.OPENED_BY),
    ("progress", progress_words.OPENED_BY),
    ("missing", progress_words.MISSING_OPENED_BY),
    ("cases", case_words.MINE_OPENED_BY),
    ("cases_todo", case_words.TODO_OPENED_BY),
    ("mute", nag.MUTE_OPENED_BY),
    ("unmute", nag.UNMUTE_OPENED_BY),
    ("nag_later", nag.LATER_OPENED_BY),
    ("nag_tomorrow", nag.TOMORROW_OPENED_BY),
    ("nag_give", nag.GIVE_OPENED_BY),
    ("nag_zero", nag.ZERO_OPENED_BY),
    ("request", request.MINE_OPENED_BY),
    ("group", GROUP_OPENED_BY),
    ("link", link_words.OPENED_BY),
    ("phone_forget", phone_words.FORGET_OPENED_BY),
    ("web", web_words.OPENED_BY),
    ("calendar", calendar.OPENED_BY),
    ("nags", nag_office.NAGS_OPENED_BY),
    ("undated", nag_office.UNDATED_OPENED_BY),
    ("habits", nag_office.HABITS_OPENED_BY),
]
"""The words that open each look-up."""


async def _expects(at: At, said: Said) -> Act | None:
    return await nag_expect.expects(at, said) or await case_expect.expects(at, said)


def all_desks(
    *, office_contact: str, context_of: Callable[[Who], Context], web_url: str = ""
) -> Desks:
    """Everything people can fill in or look up.

    Args:
        office_contact: how to reach a person, in the installation's words.
        web_url: where people reach the office's pages, "" where they cannot.
        context_of: what reading may know about a speaker (the plan's movements, their units).
    """
    looks = {
        "help": helping.look,
        "human": helping.human(office_contact),
        "owed": owed.look,
        "progress": progress.look,
        "missing": progress.look_missing,
        "case": case.look,
        "cases": case.look,
        "case_more": case.look_more,
        "case_seal": case.look_seal,
        "cases_todo": case.look_todo,
        "mute": nag.look_mute,
        "unmute": nag.look_unmute,
        "nag_later": nag.look_later,
        "nag_tomorrow": nag.look_tomorrow,
        "nag_give": nag.look_give,
        "nag_zero": nag.look_zero,
        "request": request.look,
        "group": group.look,
        "link": link.look,
        "phone_forget": phone.look_forget,
        "web": web_door.door(web_url),
        "calendar": calendar.looks(web_url),
        "nags": nag_office.look_nags,
        "undated": nag_office.look_undated,
        "habits": nag_office.look_habits,
    }
    return Desks(
        forms=FORMS,
        looks=looks,
        reopens=correct.reopen,
        does={**DOES, "calendar": calendar.does(web_url), "nagoffice": nag_office.do},
        expects=_expects,
        openers=openers(
            [(name, desk.flow.opened_by) for name, desk in FORMS.items()],
            _LOOKS_OPENED_BY,
            nag_office.SAID | calendar.SAID,
        ),
        context_of=context_of,
    )
