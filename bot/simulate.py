"""A whole year of all five communes on a virtual clock, through the real reminder on a store of its own.

Nothing is sent to anybody: two channels in memory stand for Telegram and for Zalo, and what they
carry is counted (`bot/simulate_counts.py`). Everything else is the product itself: the reminder,
the delivery, the windows of Zalo, the ledger. People and their habits are in
`bot/simulate_cast.py`; the offices' due days are invented where plans name none
(docs/decisions/0040-deadlines.md).
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

import msgspec
from sqlalchemy import bindparam, literal_column, select

from bot.channels.base import Abilities, FetchFailed, Outgoing, Sent, Take, WindowClosed
from bot.channels.zalo_desk import NAME_OA
from bot.handlers.deliver import Deliverer
from bot.handlers.remind import Reminder
from bot.handlers.windows import Rules, Windows
from bot.simulate_cast import ACCOUNT, TELEGRAM, Cast
from bot.simulate_counts import Carried, Figures, count
from plans.calendar import Calendar, QuietHours, local_time, moment_on
from plans.ladder import DEFAULT_QUIET
from plans.nag_windows import Windows as NagWindows
from storage import direct
from storage.columns import UtcDateTime
from storage.engine import Store
from storage.ids import NumberedIds
from storage.media import MediaStore
from storage.migrations import migrate
from storage.scratch import ScratchStore
from storage.tables import nudges, obligations, outbox

MIDDAY = time(12, 0)
DAY = (
    (time(8, 10), "tick"),
    (time(10, 15), "people"),
    (MIDDAY, "tick"),
    (time(14, 0), "tick"),
    (time(16, 40), "people"),
    (time(20, 40), "tick"),
    (time(21, 0), "people"),
)
"""A day: the machine looks at the clock also at midday and at night, when nothing may go."""

MONEY = Rules(allow_paid=True, budget_vnd=300_000, template=True)
"""The commune of the simulation allows so much a month for messages on the Official Account."""

_PHONE = Abilities(
    text_limit=4000,
    caption_limit=1000,
    buttons=20,
    location_in=True,
    edits=False,
    photos_out=1,
    files_out=True,
    groups=True,
    per_second=1_000_000.0,
    chat_gap_s=0.0,
    group_gap_s=0.0,
)


class VirtualClock:
    """Shows what it is set to."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        """The virtual time."""
        return self.at


@dataclass
class Phones:
    """A channel in memory. With `windows` it asks them before each message, as Zalo's sender does."""

    name: str
    store: Store
    clock: VirtualClock
    calendar: Calendar
    carried: list[Carried]
    windows: Windows | None = None
    account: str = ACCOUNT
    can: Abilities = _PHONE

    async def run(self, take: Take) -> None:
        """Nobody writes by this way; `Cast` acts on the store."""

    async def send(self, message: Outgoing) -> Sent:
        """Carry one message, unless its window is shut."""
        outbox_id = int(message.key.partition(".")[0])
        if self.windows is not None:
            verdict = await self.windows.may_send_oa(
                self.account, message.chat, outbox_id, no_paid=False
            )
            if verdict.may == "wake":
                await self._carry(outbox_id, message.chat, wakes=True)
            if verdict.may != "go":
                raise WindowClosed(verdict.why)
        await self._carry(outbox_id, message.chat)
        return Sent(f"m{len(self.carried)}")

    async def _carry(self, outbox_id: int, chat: str, *, wakes: bool = False) -> None:
        """Written down with the days its duties are due by now: later they may get more time."""
        now = self.clock()
        days: frozenset[date] = frozenset()
        if not self.calendar.is_working_day(local_time(now).date()):  # else nobody asks for them
            async with self.store.read() as tx:
                due = await direct.rows(tx, _SPEAKS_OF, {"message": outbox_id})
            days = frozenset(local_time(at).date() for (at,) in due)
        self.carried.append(Carried(outbox_id, chat, now, wakes, days))

    async def fetch(self, ref: str, *, limit_bytes: int) -> bytes:
        """Nobody sends pictures here."""
        raise FetchFailed("no pictures here", for_good=True)

    async def close(self) -> None:
        """Nothing is held."""


