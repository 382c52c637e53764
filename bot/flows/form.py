"""A half-filled form: what a session is, who fills it, and what a flow is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from bot.events import Reply

if TYPE_CHECKING:
    from bot.flows.questions import Question

Answers = dict[str, Any]
"""Answers by question key, as plain JSON values. A key that is present is answered; `None` is "skipped"."""


READ = "~read"
"""Private note of a form: which answers were read out of free text, and from which words."""


class Role(msgspec.Struct, frozen=True):
    """One membership: a role in a unit, which covers the unit's subtree."""

    unit_id: int
    unit_name: str
    unit_path: str
    unit_kind: str
    pack_key: str | None
    commune_id: int
    role: str
    rank: int = 1


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """The person who speaks, as far as the conversation needs to know.

    `roles` is empty for a citizen. `room` is "" in private and names the chat in a
    group; `group_unit` is the unit that group belongs to, when it was registered.
    """

    person_id: int
    name: str = ""
    channel: str = ""
    account: str = ""
    address: str = ""
    roles: tuple[Role, ...] = ()
    room: str = ""
    chat: str = ""
    group_name: str = ""
    group_unit: Role | None = None


class Moment(msgspec.Struct, frozen=True):
    """When a message is worked on: `at` is aware UTC, `today` the day in Việt Nam."""

    at: datetime
    today: date


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What filing a form gave: its code, and facts the farewell may speak of."""

    code: str = ""
    facts: dict[str, Any] = {}


B = TypeVar("B")


class Form(msgspec.Struct, Generic[B], frozen=True):
    """A form as its questions see it: the brief it was opened with and the answers so far."""

    brief: B
    answers: Mapping[str, Any]
    moment: Moment

    def has(self, key: str) -> bool:
        """Whether the question was answered or skipped."""
        return key in self.answers

    def get(self, key: str) -> Any:
        """The answer, or None when it is empty or was skipped."""
        return self.answers.get(key)


@dataclass(frozen=True)
class Gleaned:
    """One answer found in free text: the value and the words it was read from.

    `corrects`: the words take an earlier figure back, so that an answer already given gives way.
    """

    value: Any
    quote: str
    corrects: bool = False


def _no_greeting(form: Form[Any]) -> str:
    return ""


def _no_subject(brief: Any) -> str:
    return ""


def _gleans_nothing(form: Form[Any], words: str) -> Mapping[str, Gleaned]:
    return {}


def _no_words(form: Form[Any]) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Flow(Generic[B]):
    """One conversation that fills one form.

    `asks` gives the questions in order, for this brief and these answers; the next
    question is the first one without an answer that applies. `says` speaks after
    filing. `gleans` reads free text into several answers at once (the person sees
    them on the confirm page before anything is filed). `subject` names what the form
    is about ("obligation:17"), so that a parked form can be found again.
    """

    name: str
    title: str
    brief: type[B]
    asks: Callable[[Form[B]], Sequence[Question]]
    says: Callable[[Form[B], Receipt], Sequence[Reply]]
    opened_by: tuple[str, ...] = ()
    greets: Callable[[Form[B]], str] = _no_greeting
    confirms: bool = True
    heads: Callable[[Form[B]], str] = _no_words
    gleans: Callable[[Form[B], str], Mapping[str, Gleaned]] = _gleans_nothing
    subject: Callable[[B], str] = _no_subject


class Session(msgspec.Struct, kw_only=True):
    """An open form of one person in one room. `brief` stays as it was when the form was opened."""

    id: int
    person_id: int
    room: str
    flow: str
    brief: Any
    answers: Answers
    asked: str = ""
    subject: str = ""


# --- what a turn may ask of the outside --------------------------------------------------------


@dataclass(frozen=True)
class Open:
    """Open a form: the desk of `flow` prepares its brief from `args`; `said` are words to glean from."""

    flow: str
    args: Mapping[str, str] = field(default_factory=dict)
    said: str = ""
    photos: tuple[int, ...] = ()


@dataclass(frozen=True)
class Submit:
    """File the finished form of this session."""

    session: Session


@dataclass(frozen=True)
class Look:
    """Look something up and say it, without touching the open form."""

    flow: str
    args: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Do:
    """Do one thing at once, without touching the open form (a tap on "nhận", "đã xong")."""

    flow: str
    args: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Park:
    """Put the open form aside as a draft."""

    session: Session


@dataclass(frozen=True)
class Resume:
    """Take the newest draft (or the one about `subject`) out again."""

    subject: str = ""


@dataclass(frozen=True)
class Reopen:
    """Open a filed report again at its confirm page, to be corrected; `said` may say what was wrong."""

    code: str
    said: str = ""


@dataclass(frozen=True)
class Keep:
    """Keep words that opened nothing, so that a person can read them later."""

    words: str
    asked: str = ""


Act = Open | Submit | Look | Do | Park | Resume | Reopen | Keep
"""The closed list of what a turn may ask for; `bot/handlers/receive.py` does it in the same transaction."""


class Turn(msgspec.Struct, frozen=True):
    """What one message led to: replies, the session from now on (None: no form open), and acts to do in order."""

    replies: tuple[Reply, ...] = ()
    session: Session | None = None
    acts: tuple[Act, ...] = ()
