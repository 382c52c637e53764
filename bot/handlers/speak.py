"""What one turn says and keeps: acts done at the desks, in the transaction of the message."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot import conversation
from bot.desks.base import (
    At,
    Desk,
    Does,
    Done,
    Expects,
    Instead,
    Looks,
    Notice,
    Prepared,
    Reopens,
    Sorry,
)
from bot.events import File, Photo, Reply, Said, Tap, Text
from bot.flows import route
from bot.flows.answers import pick, tapped
from bot.flows.form import (
    Act,
    Do,
    Flow,
    Form,
    Keep,
    Look,
    Open,
    Park,
    Reopen,
    Resume,
    Session,
    Submit,
    Turn,
    Who,
)
from bot.flows.route import Openers
from bot.flows.small_talk import asks_aside
from bot.flows.words import HELP, means, plain
from bot.handlers.in_rooms import PRIVATELY, is_private
from bot.handlers.open_forms import from_row, opened_row, read_brief
from bot.reading.reading import Context
from storage import sessions, stray

log = logging.getLogger(__name__)

LIKELY = "likely"
"""The small form that offers the two or three likeliest things; anything else said drops it."""

_MOST_ACTS = 6
"""No message leads to more acts than this; a loop of forms opening each other is a bug, not a chat."""


@dataclass(frozen=True)
class Desks:
    """Everything people can fill in or look up, and the words that open it."""

    forms: Mapping[str, Desk]
    looks: Mapping[str, Looks]
    reopens: Reopens
    openers: Openers
    context_of: Callable[[Who], Context]
    does: Mapping[str, Does] = field(default_factory=dict)
    expects: Expects | None = None

    def flow(self, name: str) -> Flow[Any]:
        """The flow of a form. Raises KeyError when there is none of that name."""
        return self.forms[name].flow


@dataclass
class Spoken:
    """What one message led to so far."""

    session: Session | None
    replies: list[Reply] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    sealed: bool = False
    """A form ended whose person is not to be named."""


async def speak(desks: Desks, at: At, session: Session | None, said: Said) -> Spoken:
    """Answer one message of one person, with their open form or without.

    Returns the replies, the notices to others and the session from now on. Writes what
    the desks write; raises what they raise (the caller rolls back and tries alone).
    """
    spoken = Spoken(session)
    if session is not None:
        await _in_form(desks, at, spoken, session, said)
    else:
        await _do(desks, at, spoken, await _fresh(desks, at, said))
    return spoken


async def _fresh(desks: Desks, at: At, said: Said) -> list[Act]:
    """What to do with a message when no form is open; a guess gives way to an answer that is waited for."""
    context = desks.context_of(at.who)
    acts = list(route.route(said, at.who, at.moment, desks.openers, context))
    if desks.expects is not None and acts and _is_a_guess(acts[0], said):
        expected = await desks.expects(at, said)
        return acts if expected is None else [expected]
    return acts


def _is_a_guess(act: Act, said: Said) -> bool:
    """Whether words or a picture go somewhere by what they look like alone."""
    match act:
        case Open(flow):
            return flow in (LIKELY, "violation") and not isinstance(said, Tap)
        case Look("help", args):
            return isinstance(said, Text) and bool(args)
    return False


async def _in_form(desks: Desks, at: At, spoken: Spoken, session: Session, said: Said) -> None:
    aside = None if _is_bare_number(said) else _aside(desks, said) or _asked_aside(at, said)
    if aside is not None:
        await _do(desks, at, spoken, [aside])
        if spoken.session is session:
            _take(spoken, conversation.again(desks.flow(session.flow), session, at.moment))
        return
    if session.flow == LIKELY and not _chooses(desks, session, said):
        spoken.session = None
        await _do(desks, at, spoken, await _fresh(desks, at, said))
        return
    turn = conversation.advance(desks.flow(session.flow), session, said, at.moment)
    _take(spoken, turn)
    await _do(desks, at, spoken, list(turn.acts))


def _is_bare_number(said: Said) -> bool:
    """What most answers are; nothing is called by a number."""
    return isinstance(said, Text) and said.words.isdigit()


def _aside(desks: Desks, said: Said) -> Act | None:
    """What opens, shows or does something else even while a form is open: commands, buttons that stand alone.

    Words count only when they are the whole message: within a longer one they answer the question.
    """
    match said:
        case Text(words):
            code = route.CASE_CODE.fullmatch(words.strip())
            if code:
                return Look("case", {"code": code.group(1).upper()})
            deed = route.case_deed(words)
            if deed is not None:
                return deed
            look = desks.openers.looks.get(plain(words))
            if look is not None and not means(words, HELP):
                return Look(look)
            return desks.openers.deed(plain(words)) or route.command(words, desks.openers)
        case Tap():
            return route.tap(said)
    return None


def _asked_aside(at: At, said: Said) -> Act | None:
    """A question about the day or about people, put in the middle of a form."""
    if not isinstance(said, Text):
        return None
    who = at.who
    return asks_aside(said.words, reporter=route.is_reporter(who), official=route.is_official(who))


def _chooses(desks: Desks, session: Session, said: Said) -> bool:
    if isinstance(said, Photo | File):
        return True
    if isinstance(said, Tap):
        return tapped(said)[0] in ("q", "w")
    form = Form(session.brief, session.answers, _NO_MOMENT)
    question = next(iter(desks.flow(LIKELY).asks(form)))
    return isinstance(said, Text) and pick(said.words, question.options) is not None


_NO_MOMENT: Any = None


def _take(spoken: Spoken, turn: Turn) -> None:
    spoken.replies.extend(turn.replies)
    spoken.session = turn.session


async def _do(desks: Desks, at: At, spoken: Spoken, acts: list[Act]) -> None:
    for _ in range(_MOST_ACTS):
        if not acts:
            return
        acts = [*await _act(desks, at, spoken, acts[0]), *acts[1:]]
    log.error("too many acts for one message, the first left: %s", type(acts[0]).__name__)


async def _act(desks: Desks, at: At, spoken: Spoken, act: Act) -> Sequence[Act]:
    if is_private(act, at.who):
        spoken.replies.append(PRIVATELY)
        return ()
    if not (isinstance(act, Open) and desks.forms[act.flow].prepares_ahead):
        await at.ahead.settle(at.tx)
    match act:
        case Open():
            return await _open(desks, at, spoken, act)
        case Submit(session):
            return await _submit(desks, at, spoken, session)
        case Look(flow, args):
            spoken.replies.extend(await desks.looks[flow](at, args))
        case Do():
            return await _deed(desks, at, spoken, act)
        case Park(session):
            await _park(at, session)
            spoken.session = None
        case Resume(subject):
            await _resume(desks, at, spoken, subject)
        case Reopen(code, said):
            return await _reopen(desks, at, spoken, code, said)
        case Keep(words, asked):
            await stray.keep(at.tx, at.who.person_id, words, asked, now=at.moment.at, ids=at.ids)
    return ()


async def _deed(desks: Desks, at: At, spoken: Spoken, act: Do) -> Sequence[Act]:
    done = await desks.does[act.flow](at, act.args)
    spoken.replies.extend(done.replies)
    spoken.notices.extend(done.notices)
    return done.acts


async def _open(desks: Desks, at: At, spoken: Spoken, act: Open) -> Sequence[Act]:
    brief = await desks.forms[act.flow].prepares(at, act.args)
    if isinstance(brief, Sorry):
        spoken.replies.extend(brief.replies)
        return ()
    if isinstance(brief, Instead):
        return [
            replace(one, said=act.said) if isinstance(one, Reopen) else one for one in brief.acts
        ]
    prepared = brief if isinstance(brief, Prepared) else Prepared(brief, {})
    session = await _new_session(desks, at, spoken, act.flow, prepared)
    flow = desks.flow(act.flow)
    _lay_photos(flow, session, act, at)
    turn = conversation.begin(flow, session, at.moment, act.said)
    _take(spoken, turn)
    return turn.acts


async def _reopen(desks: Desks, at: At, spoken: Spoken, code: str, said: str) -> Sequence[Act]:
    found = await desks.reopens(at, code)
    if isinstance(found, Sorry):
        spoken.replies.extend(found.replies)
        return ()
    name, prepared = found
    session = await _new_session(desks, at, spoken, name, prepared)
    session.subject = f"correct:{code}"
    lead = f"Em mở lại {code}. Anh/chị gõ SỬA MỤC 2 để đổi mục 2, xong thì bấm GỬI ạ."
    _take(spoken, conversation.reopen(desks.flow(name), session, at.moment, lead, said))
    return ()


async def _new_session(
    desks: Desks, at: At, spoken: Spoken, name: str, prepared: Prepared
) -> Session:
    await _put_aside(at, spoken)
    return Session(
        id=at.ids(),
        person_id=at.who.person_id,
        room=at.who.room,
        flow=name,
        brief=prepared.brief,
        answers=dict(prepared.answers),
        subject=desks.flow(name).subject(prepared.brief),
    )


def _lay_photos(flow: Flow[Any], session: Session, act: Open, at: At) -> None:
    if not act.photos:
        return
    questions = flow.asks(Form(session.brief, session.answers, at.moment))
    album = next((q for q in questions if q.collects and not q.options), None)
    if album is not None:
        session.answers[f"~{album.key}"] = list(act.photos)


async def _put_aside(at: At, spoken: Spoken) -> None:
    """A form that is opened over another one never costs the other its answers."""
    session = spoken.session
    if session is None:
        return
    spoken.session = None
    if session.flow != LIKELY and any(not key.startswith("~") for key in session.answers):
        await _park(at, session)
        spoken.replies.append(
            Reply(words="Phiếu đang làm dở em cất lại rồi ạ, gõ TIẾP TỤC là mở ra.")
        )


async def _park(at: At, session: Session) -> None:
    await sessions.park(at.tx, [opened_row(session, at.moment.at)], now=at.moment.at)


async def _resume(desks: Desks, at: At, spoken: Spoken, subject: str) -> None:
    drafts = await sessions.drafts_of(at.tx, at.who.person_id, at.who.room)
    wanted = [draft for draft in drafts if not subject or draft.subject == subject]
    if not wanted:
        spoken.replies.append(
            Reply(words="Em không thấy phiếu nào đang làm dở ạ. Gõ GIÚP để xem em làm được gì nhé.")
        )
        return
    row = await sessions.take_draft(at.tx, wanted[0].id, now=at.moment.at)
    brief = read_brief(desks.forms, row.flow, row.brief) if row is not None else None
    if row is None or brief is None:
        spoken.replies.append(
            Reply(
                words="Phiếu cũ đã đổi mẫu nên em không mở lại được ạ. Anh/chị làm phiếu mới giúp em nhé."
            )
        )
        return
    session = from_row(row, brief)
    await _put_aside(at, spoken)
    _take(
        spoken,
        conversation.again(desks.flow(session.flow), session, at.moment, "Mình làm tiếp nhé."),
    )


async def _submit(desks: Desks, at: At, spoken: Spoken, session: Session) -> Sequence[Act]:
    desk = desks.forms[session.flow]
    form: Form[Any] = Form(session.brief, session.answers, at.moment)
    result = await desk.submits(at, form, session)
    match result:
        case Sorry(replies, keeps):
            spoken.replies.extend(replies)
            spoken.session = session if keeps else None
            return ()
        case Done(receipt, acts, notices, sealed):
            spoken.session = None
            spoken.sealed = spoken.sealed or sealed
            spoken.replies.extend(desk.flow.says(form, receipt))
            spoken.notices.extend(notices)
            return acts
