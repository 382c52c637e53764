"""Words and pictures that nobody asked a form for, but somebody waits for: "đã xong", an asked-for answer."""

from __future__ import annotations

from collections.abc import Sequence

from bot.desks.base import At
from bot.events import File, Photo, Said, Text
from bot.flows.case_verbs import button
from bot.flows.form import Act, Do, Open
from bot.flows.words import plain
from plans.handling import CaseState
from storage import case_people, cases
from storage.cases import Case

_FIXED = frozenset(
    "da xong|xong|xong roi|da xong roi|duoc roi|on roi|sach roi|da het|het roi".split("|")
)
_UNFIXED = frozenset(
    "chua|chua xong|chua dau|van chua|van the|van con|chua duoc|van chua xong".split("|")
)


async def expects(at: At, said: Said) -> Act | None:
    """What this message answers: "is it done?", or a handler's question; None when nobody asked."""
    if not isinstance(said, Text | Photo | File):
        return None
    found = await cases.cases_of_reporter(at.tx, at.who.person_id, sealing=at.seal)
    waiting = [(case, await _root(at, case)) for case in found if _may_wait(case)]
    if isinstance(said, Text) and (act := _is_done(said.words, waiting)) is not None:
        return act
    asked = [case for case, root in waiting if root.state is CaseState.NEEDS_INFORMATION]
    if len(asked) != 1:
        return None
    return _answer(asked[0].code, said)


def _may_wait(case: Case) -> bool:
    return case.state in (
        CaseState.RESOLVED,
        CaseState.NEEDS_INFORMATION,
        CaseState.MERGED,
    )


async def _root(at: At, case: Case) -> Case:
    if case.merged_into is None:
        return case
    return await cases.case_by_id(at.tx, await case_people.root_of(at.tx, case))


def _is_done(words: str, waiting: Sequence[tuple[Case, Case]]) -> Act | None:
    """ "Đã xong" or "chưa" of somebody who has exactly one case to say it of."""
    resolved = [case for case, root in waiting if root.state is CaseState.RESOLVED]
    typed = plain(words)
    if len(resolved) != 1 or typed not in _FIXED | _UNFIXED:
        return None
    deed = "fixed" if typed in _FIXED else "unfixed"
    return Do("case", {"arg": _arg(deed, resolved[0].code)})


def _answer(code: str, said: Said) -> Act | None:
    args = {"arg": _arg("answer", code)}
    if isinstance(said, Text):
        return Open("case", args, said.words)
    if isinstance(said, Photo | File) and said.media is not None:
        return Open("case", args, said.caption, (said.media,))
    return None


def _arg(deed: str, code: str) -> str:
    return button(deed, code).token.split(".", 2)[2]