@dataclass
class Year:
    """One simulated year. `quiet` is what is held against the messages, not what the reminder is told."""

    store: Store
    files: MediaStore
    year: int
    days: int = 366
    quiet: QuietHours = DEFAULT_QUIET
    ids: NumberedIds = field(default_factory=NumberedIds)
    calendar: Calendar = field(default_factory=Calendar)
    carried: list[Carried] = field(default_factory=list)

    async def run(self) -> Figures:
        """Live through the year, then count."""
        first = date(self.year, 1, 1)
        clock = VirtualClock(begun := moment_on(first, time(0)))
        cast = Cast(self.store, self.ids, self.calendar, self.year)
        await cast.settles(clock.at)
        reminder = Reminder(
            store=self.store,
            ids=self.ids,
            calendar=self.calendar,
            clock=clock,
            windows=NagWindows(price_vnd=MONEY.paid_vnd),
        )
        windows = Windows(
            store=self.store,
            rules=MONEY,
            accounts={NAME_OA: ACCOUNT, TELEGRAM: ACCOUNT},
            clock=clock,
        )
        deliverers = self._deliverers(clock, windows)
        day = first
        while day.year == self.year and (day - first).days < self.days:
            await self._live(day, clock, cast, reminder, windows, deliverers)
            day += timedelta(days=1)
        return await count(
            self.store, cast, self.carried, self.calendar, self.quiet, begun, clock.at
        )

    def _deliverers(self, clock: VirtualClock, windows: Windows) -> dict[str, Deliverer]:
        telegram = Phones(TELEGRAM, self.store, clock, self.calendar, self.carried)
        zalo_oa = Phones(NAME_OA, self.store, clock, self.calendar, self.carried, windows)
        there = {(each.name, each.account): each for each in (telegram, zalo_oa)}
        return {
            name: Deliverer(
                store=self.store, files=self.files, channels={(name, account): each}, clock=clock
            )
            for (name, account), each in there.items()
        }

    async def _live(
        self,
        day: date,
        clock: VirtualClock,
        cast: Cast,
        reminder: Reminder,
        windows: Windows,
        deliverers: Mapping[str, Deliverer],
    ) -> None:
        """One day from morning to night."""
        for at, what in DAY:
            if at == MIDDAY and day.day % 2:
                continue  # every other day is enough to see that nothing goes
            clock.at = moment_on(day, at)
            if what == "tick":
                await reminder.once()
            else:
                await cast.acts(clock.at)
            await self._deliver(deliverers, clock.at)
            if what == "tick" and await windows.move_held():
                await self._deliver(deliverers, clock.at)

    async def _deliver(self, deliverers: Mapping[str, Deliverer], now: datetime) -> None:
        for name in sorted(await self._channels_due(now)):
            await deliverers[name].once()

    async def _channels_due(self, now: datetime) -> set[str]:
        """Asked first, because two channels looking for nothing cost most of a year."""
        async with self.store.read() as tx:
            return {name for (name,) in await direct.rows(tx, _DUE, {"now": now})}


_SPEAKS_OF = (
    select(obligations.c.due_at)
    .join(nudges, nudges.c.obligation_id == obligations.c.id)
    .where(nudges.c.outbox_id == bindparam("message"))
)
_DUE = (
    select(outbox.c.channel)
    .where(
        outbox.c.state == literal_column("'waiting'"),
        outbox.c.not_before <= bindparam("now", type_=UtcDateTime),
    )
    .distinct()
)

_SHARED_MEMORY = Path("/dev/shm")
_MEMORY = _SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None
"""A disk would be asked to sync ten thousand times for nothing."""


async def simulate(year: int, *, days: int = 366, quiet: QuietHours = DEFAULT_QUIET) -> Figures:
    """Live one year (or its first `days`) in a scratch folder and say what it came to."""
    with tempfile.TemporaryDirectory(prefix="soxanh-", dir=_MEMORY) as folder:
        url = f"sqlite:///{Path(folder) / 'year.db'}"
        await migrate(url)
        store = ScratchStore(url)
        try:
            files = MediaStore(Path(folder) / "media")
            return await Year(store, files, year, days, quiet).run()
        finally:
            await store.close()


def as_json(figures: Figures) -> str:
    """The figures for a program, with what broke by name."""
    shown = msgspec.structs.asdict(figures) | {"broken": figures.broken}
    return msgspec.json.format(msgspec.json.encode(shown), indent=2).decode()
