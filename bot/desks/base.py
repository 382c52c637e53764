"""The contract of a desk, and what it works with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.events import Reply, Said
from bot.flows.form import Act, Answers, Flow, Form, Moment, Receipt, Session, Who
from storage import obligations
from storage.ids import NewId
from storage.outbox import Purpose
from storage.secrets import Seal


@dataclass
class Ahead:
    """What was looked up for everybody in a batch of messages at once, and what is written for all at once.

    `idle` have no form open when the batch begins: whoever is about to open one is mostly among
    them. What is `known` was true before anybody's act changed something; `settle` forgets it.
    """

    idle: tuple[Who, ...] = ()
    known: Any = None
    drafted: set[int] = field(default_factory=set)
    """Obligations that somebody has begun to fill in."""
    sealed: set[int] = field(default_factory=set)
    """People who just spoke of a complaint of their own that does not name them."""

    async def settle(self, tx: AsyncConnection) -> None:
        """Write what was put off and forget what was looked up: another act comes, or the end."""
        self.known = None
        if self.drafted:
            await obligations.drafted(tx, sorted(self.drafted))
            self.drafted.clear()


class At(msgspec.Struct, frozen=True, kw_only=True):
    """A desk's view of one message: the transaction, who speaks, when, and where ids and seals come from.

    `media_folder` and the like are not here: a desk works with rows only.
    """

    tx: AsyncConnection
    who: Who
    moment: Moment
    ids: NewId
    seal: Seal
    ahead: Ahead = msgspec.field(default_factory=Ahead)


@dataclass(frozen=True)
class Sorry:
    """The desk cannot open or file this now; the replies say why and what to do.

    With `keeps`, the form stays open (a value must be put right); otherwise it closes.
    """

    replies: tuple[Reply, ...]
    keeps: bool = False


@dataclass(frozen=True)
class Done:
    """The form was filed. `acts` follow in the same transaction (open the next form, look something up).

    `notices` go to other people: (person id, reply, purpose).
    """

    receipt: Receipt
    acts: tuple[Act, ...] = ()
    notices: tuple[Notice, ...] = ()
    sealed: bool = False
    """The person is not to be named: what was said in the form is unsaid (`storage/retention.py`)."""


@dataclass(frozen=True)
class Notice:
    """Something to tell another person through whichever of their channels is best.

    `waits`: it may wait for the end of the quiet hours; what is urgent may not. `fades`: it goes
    to somebody who is not to be named and is deleted soon after it was carried.
    """

    person_id: int
    reply: Reply
    purpose: Purpose = "case"
    waits: bool = False
    fades: bool = False


@dataclass(frozen=True)
class Deed:
    """A thing done at once, without a question: what is answered, and what others are told.

    `acts` follow in the same transaction.
    """

    replies: tuple[Reply, ...]
    notices: tuple[Notice, ...] = ()
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True)
class Prepared:
    """A brief together with answers to start from (a report that is opened again to be corrected)."""

    brief: Any
    answers: Answers


@dataclass(frozen=True)
class Instead:
    """Nothing to fill in here: do these acts in its place."""

    acts: tuple[Act, ...]


Prepares = Callable[[At, Mapping[str, str]], Awaitable[Any]]
"""Gives the flow's brief for these args, or `Prepared`, `Sorry` or `Instead`."""

Submits = Callable[[At, Form[Any], Session], Awaitable["Done | Sorry"]]
"""Files the finished form."""

Looks = Callable[[At, Mapping[str, str]], Awaitable[Sequence[Reply]]]
"""Looks something up and says it."""


Does = Callable[[At, Mapping[str, str]], Awaitable[Deed]]
"""Does one thing that needs no question: a tap on "nhận", "đã xong"."""

Expects = Callable[[At, Said], Awaitable["Act | None"]]
"""What a message that opens nothing by itself answers, when somebody waits for this person's answer."""

Reopens = Callable[[At, str], Awaitable["tuple[str, Prepared] | Sorry"]]
"""Gives the flow and the filled form of a filed report, by its code."""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A flow with its two errands.

    `prepares_ahead`: preparing only reads, from what was looked up for the whole batch.
    """

    flow: Flow[Any]
    prepares: Prepares
    submits: Submits
    prepares_ahead: bool = False
